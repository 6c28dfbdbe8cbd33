/** What came of each test, one JSON object a line; and what it had to say. */

/** A cause in so many words, those of other errors behind it included. */
function told(error) {
  const cause = error?.cause instanceof Error ? error.cause : error
  return String(cause?.stack ?? cause).slice(0, 4_000)
}

export default async function* lines(events) {
  for await (const { type, data } of events) {
    if (type === 'test:diagnostic' && /upstream/.test(data.message)) yield `${JSON.stringify({ note: data.message })}\n`
    if (type !== 'test:pass' && type !== 'test:fail') continue
    const { name, details, skip } = data
    yield `${JSON.stringify({ name, passed: type === 'test:pass', skipped: Boolean(skip), why: details.error && told(details.error), milliseconds: details.duration_ms })}\n`
  }
}

/**
 * Writes the corpus the evals run on when no other is named: conversations with facts that must survive.
 *
 *   node evals/generate.mjs           writes evals/corpus/
 *   node evals/generate.mjs --check   only compares; status 1 when what is committed is out of date
 *
 * A fact is what the next step of such a conversation needs: the answer to the question, error texts, the
 * odd one out.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'

import { fail } from '../scripts/failure.mjs'
import { docsPage, feed, junit, newsPage, shopPage, sitemap, soap } from './pages.mjs'
import { Dice, account, instant, issue, logEntry, order, repository, sample } from './records.mjs'

/** @typedef {import('./cases.mjs').Case} Case */
/** @typedef {import('./cases.mjs').Message} Message */

const CORPUS = new URL('corpus/', import.meta.url)
const SYSTEM = { role: 'system', content: 'You are a careful assistant. Answer from what the tools print.' }

/** Makes a list with `make(index)`. @template T @param {number} length @param {(index: number) => T} make */
function list(length, make) {
  return Array.from({ length }, (_, index) => make(index))
}

/** The call of a tool and its output. @param {string} id @param {string} name @param {object} input @param {string} output */
function call(id, name, input, output) {
  return [
    {
      role: 'assistant',
      content: null,
      tool_calls: [{ id, type: 'function', function: { name, arguments: JSON.stringify(input) } }],
    },
    { role: 'tool', tool_call_id: id, content: output },
  ]
}

/**
 * A question, one tool output, and what of it is needed.
 *
 * @param {string} name
 * @param {string} question
 * @param {{ kind?: string | undefined, tool: string, input?: object, output: string, need: string[] }} step
 * @returns {Case}
 */
function single(name, question, { kind = 'json', tool, input = {}, output, need }) {
  const messages = [SYSTEM, { role: 'user', content: question }, ...call('call_1', tool, input, output)]
  return { name, kind, messages, facts: need.map((text) => ({ at: 3, need: [text] })) }
}

function orders() {
  const dice = new Dice(11)
  const data = list(60, (index) => order(dice, index))
  const asked = /** @type {ReturnType<typeof order>} */ (data[41])
  const errors = data.flatMap(({ error }) => (error === null ? [] : [error]))
  return single('api_orders', `When will ${asked.id} arrive, and did any payment fail?`, {
    tool: 'list_orders',
    input: { limit: 60 },
    output: JSON.stringify({ object: 'list', has_more: false, data }),
    need: [asked.id, asked.customer.id, String(asked.shipping.tracking), ...errors],
  })
}

function ordersPretty() {
  const dice = new Dice(12)
  const data = list(30, (index) => order(dice, index))
  const asked = /** @type {ReturnType<typeof order>} */ (data[7])
  return single('api_orders_pretty', `What did ${asked.id} cost?`, {
    tool: 'http_get',
    output: JSON.stringify(data, null, 2),
    need: [asked.id, String(asked.total)],
  })
}

function issues() {
  const dice = new Dice(13)
  const data = list(25, (index) => issue(dice, 300 + index, 'harbor'))
  const asked = /** @type {ReturnType<typeof issue>} */ (data[17])
  return single('api_issues', `Who opened issue ${asked.number}, and what is it about?`, {
    tool: 'list_issues',
    input: { repository: 'acme/harbor', state: 'all' },
    output: JSON.stringify(data),
    need: [asked.user.login, asked.title],
  })
}

function repositories() {
  const dice = new Dice(14)
  const names = ['harbor', 'lantern', 'quarry', 'trellis', 'beacon', 'cinder', 'drift', 'ember', 'fjord', 'grove']
  const data = names.map((name) => repository(dice, name))
  return single('api_repositories', 'How many stars has acme/cinder?', {
    tool: 'list_repositories',
    output: JSON.stringify({ total_count: data.length, items: data }),
    need: ['cinder', String(data[5]?.stargazers_count)],
  })
}

function mixed() {
  const dice = new Dice(15)
  const data = list(48, (index) => {
    if (index === 31) return { type: 'refund', id: 'rf_31', amount: -1249.5, reason: 'damaged in transit' }
    if (index % 4 === 1) return { type: 'login', id: `ev_${index}`, device: { os: 'Linux', trusted: index % 8 === 1 } }
    return { type: 'view', id: `ev_${index}`, path: `/items/${dice.roll(50)}`, payload: JSON.stringify({ ref: dice.hex(6), n: index }) }
  })
  return single('api_mixed', 'Was anything paid back?', {
    tool: 'list_events',
    output: JSON.stringify({ cursor: dice.hex(20), events: data, next: null }),
    need: ['-1249.5', 'damaged in transit'],
  })
}

function webhook() {
  const dice = new Dice(21)
  const [source, sender] = [repository(dice, 'harbor'), account(dice)]
  const payload = {
    action: 'completed',
    check_run: {
      id: 90_412,
      name: 'integration (linux)',
      head_sha: dice.hex(40),
      status: 'completed',
      conclusion: 'failure',
      started_at: instant(100),
      completed_at: instant(912),
      output: {
        title: '2 of 341 tests failed',
        summary: 'FAIL queue::drain_under_load: assertion failed: left 17, right 16',
        annotations_count: 2,
      },
      pull_requests: list(2, (index) => ({ id: 40 + index, number: 812 + index, head: { ref: 'drain', sha: dice.hex(40) } })),
    },
    repository: source,
    parent: repository(dice, 'harbor-upstream'),
    organization: { login: 'acme', id: 77, url: 'https://code.example.com/orgs/acme', description: null },
    sender,
  }
  return single('webhook_check_run', 'Why did the check fail?', {
    tool: 'read_webhook',
    output: JSON.stringify(payload),
    need: ['failure', payload.check_run.output.summary, payload.check_run.output.title],
  })
}

function settings() {
  const dice = new Dice(31)
  const entries = list(80, () => [dice.uuid(), dice.uuid()])
  const [key, value] = /** @type {[string, string]} */ (entries[52])
  return single('kv_settings', `What is the value of key ${key}?`, {
    tool: 'read_settings',
    output: JSON.stringify(Object.fromEntries(entries)),
    need: [value],
  })
}

function logs() {
  const dice = new Dice(41)
  const entries = list(120, (index) => logEntry(dice, index))
  const failure = {
    level: 'ERROR',
    status: 503,
    message: 'upstream timed out after 30000 ms: payments.internal:8443',
    stack: 'TimeoutError: deadline exceeded\n    at Pool.acquire (pool.ts:88)\n    at charge (billing.ts:41)',
  }
  Object.assign(entries[77] ?? {}, failure)
  Object.assign(entries[101] ?? {}, { level: 'WARN', message: 'disk usage at 93 % on /var/lib/queue' })
  return single('log_events', 'What went wrong this morning?', {
    tool: 'search_logs',
    input: { since: '08:00' },
    output: JSON.stringify(entries),
    need: [failure.message, 'Pool.acquire (pool.ts:88)', 'disk usage at 93 %'],
  })
}

function metrics() {
  const dice = new Dice(51)
  const samples = list(180, (index) => sample(dice, index))
  Object.assign(samples[133] ?? {}, { p99_ms: 4127, errors: 318 })
  return single('metrics_latency', 'Did latency spike?', {
    tool: 'query_metrics',
    output: JSON.stringify({ series: 'http', step: 60, samples }),
    need: ['4127', '318'],
  })
}

/** Spellings that a careless round trip loses. */
function spellings() {
  const values = [
    '1', '1.0', '1e2', '-0', '12345678901234567890', '"1"', '"null"', 'null', '""', '"a|b"', '"a,b"', '" padded "',
    '"line\\nbreak"', '"quote \\" here"', '"\\u00e9t\\u00e9"', '"${id}"', '"^"', '"like a"', 'true', '"true"', '[]', '{}',
  ]
  const rows = list(66, (index) => {
    const value = values[index % values.length]
    const missing = index % 7 === 3 ? '' : `,"value":${value}`
    return `{"id":${index},"kind":"probe"${missing},"again":${values[(index * 5) % values.length]}}`
  })
  return single('edge_spellings', 'Which probe has a value of 12345678901234567890?', {
    tool: 'list_probes',
    output: `[${rows.join(', ')}]`,
    need: ['12345678901234567890'],
  })
}

/** Several turns, with an excluded tool and a failed call between the outputs. @returns {Case} */
function agent() {
  const dice = new Dice(61)
  const data = list(45, (index) => order(dice, index))
  const [first, second] = [data[12], data[33]].map((one) => /** @type {ReturnType<typeof order>} */ (one))
  const entries = list(60, (index) => logEntry(dice, index))
  Object.assign(entries[20] ?? {}, { level: 'ERROR', message: `refund of ${second?.id} rejected: ledger is closed` })
  const refused = { role: 'tool', tool_call_id: 'call_3', content: '{"error":"ledger is closed","retry_after":3600}' }
  const policy = list(60, (index) => `${index + 1}\t${dice.sentence(9)}`).join('\n')
  const messages = [
    SYSTEM,
    { role: 'user', content: `Refund ${first?.id} and ${second?.id}, please.` },
    ...call('call_1', 'list_orders', { customer: 'all' }, JSON.stringify({ data })),
    ...call('call_2', 'Read', { path: 'policy.md' }, policy),
    ...call('call_3', 'refund', { id: second?.id }, '').slice(0, 1),
    refused,
    { role: 'assistant', content: `${second?.id} could not be refunded.` },
    { role: 'user', content: 'Why not?' },
    ...call('call_4', 'search_logs', { query: second?.id }, JSON.stringify(entries, null, 1)),
  ]
  const facts = [
    { at: 3, need: [String(first?.customer.id)] },
    { at: 3, need: [String(second?.customer.id)] },
    { at: 5, need: ['60\t'] },
    { at: 7, need: ['ledger is closed'] },
    { at: 11, need: [`refund of ${second?.id} rejected: ledger is closed`] },
  ]
  return { name: 'agent_refund', kind: 'agent', messages, facts }
}

/** What a browser tool fetched. @param {string} name @param {string} question @param {string} output @param {string[]} need */
function page(name, question, output, need) {
  return single(name, question, { kind: name.replace(/_.*/, ''), tool: 'fetch', input: { url: 'https://www.example.com/' }, output, need })
}

function pageDocs() {
  const told = { option: 'lease', fallback: '4711 ms', since: '3.2' }
  const output = docsPage(new Dice(71), told)
  const need = [told.option, told.fallback, told.since, 'must be larger than', "'jobs-3'"]
  return page('html_docs', 'What is the default of the lease option, and since when is it there?', output, need)
}

function pageNews() {
  const told = { title: 'Canal reopens after storm', author: 'Ada Brook', quote: 'We never lost a boat', figure: '12.4 million euros' }
  return page('html_news', 'What did the repair of the canal cost, and who wrote about it?', newsPage(new Dice(72), told), Object.values(told))
}

function pageShop() {
  const product = (/** @type {number} */ index) => ({
    name: `Lamp ${300 + index}`,
    price: `${20 + index}.50 €`,
    stock: index === 31 ? 'sold out' : 'in stock',
  })
  return page('html_shop', 'Which lamp is sold out, and what does it cost?', shopPage(new Dice(73), 48, product), ['Lamp 331', '51.50 €', 'sold out'])
}

function pageFooter() {
  const told = { option: 'linger', fallback: '12 ms', since: '2.9' }
  return page('html_footer', 'Whose copyright is it, and is there a page about accessibility?', docsPage(new Dice(74), told), ['Example Works Ltd', 'Accessibility'])
}

function rss() {
  const title = (/** @type {number} */ index) => (index === 37 ? 'Ferry to Bergen cancelled' : `Story number ${index} about lamps`)
  return page('xml_feed', 'Was a ferry cancelled?', feed(new Dice(81), 60, title), ['Ferry to Bergen cancelled', '1037'])
}

function tests() {
  const failures = [17, 99, 150].map((index) => /** @type {const} */ ([
    index,
    {
      message: `expected: &lt;${index}&gt; but was: &lt;2&gt;`,
      trace: `org.opentest4j.AssertionFailedError: expected: &lt;${index}&gt;\n\tat com.example.harbor.Queue.drain(Queue.java:${index})\n\tat java.base/java.lang.reflect.Method.invoke(Method.java:580)`,
    },
  ]))
  const need = failures.flatMap(([, { message, trace }]) => [message, trace])
  return page('xml_junit', 'Why did the run fail?', junit(new Dice(82), 200, new Map(failures)), need)
}

function sitemapXml() {
  const output = sitemap(new Dice(83), 400, (index) => `products/lamp-${index}`)
  const changed = /lamp-237<\/loc><lastmod>([^<]+)/.exec(output)?.[1] ?? ''
  return page('xml_sitemap', 'When was products/lamp-237 changed?', output, ['lamp-237', changed])
}

function soapReply() {
  const shipment = (/** @type {number} */ index) =>
    index === 44 ? { id: 'SHP-44', status: 'HELD', note: 'customs: invoice missing' } : { id: `SHP-${index}`, status: 'IN_TRANSIT' }
  return page('xml_soap', 'Is any shipment held up?', soap(new Dice(84), 80, shipment), ['SHP-44', 'HELD', 'customs: invoice missing'])
}

const CASES = [
  orders, ordersPretty, issues, repositories, mixed, webhook, settings, logs, metrics, spellings, agent,
  pageDocs, pageNews, pageShop, pageFooter, rss, tests, sitemapXml, soapReply,
].map((make) => make())

/** What a file of the corpus holds now; empty when there is none. @param {URL} file */
function committed(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

const check = process.argv.includes('--check')
mkdirSync(CORPUS, { recursive: true })
for (const one of CASES) {
  const file = new URL(`${one.name}.json`, CORPUS)
  const text = `${JSON.stringify(one, null, 1)}\n`
  if (!check) writeFileSync(file, text)
  else if (committed(file) !== text) {
    fail('the eval corpus is not what its generator writes', { cause: one.name, hint: 'Run `node evals/generate.mjs`.' })
  }
}
process.stdout.write(`${CASES.length} cases ${check ? 'are up to date' : 'written'}\n`)

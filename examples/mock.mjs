/**
 * What stands behind the examples: the real provider where its key is in the environment, else a model made of four
 * rules on the loopback, so that every example runs offline.
 */
import { upstream } from '../clients/mock/upstream.mjs'

export { orders } from '../__test__/conversations.mjs'

/** A log of CI with one failure in it. */
export function log() {
  const crates = ['parser', 'store', 'payments', 'mailer', 'gateway', 'scheduler']
  return Array.from({ length: 2_400 }, (_, n) => {
    const time = `2026-11-02T10:${String(Math.floor(n / 60) % 60).padStart(2, '0')}:${String(n % 60).padStart(2, '0')}Z`
    const name = crates[(n * 7) % crates.length]
    if (n === 1_700) return `${time} thread 'refund_twice' panicked at payments/src/refund.rs:88: refund 4711 was declined: already refunded`
    if (n === 2_399) return `${time} error: test failed with exit code 101, to rerun pass \`-p payments --lib\``
    return n < 900 ? `${time}    Compiling ${name}-${n} v1.${n % 30}.0` : `${time} test ${name}::case_${n} ... ok (${(n * 13) % 90} ms)`
  }).join('\n')
}

/** What it asks for when it reads back. */
const QUERY = 'failed declined panicked'

/** Every string inside a value. */
const strings = (value) => (typeof value === 'string' ? [value] : Object.values(value ?? {}).flatMap(strings))

/** The four rules. `text`: the request; `items`: its messages, each as JSON. */
function model({ text, items }) {
  const names = (JSON.parse(text).tools ?? []).map((tool) => tool.function?.name ?? tool.name)
  const own = names.find((name) => name !== 'headroom_retrieve')
  const call = (name, input) => ({ say: [{ call: { id: `call_${items.length}`, name, input } }] })
  // 1. What it has not seen yet it asks a tool for.
  if (own && !/tool_result|"role":"tool"|function_call_output/.test(text)) return call(own, { page: 1 })
  // 2. What was left out it reads back, once.
  const ref = /\bref ([0-9a-f]{32})\b/.exec(text)?.[1]
  if (ref && names.includes('headroom_retrieve') && !items.some((item) => item.includes('"headroom_retrieve"'))) {
    return call('headroom_retrieve', { ref, query: QUERY })
  }
  // 3. It names the failures it was shown, and 4. says when there are none.
  const shown = items.slice(1).flatMap((item) => strings(JSON.parse(item)))
  const parts = (shown.length > 0 ? shown : strings(JSON.parse(items[0]))).flatMap((one) => one.split(/[\n|]|(?<=\.) /))
  const failures = [...new Set(parts.filter((part) => part !== QUERY && /^[^{].*\b(declined|panicked|refused|FAILED)\b/.test(part)))]
  return { say: [{ text: `I was shown ${text.length} characters and found: ${failures.slice(0, 2).join('; ').trim() || 'nothing that failed'}` }] }
}

/**
 * Where requests go and with which key: options for an SDK's client. Without the variable it is the mock; `path` is what
 * the SDK expects in its base address. Call `close` when all is done.
 */
export async function provider(variable, path = '/v1') {
  const apiKey = process.env[variable]
  if (apiKey) return { options: { apiKey }, close: async () => {} }
  const mock = await upstream()
  mock.script(...Array.from({ length: 50 }, () => model))
  return { options: { apiKey: 'none', baseURL: mock.url + path }, close: () => mock.close() }
}

/** One answer of OpenAI's chat API, for examples that need no more of it. */
export async function chat(request) {
  const { options, close } = await provider('OPENAI_API_KEY')
  try {
    const response = await fetch(`${options.baseURL ?? 'https://api.openai.com/v1'}/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${options.apiKey}` },
      body: JSON.stringify({ model: 'gpt-5', ...request }),
    })
    if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`)
    return (await response.json()).choices[0].message
  } finally {
    await close()
  }
}

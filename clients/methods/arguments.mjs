/** What a method is called with: a conversation where a model is asked, else something of everything. */
import { orders } from '../../__test__/conversations.mjs'
import { schema } from '../adapters/tools.mjs'

/** What a tool printed: large enough to be made smaller. */
const OUTPUT = JSON.stringify(orders(200))

const QUESTION = 'Which order failed?'

const run = () => 'done'

const chat = (more) => ({
  model: 'gpt-4o',
  messages: [
    { role: 'user', content: QUESTION },
    { role: 'assistant', content: null, tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'list', arguments: '{"page":1}' } }] },
    { role: 'tool', tool_call_id: 'call_1', content: OUTPUT },
  ],
  tools: [{ type: 'function', function: { name: 'list', description: 'Lists.', parameters: schema, ...more } }],
})

const responses = {
  model: 'gpt-5',
  input: [
    { role: 'user', content: QUESTION },
    { type: 'function_call', call_id: 'call_1', name: 'list', arguments: '{"page":1}' },
    { type: 'function_call_output', call_id: 'call_1', output: OUTPUT },
  ],
  tools: [{ type: 'function', name: 'list', description: 'Lists.', parameters: schema, strict: true }],
}

const messages = (more) => ({
  model: 'claude-sonnet-4-5',
  max_tokens: 64,
  messages: [
    { role: 'user', content: QUESTION },
    { role: 'assistant', content: [{ type: 'tool_use', id: 'toolu_1', name: 'list', input: { page: 1 } }] },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: OUTPUT }] },
  ],
  tools: [{ name: 'list', description: 'Lists.', input_schema: schema, ...more }],
})

/** Bodies of the APIs that the proxy reads, by the names of the methods. */
const READ = [
  [/^(beta\.)?chat\.completions\.(create|stream|parse)$/, () => chat({ strict: true })],
  [/^(beta\.)?chat\.completions\.runTools$/, () => chat({ function: run, parse: JSON.parse })],
  [/^(beta\.)?responses\.(create|stream|parse|compact|inputTokens\.count)$/, () => responses],
  [/^(beta\.)?messages\.(create|stream|parse|countTokens)$/, () => messages()],
  [/^beta\.messages\.toolRunner$/, () => messages({ run, parse: (input) => input })],
  [/^(beta\.)?messages\.batches\.create$/, () => ({ requests: [{ custom_id: 'a', params: messages() }] })],
]

/** What any other method gets: JSON of all kinds, texts that need escapes, a text long enough to be worth something. */
const ANY = {
  model: 'mock-1',
  name: 'Ünï "x" \\ \u2028 \u{1F600}',
  input: 'Say this.',
  prompt: 'Draw that.',
  purpose: 'assistants',
  instructions: OUTPUT.slice(0, 20_000),
  metadata: { a: '1', b: null, c: [], d: [true, 1.5e-7, {}] },
  messages: [{ role: 'user', content: QUESTION }],
  thread: { messages: [] },
}

/** Bytes of a file. */
const FILE = Buffer.from(Array.from({ length: 100_000 }, (_, at) => (at * 11) % 256))

const file = () => new File([FILE], 'a.bin', { type: 'application/octet-stream' })

/** A member that must be there: a part of an address, or what its name says. */
function member(name) {
  if (name === 'betas') return ['beta-1']
  if (name === 'files') return [file()]
  if (name === 'fileIds') return ['file_1']
  return `${name}_1`
}

/** The object of a parameter. */
function object({ path, source }, members) {
  const name = path.join('.')
  const [, body] = READ.find(([pattern]) => pattern.test(name)) ?? []
  const needed = path.includes('threads') ? [...members, 'thread_id'] : members
  const own = Object.fromEntries(needed.map((key) => [key, member(key)]))
  if (body) return body()
  if (sendsForm({ path, source })) return { ...own, model: 'mock-1', purpose: 'assistants', prompt: 'x', file: file(), image: file(), data: file(), video: file() }
  if (/\.(post|put|patch)\(|\bcreate\w*\(/.test(source)) return { ...own, ...ANY, ...own }
  return { ...own, limit: 2, order: 'asc' }
}

/** True where a method takes a body of which it asks whether it shall be streamed. */
export const mayStream = ({ path, source }) => /\bstream\b/.test(source) && /\.post\(/.test(source) && path.at(-1) !== 'stream'

/** True where a method sends a form. */
export const sendsForm = ({ path, source }) => /multipart/i.test(source) || path.at(-1).startsWith('upload')

/** True where the proxy reads what a method sends. */
export const isRead = ({ path }) => READ.some(([pattern]) => pattern.test(path.join('.')))

/** What to call a method with; `more` goes into its body. */
export function argumentsOf(method, more = {}) {
  return method.parameters.filter(({ name }) => name !== 'options').map(({ name, members }) => {
    if (/^_?(body|query|params?)\d*$/.test(name)) return { ...object(method, members), ...more }
    if (/^files?$/.test(name)) return file()
    return `${name}_1`
  })
}

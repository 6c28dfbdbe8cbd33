/**
 * An answer to whatever a client may ask, for walks over all of its methods. The request's header `x-mock` says which:
 * `ok`, the status of an error, or `again` for an error that is gone when the client comes again.
 */
import { WIRES, begin, json, say } from './reply.mjs'
import { sse } from './turn.mjs'

/** What providers say beside an answer; of some headers there are several. */
const BESIDE = { 'openai-processing-ms': '7', 'x-ratelimit-remaining-tokens': '41', 'set-cookie': ['a=1; Path=/', 'b=2; Path=/'] }

/** Bytes that are no text. */
const BINARY = Buffer.from(Array.from({ length: 50_000 }, (_, at) => (at * 7) % 256))

/** Two numbers as clients ask for them. */
const VECTOR = Buffer.from(Float32Array.of(0.5, -1).buffer).toString('base64')

/** The wires of the APIs that models answer on; other paths may end like theirs. */
const MODELS = /^\/v1\/(messages|chat\/completions|responses)$/

/** What is enough for a client to go on: every resource has an id, is done, and is a list of two pages as well. */
function resource({ method, path }) {
  const [name, query = ''] = path.split('?')
  const is_first = !/\b(after|after_id|page|page_token)=/.test(query)
  return {
    id: 'id_1',
    thread_id: 'thread_1',
    object: 'thing',
    type: 'thing',
    name: 'Ünï "x" \u2028',
    created_at: 1_700_000_000,
    status: /^\/v1\/files\b/.test(name) ? 'processed' : 'completed',
    processing_status: 'ended',
    results_url: `${name}/results`,
    expires_at: null,
    deleted: method === 'DELETE',
    input_tokens: 7,
    text: 'Fine.',
    output: [],
    data: [1, 2].map((n) => ({ id: `item_${is_first ? n : n + 2}`, object: 'thing', index: n, embedding: VECTOR })),
    has_more: is_first,
    first_id: 'item_1',
    last_id: is_first ? 'item_2' : 'item_4',
    next: is_first ? 'item_2' : null,
    next_page: is_first ? 'page_2' : null,
  }
}

/** A failure as either provider words it; whoever may come again shall not wait. */
function refuse(status, response) {
  const error = { type: 'mock_error', message: `it failed with ${status}`, param: 'x', code: `mock_${status}` }
  json(response, status, { type: 'error', error, request_id: 'req_mock' }, { ...BESIDE, 'retry-after-ms': '1' })
}

/** A stream of some events, of no model's. */
function events({ path }, response) {
  const out = begin(response, 'text/event-stream; charset=utf-8')
  const kind = /\/threads\b/.test(path) ? 'thread.run.completed' : 'thing.completed'
  for (const [name, value] of [['thing.delta', 1], ['thing.delta', 2], [kind, 3]]) {
    out.write(sse({ id: 'id_1', object: 'thread.run', status: 'completed', type: name, n: value, usage: { input_tokens: 1 } }, name))
  }
  out.end('event: done\ndata: [DONE]\n\n')
}

/** True where a body, of JSON or of a form, asks for a stream. */
const streams = ({ text }) => /"stream":\s*true|name="stream"\r\n\r\ntrue/.test(text)

/** Answers as `asks` says. */
export async function anything(asks, seen, response) {
  const { method, path, headers, text } = seen
  if (asks === 'again' && headers['x-stainless-retry-count'] === '0') return refuse(503, response)
  if (Number(asks)) return refuse(Number(asks), response)
  const wire = method === 'POST' && MODELS.test(path.split('?')[0]) ? WIRES.find((one) => one.path.test(path.split('?')[0])) : undefined
  if (wire) return say(wire, { say: [{ text: 'Fine.' }] }, 1, JSON.parse(text), response)
  if (streams(seen)) return events(seen, response)
  const accept = headers.accept ?? '*/*'
  if (accept.includes('json')) return json(response, 200, resource(seen), BESIDE)
  if (method === 'DELETE') {
    response.writeHead(204, BESIDE)
    return response.end()
  }
  const lines = path.endsWith('/results')
  response.writeHead(200, { 'content-type': lines ? 'application/x-jsonl' : 'application/octet-stream', 'content-length': lines ? 22 : BINARY.length, ...BESIDE })
  response.end(lines ? '{"id":"a"}\n{"id":"b"}\n' : BINARY)
}

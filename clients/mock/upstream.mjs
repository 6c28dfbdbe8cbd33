/**
 * All providers on one address of the loopback, answering by script. A reply is a turn of the model (`say`, see
 * `turn.mjs`), or `{ status, text }` for an error, or `{ silent: true }`, or a function of the request that makes one.
 * Requests with the header `x-mock` are answered without a script: see `anything.mjs`.
 */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'

import { anything } from './anything.mjs'
import { field, parts } from './raw.mjs'
import { WIRES, fail, json, say } from './reply.mjs'
import * as responses from './responses.mjs'

/** What a request holds, as texts: its messages, and the tools before them. */
function read(wire, body, kept) {
  const list = wire && field(body, wire.list)
  const own = list?.startsWith('[') ? parts(list) : list ? [list] : []
  const items = wire?.name === 'responses' ? kept.whole(JSON.parse(body), own) : own
  return { items, tools: wire && (field(body, wire.name === 'bedrock' ? 'toolConfig' : 'tools') ?? '') }
}

/** Why a request is refused before a model sees it. */
function refused({ headers, bytes, items }) {
  const signed = headers['x-amz-content-sha256']
  if (signed && signed !== createHash('sha256').update(bytes).digest('hex')) return { status: 403, text: 'the signature is of another body' }
  return items ? undefined : { status: 400, text: 'the request points to what is not there' }
}

/** What clients ask for that no model answers. */
const UNKNOWN = [
  [/^\/v1\/models(\?.*)?$/, { object: 'list', models: [{ name: 'models/mock-1' }], data: [{ id: 'mock-1', object: 'model', type: 'model', display_name: 'Mock', created: 1, owned_by: 'mock', created_at: '2026-01-01T00:00:00Z' }], has_more: false, first_id: 'mock-1', last_id: 'mock-1' }],
  [/^\/v1\/embeddings/, { object: 'list', model: 'e', data: [{ object: 'embedding', index: 0, embedding: [0.5, -1] }], usage: { prompt_tokens: 1, total_tokens: 1 } }],
  [/^\/v1\/files/, { id: 'file_1', object: 'file', type: 'file', bytes: 3, size_bytes: 3, created_at: 1, filename: 'a.txt', purpose: 'user_data', mime_type: 'text/plain', downloadable: false }],
  [/:(batchE|e)mbedContent/, { embeddings: [{ values: [0.5, -1] }], embedding: { values: [0.5, -1] } }],
  [/:countTokens$/, { totalTokens: 7 }],
  [/count_tokens/, { input_tokens: 7 }],
  [/^\/v1(beta)?\/models/, { models: [{ name: 'models/mock-1', displayName: 'Mock' }] }],
]

/** Starts it. */
export async function upstream() {
  const got = []
  const kept = new responses.Kept()
  let replies = []
  let ids = 0
  async function answer(incoming, response) {
    const chunks = []
    const closed = once(response, 'close').then(() => response.writableFinished)
    try {
      for await (const chunk of incoming) chunks.push(chunk)
    } catch {
      return
    }
    const bytes = Buffer.concat(chunks)
    const path = incoming.url
    const asks = incoming.headers['x-mock']
    const wire = incoming.method === 'POST' && !asks ? WIRES.find((one) => one.path.test(path.split('?')[0])) : undefined
    const text = bytes.toString('utf8')
    const seen = { method: incoming.method, path, headers: incoming.headers, pairs: incoming.rawHeaders, bytes, text, wire: wire?.name, closed, ...read(wire, text, kept) }
    got.push(seen)
    if (asks) return anything(asks, seen, response)
    if (!wire) {
      const [, value] = UNKNOWN.find(([pattern]) => pattern.test(path)) ?? []
      return json(response, value ? 200 : 404, value ?? { error: { message: `nothing at ${path}` } })
    }
    const next = refused(seen) ?? replies.shift()
    const reply = (typeof next === 'function' ? await next(seen) : next) ?? { status: 400, text: 'no reply by script' }
    if (reply.silent) return
    if (reply.status) return fail(wire, reply, response)
    const body = JSON.parse(text)
    const id = ++ids
    if (wire.name === 'responses') kept.keep(reply, id, body, seen.items)
    await say(wire, reply, id, body, response)
  }
  const server = createServer((incoming, response) => {
    answer(incoming, response).catch((error) => {
      if (error.code !== 'ERR_ASSERTION') process.stderr.write(`the mock failed: ${error.stack}\n`)
      response.destroy()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    /** Requests that came, in order. */
    got,
    /** What to answer next; forgets what was to be answered and what came. */
    script(...next) {
      replies = next
      got.length = 0
    },
    /** Replies that nobody asked for. */
    left: () => replies.length,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

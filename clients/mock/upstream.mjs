/**
 * All providers on one address of the loopback, answering by script. A reply is a turn of the model (`say`, see
 * `turn.mjs`), or `{ status, text }` for an error, or `{ silent: true }`, or a function of the request that makes one.
 */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { constants, createGzip, gzipSync } from 'node:zlib'

import * as anthropic from './anthropic.mjs'
import * as bedrock from './bedrock.mjs'
import * as chat from './chat.mjs'
import * as gemini from './gemini.mjs'
import { field, parts } from './raw.mjs'
import * as responses from './responses.mjs'
import { PAUSE } from './turn.mjs'

const SSE = 'text/event-stream; charset=utf-8'
const FRAMES = 'application/vnd.amazon.eventstream'

/** Claude's models, invoked. */
const invoked = { ...anthropic, stream: bedrock.framed(anthropic.stream), failure: bedrock.failure }

/** Which API a path belongs to, where its messages stand, and when it streams. */
const WIRES = [
  { path: /\/messages$/, name: 'anthropic', api: anthropic, list: 'messages', type: SSE },
  { path: /\/chat\/completions$/, name: 'chat', api: chat, list: 'messages', type: SSE },
  { path: /\/responses$/, name: 'responses', api: responses, list: 'input', type: SSE },
  { path: /:generateContent$/, name: 'gemini', api: gemini, list: 'contents', type: SSE },
  { path: /:streamGenerateContent$/, name: 'gemini', api: gemini, list: 'contents', type: SSE, streams: true },
  { path: /\/converse$/, name: 'bedrock', api: bedrock, list: 'messages', type: FRAMES },
  { path: /\/converse-stream$/, name: 'bedrock', api: bedrock, list: 'messages', type: FRAMES, streams: true },
  { path: /\/invoke$/, name: 'anthropic', api: invoked, list: 'messages', type: FRAMES },
  { path: /\/invoke-with-response-stream$/, name: 'anthropic', api: invoked, list: 'messages', type: FRAMES, streams: true },
  { path: /:rawPredict$/, name: 'anthropic', api: anthropic, list: 'messages', type: SSE },
  { path: /:streamRawPredict$/, name: 'anthropic', api: anthropic, list: 'messages', type: SSE, streams: true },
]

const IDS = { 'x-request-id': 'req_mock', 'request-id': 'req_mock' }

/** Providers compress what they say to whoever takes it. */
const takesGzip = (response) => /\bgzip\b/.test(response.req.headers['accept-encoding'] ?? '')

function json(response, status, value, headers = {}) {
  const gzip = takesGzip(response)
  response.writeHead(status, { 'content-type': 'application/json', ...(gzip && { 'content-encoding': 'gzip' }), ...IDS, ...headers })
  const text = JSON.stringify(value)
  response.end(gzip ? gzipSync(text) : text)
}

/** Where the pieces of a stream are written to, each sent at once. */
function begin(response, type) {
  if (!takesGzip(response)) {
    response.writeHead(200, { 'content-type': type, ...IDS })
    return response
  }
  response.writeHead(200, { 'content-type': type, 'content-encoding': 'gzip', ...IDS })
  const gzip = createGzip({ flush: constants.Z_SYNC_FLUSH })
  gzip.pipe(response)
  return gzip
}

/** Answers with a turn, in pieces where the request asked for a stream. */
async function say(wire, turn, id, body, response) {
  const streams = wire.streams ?? body.stream === true
  if (!streams) return json(response, 200, wire.api.whole(turn, id, body))
  const out = begin(response, wire.type)
  for (const piece of wire.api.stream(turn, id, body)) {
    if (piece === PAUSE) await turn.pause?.()
    else out.write(piece)
    if (response.destroyed) return
  }
  out.end()
}

function fail(wire, { status, text, headers }, response) {
  const more = wire.type === FRAMES ? { 'x-amzn-errortype': bedrock.errorType(status) } : {}
  json(response, status, wire.api.failure(status, text), { ...more, ...headers })
}

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
    const wire = incoming.method === 'POST' ? WIRES.find((one) => one.path.test(path.split('?')[0])) : undefined
    const text = bytes.toString('utf8')
    const seen = { method: incoming.method, path, headers: incoming.headers, bytes, text, wire: wire?.name, closed, ...read(wire, text, kept) }
    got.push(seen)
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

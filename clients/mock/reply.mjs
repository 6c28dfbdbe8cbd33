/** How a mock answers over HTTP: as JSON, as a stream, as a turn of the model, or with an error. */
import { constants, createGzip, gzipSync } from 'node:zlib'

import * as anthropic from './anthropic.mjs'
import * as bedrock from './bedrock.mjs'
import * as chat from './chat.mjs'
import * as gemini from './gemini.mjs'
import * as responses from './responses.mjs'
import { PAUSE } from './turn.mjs'

const SSE = 'text/event-stream; charset=utf-8'
const FRAMES = 'application/vnd.amazon.eventstream'

/** Claude's models, invoked. */
const invoked = { ...anthropic, stream: bedrock.framed(anthropic.stream), failure: bedrock.failure }

/** Which API a path belongs to, where its messages stand, and when it streams. */
export const WIRES = [
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

/** Answers with JSON. */
export function json(response, status, value, headers = {}) {
  const gzip = takesGzip(response)
  response.writeHead(status, { 'content-type': 'application/json', ...(gzip && { 'content-encoding': 'gzip' }), ...IDS, ...headers })
  const text = JSON.stringify(value)
  response.end(gzip ? gzipSync(text) : text)
}

/** Where the pieces of a stream are written to, each sent at once. */
export function begin(response, type) {
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
export async function say(wire, turn, id, body, response) {
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

/** Answers with an error in the provider's words. */
export function fail(wire, { status, text, headers }, response) {
  const more = wire.type === FRAMES ? { 'x-amzn-errortype': bedrock.errorType(status) } : {}
  json(response, status, wire.api.failure(status, text), { ...more, ...headers })
}

/** Requests of Node's own servers: Express, Connect and whatever is built like them, and Fastify. */
import type { IncomingMessage, ServerResponse } from 'node:http'

import type { WireReport } from '../wire.js'
import { type ServerOptions, Shrinker, headersOf } from './shrinker.js'

/** A request as middleware gets it: with a body if something has parsed it. */
export type NodeRequest = IncomingMessage & { body?: unknown }

/** Middleware of Express and Connect. */
export type NodeMiddleware = (request: NodeRequest, response: ServerResponse, next: (error?: unknown) => void) => void

/** What Fastify gives a plugin, as far as it matters here. */
export interface FastifyLike {
  // oxlint-disable-next-line typescript/no-explicit-any -- Fastify declares a form for each of its hooks
  addHook(...hook: any[]): unknown
}

/** A hook of Fastify's that may give another payload. */
type PreParsing = (
  request: { raw: IncomingMessage },
  reply: { header(name: string, value: string): unknown },
  payload: IncomingMessage,
) => Promise<IncomingMessage>

function wants(request: IncomingMessage, shrinker: Shrinker): boolean {
  const headers = new Headers()
  // Those of HTTP/2 that begin with a colon cannot be taken over.
  for (const [name, value] of Object.entries(request.headers)) if (typeof value === 'string' && !name.startsWith(':')) headers.set(name, value)
  return shrinker.wants(request.method, headers)
}

/**
 * Reads a body and puts it back, so that it can be read as if nobody had. `null` when it is larger than allowed, broke
 * off, or is being read already.
 */
async function peek(request: IncomingMessage, maxBytes: number): Promise<Buffer | null> {
  // What came in one packet with the head is taken in first: of an empty body even looking would be the end, which
  // nobody would hear of any more.
  await Promise.resolve()
  if (request.readableFlowing || request.destroyed || (request.complete && request.readableLength === 0)) return null
  const chunks: Buffer[] = []
  let size = 0
  return new Promise((resolve) => {
    const settle = (whole: boolean): void => {
      request.off('readable', read).off('close', broken).off('error', broken)
      const body = Buffer.concat(chunks)
      // In the same turn as the last `read`: a stream that holds something has not ended.
      if (size > 0) request.unshift(body)
      resolve(whole && size > 0 ? body : null)
    }
    const broken = (): void => settle(false)
    const read = (): void => {
      while (request.readableLength > 0) {
        const chunk = request.read() as Buffer
        chunks.push(chunk)
        size += chunk.length
        if (size > maxBytes) return settle(false)
      }
      if (request.complete) settle(true)
    }
    request.on('readable', read).on('close', broken).on('error', broken)
  })
}

/** Puts another body in the place of one that was put back. */
function replace(request: IncomingMessage, body: Buffer): void {
  request.read()
  request.unshift(body)
  if (request.headers['content-length'] !== undefined) request.headers['content-length'] = String(body.length)
}

async function ofStream(request: IncomingMessage, shrinker: Shrinker): Promise<WireReport | null> {
  const body = await peek(request, shrinker.maxBytes)
  // What is worked on must not change below the core's hands.
  const done = body ? await shrinker.bytes(body) : null
  if (done?.body && !request.destroyed) replace(request, done.body)
  return done?.report ?? null
}

/** True when nothing has read the body yet; some parsers leave an empty object where it is not theirs to read. */
function isUnread({ body, readableDidRead }: NodeRequest): boolean {
  return body === undefined || (!readableDidRead && typeof body === 'object' && body !== null && Object.keys(body).length === 0)
}

/** A body that a parser has left: bytes, a text, or what JSON says. */
async function ofParsed(request: NodeRequest, shrinker: Shrinker): Promise<WireReport | null> {
  const { body } = request
  if (typeof body !== 'string' && !Buffer.isBuffer(body)) {
    const done = await shrinker.value(body)
    if (done) request.body = done.value
    return done?.report ?? null
  }
  const done = await shrinker.bytes(Buffer.from(body as string))
  if (done?.body) request.body = typeof body === 'string' ? done.body.toString('utf8') : done.body
  return done?.report ?? null
}

/**
 * Middleware for Express and what is built like it. Before a body parser it makes the bytes smaller that the parser will
 * read; behind one it replaces `request.body`. What was done stands in the response's headers.
 *
 * ```js
 * app.use('/api/chat', headroomExpress(), express.json(), handler)
 * ```
 */
export function headroomExpress(options: ServerOptions = {}): NodeMiddleware {
  const shrinker = new Shrinker(options)
  const treat = async (request: NodeRequest, response: ServerResponse): Promise<void> => {
    if (!wants(request, shrinker)) return
    const report = await (isUnread(request) ? ofStream(request, shrinker) : ofParsed(request, shrinker))
    if (!report || response.headersSent) return
    for (const [name, value] of headersOf(report)) response.setHeader(name, value)
  }
  return (request, response, next) => {
    const go = (): void => next()
    treat(request, response).catch(shrinker.warn).then(go, go)
  }
}

/** A plugin for Fastify: `app.register(headroomFastify())`, for every route of the instance it is registered with. */
export function headroomFastify(options: ServerOptions = {}): (app: FastifyLike) => Promise<void> {
  const shrinker = new Shrinker(options)
  const hook: PreParsing = async (request, reply, payload) => {
    try {
      const report = wants(request.raw, shrinker) ? await ofStream(payload, shrinker) : null
      if (report) for (const [name, value] of headersOf(report)) reply.header(name, value)
    } catch (error) {
      shrinker.warn(error)
    }
    return payload
  }
  const plugin = async (app: FastifyLike): Promise<void> => void app.addHook('preParsing', hook)
  // Fastify's own mark for plugins whose hooks are for whoever registers them.
  return Object.assign(plugin, { [Symbol.for('skip-override')]: true })
}

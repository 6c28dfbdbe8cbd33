/** Requests and responses of the fetch standard: handlers, Hono, and routes of Next.js. */
import { type ServerOptions, Shrinker, headersOf } from './shrinker.js'
import type { WireReport } from '../wire.js'

/** What a handler is called with besides the request, and what it answers. */
type Handler<R extends Request, A extends unknown[], T> = (request: R, ...rest: A) => T | Promise<T>

/** Hono's context, as far as it matters here. */
export interface HonoContext {
  readonly req: { raw: Request }
  header(name: string, value: string): void
}

/** Members of a request that its body decides. */
const OF_BODY = new Set<PropertyKey>([
  'arrayBuffer', 'blob', 'body', 'bodyUsed', 'bytes', 'clone', 'formData', 'headers', 'json', 'text',
])

/** Reads a copy of a request's body; `null` when it is larger than allowed. */
async function bodyOf(request: Request, maxBytes: number): Promise<Buffer | null> {
  const reader = request.clone().body?.getReader()
  const chunks: Uint8Array[] = []
  let size = 0
  for (let read = await reader?.read(); read && !read.done; read = await reader?.read()) {
    size += read.value.length
    chunks.push(read.value)
    if (size <= maxBytes) continue
    // Settled only when the request itself is read or let go of, so nobody waits for it.
    reader?.cancel().catch(() => {})
    return null
  }
  return chunks.length === 0 ? null : Buffer.concat(chunks)
}

/** A request like this one, of the standard's own class, with another body. */
function standardOf(request: Request, body: Buffer): Request {
  const headers = new Headers(request.headers)
  if (headers.has('content-length')) headers.set('content-length', String(body.length))
  return new Request(request.url, { method: request.method, headers, body, signal: request.signal })
}

/** The request itself with another body: what a framework added to its class stays in reach. */
function viewOf<R extends Request>(request: R, body: Buffer): R {
  const standard = standardOf(request, body)
  return new Proxy(request, {
    get(target, key) {
      const from = OF_BODY.has(key) ? standard : target
      const value: unknown = Reflect.get(from, key, from)
      return typeof value === 'function' ? (value.bind(from) as unknown) : value
    },
  })
}

/** What was made of a request, and what is said of it. */
async function smaller<R extends Request>(
  request: R,
  shrinker: Shrinker,
  withBody: (request: R, body: Buffer) => R,
): Promise<{ request: R; report: WireReport | null }> {
  try {
    const { headers, method, signal } = request
    if (request.bodyUsed || !shrinker.wants(method, headers)) return { request, report: null }
    const body = await bodyOf(request, shrinker.maxBytes)
    const done = body ? await shrinker.bytes(body, signal) : null
    if (!done?.body) return { request, report: done?.report ?? null }
    const changed = withBody(request, done.body)
    void request.body?.cancel().catch(() => {})
    return { request: changed, report: done.report }
  } catch (error) {
    // A client that went away is no failure of ours; whoever reads the request next is told.
    if (!request.signal.aborted) shrinker.warn(error)
    return { request, report: null }
  }
}

/**
 * A function that makes requests smaller: one with JSON for a model in its body comes back with a smaller body, any
 * other as the very object passed in. Throws for options that make no sense; later failures leave requests as they are,
 * with one warning of the process.
 */
export function headroomHandler(options: ServerOptions = {}): (request: Request) => Promise<Request> {
  const shrinker = new Shrinker(options)
  return async (request) => (await smaller(request, shrinker, standardOf)).request
}

/** Makes one request smaller; see `headroomHandler`, which is made once for many. */
export function compressRequest(request: Request, options: ServerOptions = {}): Promise<Request> {
  return headroomHandler(options)(request)
}

/**
 * Wraps a handler of requests, such as a route of Next.js: it is called with the smaller request, of the framework's
 * own class, and what was done stands in the headers of its response.
 *
 * ```js
 * export const POST = headroomRoute(async (request) => Response.json(await answer(await request.json())))
 * ```
 */
export function headroomRoute<R extends Request, A extends unknown[], T>(
  handler: Handler<R, A, T>,
  options: ServerOptions = {},
): (request: R, ...rest: A) => Promise<T> {
  const shrinker = new Shrinker(options)
  return async (original, ...rest) => {
    const { request, report } = await smaller(original, shrinker, viewOf)
    const response = await handler(request, ...rest)
    if (report && response instanceof Response) tell(response, report)
    return response
  }
}

function tell(response: Response, report: WireReport): void {
  try {
    for (const [name, value] of headersOf(report)) response.headers.set(name, value)
  } catch {
    // The headers of a redirect, or of another server's response, cannot be written to.
  }
}

/** Middleware for Hono: `app.use('/api/chat', headroomHono())`, before whatever reads the body. */
export function headroomHono(options: ServerOptions = {}): (context: HonoContext, next: () => Promise<void>) => Promise<void> {
  const shrinker = new Shrinker(options)
  return async (context, next) => {
    const { request, report } = await smaller(context.req.raw, shrinker, standardOf)
    context.req.raw = request
    if (report) for (const [name, value] of headersOf(report)) context.header(name, value)
    await next()
  }
}

/** Routes of an application behind the proxy: standard requests and responses, bodies piece by piece. */
import { reasonOf } from './hooks.js'
import type { ProxyRoute } from './extensions.js'

/** A request to one of the routes, as the proxy tells of it. */
export interface RouteAsked {
  /** Which route. */
  route: number
  /** Path and query. */
  target: string
  headers: [string, string][]
}

/** Hands something to the proxy under a ticket. */
export type Reply = (ticket: number, text: string, bytes: Uint8Array | null) => void

/** An answer on its way. */
interface Answering {
  readonly gone: AbortController
  reader?: ReadableStreamDefaultReader<Uint8Array>
}

/** The request as a handler sees it. */
function requestOf({ method }: ProxyRoute, { target, headers }: RouteAsked, body: Uint8Array | null, signal: AbortSignal): Request {
  const host = headers.find(([name]) => name === 'host')?.[1] ?? 'localhost'
  const takesBody = method !== 'GET' && method !== 'HEAD'
  const init = { method, headers, signal, ...(body && takesBody && { body }) }
  return new Request(new URL(target, `http://${host}`), init as RequestInit)
}

/** True for a `Response`, also of another implementation. */
function isResponse(value: unknown): value is Response {
  return typeof value === 'object' && value !== null && 'status' in value && 'headers' in value && 'body' in value
}

/** Answers requests to routes. Answers are known by the ticket of their request. */
export class Routes {
  readonly #routes: readonly ProxyRoute[]
  readonly #reply: Reply
  readonly #failed: (reason: string) => void
  readonly #answering = new Map<number, Answering>()

  constructor(routes: readonly ProxyRoute[], reply: Reply, failed: (reason: string) => void) {
    this.#routes = routes
    this.#reply = reply
    this.#failed = failed
  }

  /** Has a request answered: head first; its body is asked for with `piece`. */
  async handle(ticket: number, asked: RouteAsked, body: Uint8Array | null): Promise<void> {
    const answering: Answering = { gone: new AbortController() }
    this.#answering.set(ticket, answering)
    const route = this.#routes[asked.route]
    const place = `${route?.method} ${route?.path}`
    try {
      if (!route) throw new Error('there is no such route')
      const response: unknown = await route.handle(requestOf(route, asked, body, answering.gone.signal))
      if (!isResponse(response)) throw new Error('a handler gives a Response')
      const reader = response.body?.getReader() as Answering['reader']
      if (reader) answering.reader = reader
      if (answering.gone.signal.aborted) await reader?.cancel()
      this.#reply(ticket, JSON.stringify({ status: response.status, headers: [...response.headers] }), null)
    } catch (error) {
      if (!answering.gone.signal.aborted) this.#failed(`${place}: ${reasonOf(error)}`)
      this.#reply(ticket, `${place}: ${reasonOf(error)}`, null)
    }
  }

  /** The next piece of an answer; without bytes it is over, and a text says why it broke off. */
  async piece(ticket: number, of: number): Promise<void> {
    try {
      let next = await this.#answering.get(of)?.reader?.read()
      // An empty piece would be nothing to wait for.
      while (next && !next.done && next.value.byteLength === 0) next = await this.#answering.get(of)?.reader?.read()
      this.#reply(ticket, '', next?.value ?? null)
    } catch (error) {
      this.#reply(ticket, reasonOf(error), null)
    }
  }

  /** Nobody wants more of an answer. */
  gone(of: number): void {
    const answering = this.#answering.get(of)
    this.#answering.delete(of)
    answering?.gone.abort()
    answering?.reader?.cancel().catch(() => {})
  }
}

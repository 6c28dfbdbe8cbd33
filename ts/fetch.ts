/**
 * `headroom/fetch`: a `fetch` that makes requests to LLM providers smaller on their way, for every client that takes
 * one. No server, nothing to set up:
 *
 * ```js
 * import OpenAI from 'openai'
 * import { headroomFetch } from 'headroom/fetch'
 *
 * const client = new OpenAI({ fetch: headroomFetch() })
 * ```
 *
 * @module
 */
import { Door, type DoorOptions } from './around.js'
import { checkFunction } from './options.js'

export type { DoorOptions, ReportedRequest } from './around.js'
export type { DoorMode } from './outgoing.js'
export type { StoreOption } from './store.js'
export type { WireOptions, WireReport } from './wire.js'

/** Options of `headroomFetch`. */
export interface HeadroomFetchOptions extends DoorOptions {
  /** The `fetch` underneath; the global one, as it is when called, by default. */
  fetch?: typeof fetch | undefined
}

/**
 * A `fetch` that reads requests for a model, by their address, makes them smaller, and answers calls of
 * `headroom_retrieve` unseen. Everything else is handed to the inner `fetch` as it came, and its response is the very
 * object that one gave. Streams stay streams: nothing is read before the client asks for it, and cancelling or aborting
 * reaches the provider.
 *
 * A body is read when it is a string, bytes, a `Blob` or that of a `Request`. One given as a `ReadableStream` goes on
 * untouched: it can be read once only, and buffering it would turn an upload into something else. So does one with a
 * `content-encoding`, and a request with the header `x-headroom-bypass: true`.
 *
 * Throws for options that make no sense, and where there is no addon. Whatever goes wrong later leaves calls as they
 * would have been, with one warning of the process.
 */
export function headroomFetch(options: HeadroomFetchOptions = {}): typeof fetch {
  const { fetch: inner, ...door } = options
  checkFunction(inner, 'fetch')
  return new Door(door, 'HEADROOM_FETCH').around(inner ?? ((input, init) => globalThis.fetch(input, init)))
}

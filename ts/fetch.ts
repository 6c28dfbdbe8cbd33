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
import { onAbort } from './abort.js'
import { incoming } from './incoming.js'
import { type NativeEngine, native } from './native.js'
import { checkFunction } from './options.js'
import { type FetchInit, type FetchInput, type Outgoing, outgoing } from './outgoing.js'
import { warner } from './warner.js'
import { type Prepared, WireExchange, type WireOptions, type WireReport, isFailure, wireEngine } from './wire.js'

export type { StoreOption } from './store.js'
export type { WireOptions, WireReport } from './wire.js'

/** Options of `headroomFetch`. */
export interface HeadroomFetchOptions extends WireOptions {
  /** The `fetch` underneath; the global one, as it is when called, by default. */
  fetch?: typeof fetch | undefined
  /** Told what was done with each request that was read, before it is sent. */
  onReport?: ((report: WireReport) => void) | undefined
}

/** What stays the same between the calls of one wrapper. */
interface Setting {
  engine: NativeEngine
  inner: typeof fetch
  onReport: ((report: WireReport) => void) | undefined
  warn(error: unknown): void
}

/** The request as it is to be sent, and what will read its answer; `null` where it goes on untouched. */
async function prepare(
  request: Outgoing,
  { engine, warn, onReport }: Setting,
): Promise<{ exchange: WireExchange; prepared: Prepared } | null> {
  try {
    const body = await request.body()
    if (!body || request.signal?.aborted) return null
    const exchange = new WireExchange(engine)
    const cancel = new (native().NativeCancel)()
    const stop = request.signal ? onAbort(request.signal, () => cancel.cancel()) : undefined
    const prepared = await exchange.prepare(request.asked, body, cancel).finally(stop)
    if (prepared.note && isFailure(prepared.note.code)) warn(prepared.note.text)
    if (prepared.report) onReport?.(prepared.report)
    return { exchange, prepared }
  } catch (error) {
    warn(error)
    return null
  }
}

async function send(request: Outgoing, input: FetchInput, init: FetchInit, setting: Setting): Promise<Response> {
  const ready = await prepare(request, setting)
  if (!ready) return setting.inner(input, init)
  const { exchange, prepared } = ready
  const response = await setting.inner(...(prepared.body ? request.with(prepared.body) : ([input, init] as const)))
  if (!prepared.rewrites) return response
  return incoming(response, {
    exchange,
    signal: request.signal,
    send: (body) => setting.inner(...request.with(body)),
    failed: setting.warn,
  })
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
  const { fetch: inner, onReport, ...wire } = options
  checkFunction(inner, 'fetch')
  checkFunction(onReport, 'onReport')
  const setting: Setting = {
    engine: wireEngine(wire),
    inner: inner ?? ((input, init) => globalThis.fetch(input, init)),
    onReport,
    warn: warner('HEADROOM_FETCH', 'requests go on uncompressed'),
  }
  return (input: FetchInput, init?: FetchInit) => {
    let request: Outgoing | null = null
    try {
      request = outgoing(input, init)
    } catch {
      // What cannot be read is for the inner `fetch` to judge.
    }
    return request ? send(request, input, init, setting) : setting.inner(input, init)
  }
}

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
import { randomUUID } from 'node:crypto'

import { onAbort } from './abort.js'
import { HeadroomValidationError } from './errors.js'
import { incoming } from './incoming.js'
import { type NativeCancel, type NativeEngine, native } from './native.js'
import { type ListenOptions, describe } from './options.js'
import { type FetchInit, type FetchInput, type Outgoing, outgoing } from './outgoing.js'
import type { WireRequest } from './stages.js'
import { warner } from './warner.js'
import { type Listeners, Watch, listenersOf } from './watch.js'
import { type Prepared, WireExchange, type WireOptions, type WireReport, wireEngine } from './wire.js'

export type { ListenOptions } from './options.js'
export type { StoreOption } from './store.js'
export type { WireOptions, WireReport } from './wire.js'

/** Options of `headroomFetch`. */
export interface HeadroomFetchOptions extends WireOptions, ListenOptions {
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
  listeners: Listeners | null
  warn(error: unknown): void
}

/** Notes that say something of the request and nothing of us. */
const NO_FAILURES = new Set(['invalid_json', 'invalid_format', 'aborted'])

function checkFunction(value: unknown, name: string): void {
  if (value === undefined || typeof value === 'function') return
  throw new HeadroomValidationError({
    code: 'invalid_options',
    title: `${name} is not a function`,
    cause: `got ${describe(value)}`,
  })
}

/** A request as it is to be sent, and what will read its answer. */
interface Ready {
  exchange: WireExchange
  prepared: Prepared
  /** Who listens to it. */
  watch: Watch | null
}

/** Aborted by nobody. */
const NEVER = new AbortController().signal

/** Makes a request smaller, with those who have a say in it. */
async function treat(request: Outgoing, body: Buffer, { engine, listeners }: Setting, cancel: NativeCancel): Promise<Ready> {
  const { asked, signal = NEVER } = request
  const exchange = new WireExchange(engine)
  const draft = listeners ? await exchange.draft(asked, body) : null
  if (!listeners || !draft) return { exchange, prepared: await exchange.prepare(asked, body, null, cancel), watch: null }
  const known: WireRequest = { id: randomUUID(), format: asked.format, kind: asked.kind === 'count' ? 'count' : 'generate' }
  const watch = new Watch(listeners, known, body, signal)
  const prepared = await exchange.prepare(asked, body, await watch.planned(draft), cancel)
  if (prepared.report) await watch.compressed(prepared.report, prepared.body)
  await watch.sending()
  return { exchange, prepared, watch }
}

/** A request ready to be sent; `null` where it goes on untouched. */
async function prepare(request: Outgoing, setting: Setting): Promise<Ready | null> {
  const { warn, onReport } = setting
  try {
    const body = await request.body()
    if (!body || request.signal?.aborted) return null
    const cancel = new (native().NativeCancel)()
    const stop = request.signal ? onAbort(request.signal, () => cancel.cancel()) : undefined
    const ready = await treat(request, body, setting, cancel).finally(stop)
    const { note, report } = ready.prepared
    if (note && !NO_FAILURES.has(note.code)) warn(note.text)
    if (report) onReport?.(report)
    return ready
  } catch (error) {
    warn(error)
    return null
  }
}

async function send(request: Outgoing, input: FetchInput, init: FetchInit, setting: Setting): Promise<Response> {
  const ready = await prepare(request, setting)
  if (!ready) return setting.inner(input, init)
  const { exchange, prepared, watch } = ready
  const response = await setting.inner(...(prepared.body ? request.with(prepared.body) : ([input, init] as const)))
  watch?.sent({ status: response.status })
  if (!prepared.rewrites) {
    watch?.received({ status: response.status })
    return response
  }
  return incoming(response, {
    exchange,
    signal: request.signal,
    send: (body) => setting.inner(...request.with(body)),
    failed: setting.warn,
    over: watch ? (end) => watch.received({ ...end, ...exchange.account() }) : undefined,
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
  const { fetch: inner, onReport, hooks, extensions, hookTimeout, ...wire } = options
  checkFunction(inner, 'fetch')
  checkFunction(onReport, 'onReport')
  const setting: Setting = {
    engine: wireEngine(wire),
    inner: inner ?? ((input, init) => globalThis.fetch(input, init)),
    onReport,
    listeners: listenersOf('fetch', { hooks, extensions, hookTimeout }, warner('HEADROOM_HOOK', 'requests go on without a hook that failed')),
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

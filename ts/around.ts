/**
 * The wire engine around whatever sends requests: what `headroomFetch` and the doors of SDKs have in common. It makes
 * a request smaller, or only measures it, and answers calls of `headroom_retrieve` unseen.
 */
import { onAbort } from './abort.js'
import { incoming } from './incoming.js'
import { type NativeEngine, native } from './native.js'
import { checkFunction, unusable } from './options.js'
import { DOOR_MODES, type DoorMode, type FetchInit, type FetchInput, type Outgoing, type Question, outgoing } from './outgoing.js'
import { type FormatName, unstored } from './result.js'
import { warner } from './warner.js'
import { type Prepared, WireExchange, type WireOptions, type WireReport, isFailure, wireEngine } from './wire.js'

/** What is known of a request that is reported. */
export interface ReportedRequest {
  /** Its wire format. */
  readonly format: FormatName
  /** An answer was asked for, a number of tokens, or many answers later. */
  readonly kind: 'generate' | 'count' | 'batch'
  /** The model, where the address names it and not the body. */
  readonly model: string | undefined
  /** What was done with it. */
  readonly mode: DoorMode
}

/** Options of every door that stands before requests on the wire. */
export interface DoorOptions extends WireOptions {
  /**
   * `'optimize'`: requests go on smaller. `'audit'`: they go on as they are, and what could be saved is reported.
   * `'simulate'`: none for a model is sent; the report is its answer. `'optimize'` by default. The header
   * `x-headroom-mode` of a request says otherwise for that one.
   */
  mode?: DoorMode | undefined
  /** Told what was done with each request that was read, before it is sent. */
  onReport?: ((report: WireReport, request: ReportedRequest) => void) | undefined
}

/** A request that was read. */
export interface Ready {
  exchange: WireExchange
  prepared: Prepared
}

/** Nothing is sent; the report is the answer. */
export interface Simulated {
  simulated: WireReport | null
}

/** Requests, in bytes, that one engine measures. */
const METER_BYTES = 32 << 20

/** What stays the same between the requests of one door. */
export class Door {
  /** How often something of ours failed, and left a request or an answer as it was. */
  failures = 0
  readonly #warn: (error: unknown) => void
  readonly #mode: DoorMode
  readonly #onReport: DoorOptions['onReport']
  readonly #wire: WireOptions
  readonly #engine: NativeEngine
  #meter: NativeEngine | undefined
  #metered = 0

  /** Throws for options that make no sense, and where there is no addon. `code` is that of warnings. */
  constructor(options: DoorOptions, code: string) {
    const { mode = 'optimize', onReport, ...wire } = options
    checkFunction(onReport, 'onReport')
    if (!DOOR_MODES.includes(mode)) throw unusable('mode is none', mode, `pass one of ${DOOR_MODES.join(', ')}`)
    this.#warn = warner(code, 'requests go on uncompressed')
    this.#mode = mode
    this.#onReport = onReport
    this.#wire = wire
    this.#engine = wireEngine(wire)
  }

  /** What is to be sent, and what will read its answer; `null` where the request goes on untouched. */
  async prepare(question: Question): Promise<Ready | Simulated | null> {
    const mode = question.mode ?? this.#mode
    const ready = await this.#try(question, mode)
    if (mode === 'simulate') return { simulated: ready?.prepared.report ?? null }
    return mode === 'audit' ? null : ready
  }

  /** Something of ours failed: counted, and said once. */
  readonly failed = (error: unknown): void => {
    this.failures += 1
    this.#warn(error)
  }

  async #try({ asked, signal, body }: Question, mode: DoorMode): Promise<Ready | null> {
    try {
      const bytes = await body()
      if (!bytes || signal?.aborted) return null
      const exchange = new WireExchange(mode === 'optimize' ? this.#engine : this.#measuring(bytes.length))
      const cancel = new (native().NativeCancel)()
      const stop = signal ? onAbort(signal, () => cancel.cancel()) : undefined
      const prepared = await exchange.prepare(asked, bytes, cancel).finally(stop)
      const { note } = prepared
      if (note && isFailure(note.code)) this.failed(note.text)
      const report = prepared.report && mode !== 'optimize' ? unstored(prepared.report) : prepared.report
      const { format, kind = 'generate', model } = asked
      if (report) this.#onReport?.(report, { format, kind, model: model ?? undefined, mode })
      return { exchange, prepared: { ...prepared, report } }
    } catch (error) {
      this.failed(error)
      return null
    }
  }

  /** An engine whose originals nobody will ask for, as nothing it makes is sent; a new one before they pile up. */
  #measuring(bytes: number): NativeEngine {
    this.#metered += bytes
    if (!this.#meter || this.#metered > METER_BYTES) {
      this.#meter = wireEngine(this.#wire, native().NativeStore.memory())
      this.#metered = bytes
    }
    return this.#meter
  }

  /** A `fetch` around another one; see `headroomFetch`. */
  around(inner: typeof fetch): typeof fetch {
    return (input: FetchInput, init?: FetchInit) => {
      let request: Outgoing | null = null
      try {
        request = outgoing(input, init)
      } catch {
        // What cannot be read is for the inner `fetch` to judge.
      }
      return request ? this.#send(request, inner) : inner(input, init)
    }
  }

  async #send(request: Outgoing, inner: typeof fetch): Promise<Response> {
    const ready = await this.prepare(request)
    if (!ready) return inner(...request.plain())
    if ('simulated' in ready) return Response.json(ready.simulated)
    const { exchange, prepared } = ready
    const response = await inner(...(prepared.body ? request.with(prepared.body) : request.plain()))
    if (!prepared.rewrites) return response
    return incoming(response, {
      exchange,
      signal: request.signal,
      send: (body) => inner(...request.with(body)),
      failed: this.failed,
    })
  }
}

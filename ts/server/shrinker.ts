/** Bodies of requests that an application's own server was sent: which are for a model, and what is smaller. */
import { onAbort } from '../abort.js'
import { HeadroomError } from '../errors.js'
import { type NativeEngine, native } from '../native.js'
import { checkFunction, unusable } from '../options.js'
import { wanted } from '../outgoing.js'
import { warner } from '../warner.js'
import { WireExchange, type WireOptions, type WireReport, isFailure, wireEngine } from '../wire.js'

/** Options of everything in `headroom/server`. */
export interface ServerOptions extends Omit<WireOptions, 'cacheHints' | 'ccr' | 'maxRounds' | 'usage'> {
  /**
   * `'mcp'`: parts may be left out of requests that offer `headroom_retrieve`, as that tool reads from the same store.
   * `'off'`, the default: nothing is left out, as nobody here reads the model's answer.
   */
  ccr?: 'mcp' | 'off' | undefined
  /** Larger bodies go on untouched; 16 MiB by default. */
  maxBytes?: number | undefined
  /** Told what was done with each request for a model. */
  onReport?: ((report: WireReport) => void) | undefined
}

/** A body that was read, smaller; `body` is `null` where it stays as it is. */
export interface Smaller {
  body: Buffer | null
  report: WireReport
}

const MAX_BYTES = 16 * 1024 * 1024

/** Members by which requests for a model are told from other JSON, before anything is parsed. */
const MEMBERS = ['"messages"', '"input"', '"contents"', '"prompt"'] as const

/** What all requests of one middleware share. */
export class Shrinker {
  readonly maxBytes: number
  readonly #engine: NativeEngine
  readonly #onReport: ((report: WireReport) => void) | undefined
  readonly warn: (error: unknown) => void = warner('HEADROOM_SERVER', 'requests go on uncompressed')

  /** Throws a `HeadroomValidationError` for options that make no sense. */
  constructor(options: ServerOptions) {
    const { maxBytes = MAX_BYTES, onReport, ccr = 'off', ...wire } = options
    if (!Number.isInteger(maxBytes) || maxBytes < 0) throw unusable('maxBytes is no number of bytes', maxBytes)
    if (ccr !== 'mcp' && ccr !== 'off') throw unusable("ccr is neither 'mcp' nor 'off'", ccr)
    checkFunction(onReport, 'onReport')
    this.maxBytes = maxBytes
    this.#onReport = onReport
    this.#engine = wireEngine({ ...wire, ccr })
  }

  /** True when the head of a request speaks of a body that may be read. */
  wants(method: string | undefined, headers: Headers): boolean {
    if (!['POST', 'PUT', 'PATCH'].includes(method?.toUpperCase() ?? '')) return false
    if (!/^application\/(?:[\w.-]+\+)?json\b/i.test(headers.get('content-type') ?? '')) return false
    if (headers.has('content-encoding') || wanted(headers) === 'bypass') return false
    return !(Number(headers.get('content-length') ?? 0) > this.maxBytes)
  }

  /** A body's bytes made smaller, off the event loop; `null` when they are no request for a model. */
  async bytes(body: Buffer, signal?: AbortSignal): Promise<Smaller | null> {
    if (body.length > this.maxBytes || !MEMBERS.some((member) => body.includes(member))) return null
    const cancel = new (native().NativeCancel)()
    const stop = signal ? onAbort(signal, () => cancel.cancel()) : undefined
    try {
      const { body: smaller, report, note } = await new WireExchange(this.#engine).prepare({}, body, cancel)
      if (note && isFailure(note.code)) this.warn(note.text)
      if (!report) return null
      this.#onReport?.(report)
      return { body: smaller, report }
    } catch (error) {
      if (!HeadroomError.isInstance(error) || isFailure(error.code)) this.warn(error)
      return null
    } finally {
      stop?.()
    }
  }

  /** The value of a body that was parsed before, made smaller; the value itself where nothing changed. */
  async value(value: unknown, signal?: AbortSignal): Promise<{ value: unknown; report: WireReport } | null> {
    if (typeof value !== 'object' || value === null) return null
    try {
      const smaller = await this.bytes(Buffer.from(JSON.stringify(value), 'utf8'), signal)
      if (!smaller) return null
      return { value: smaller.body ? (JSON.parse(smaller.body.toString('utf8')) as unknown) : value, report: smaller.report }
    } catch (error) {
      this.warn(error)
      return null
    }
  }
}

/** What was done, as the headers the proxy answers with. */
export function headersOf(report: WireReport): [name: string, value: string][] {
  const counts = new Map<string, number>()
  for (const { verdict } of report.blocks) counts.set(verdict, (counts.get(verdict) ?? 0) + 1)
  return [
    ['x-headroom-tokens-before', String(report.tokensBefore)],
    ['x-headroom-tokens-after', String(report.tokensAfter)],
    ['x-headroom-tokens-saved', String(report.tokensSaved)],
    ['x-headroom-verdicts', [...counts].map(([verdict, count]) => `${verdict}=${count}`).join(',')],
  ]
}

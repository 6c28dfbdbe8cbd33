/** Hidden retrieval for those who move the bytes themselves: the core's state machine, and nothing around it. */
import type { NativeEngine } from './native.js'
import { describe } from './options.js'
import type { FormatName } from './result.js'
import { HeadroomValidationError } from './errors.js'
import { type Step, WireExchange, type WireOptions, wireEngine } from './wire.js'

/** Options of a `CcrStream`. */
export interface CcrStreamOptions extends Pick<WireOptions, 'maxRounds' | 'store' | 'usage'> {
  /** The request's JSON as it would be sent, compressed with `ccr` in that store. */
  body: string | Uint8Array
  /** The `content-type` of the answers; `text/event-stream` by default. `application/json` for one in one piece. */
  contentType?: string | undefined
  /** The answers are streams although their `content-type` does not say so: Gemini's without `alt=sse`. */
  stream?: boolean | undefined
  /** The model, where the address names it and not the body. */
  model?: string | undefined
}

/** What the client gets, and what to do next. */
export interface CcrStep {
  /** For the client; may be empty. */
  bytes: Uint8Array
  /** `'more'`: push the next chunk. `'settle'`: stop reading this answer and call `settle`. `'done'`: that was all. */
  step: Step
}

/** What came of hidden calls. */
export interface CcrSettled {
  /** For the client; may be empty. */
  bytes: Uint8Array
  /** The request to send next, whose answer is to be pushed; `null`: that was all. */
  body: Uint8Array | null
}

/**
 * One request and its answer, whose calls of `headroom_retrieve` the client never sees.
 *
 * ```js
 * const ccr = new CcrStream('anthropic', { body })
 * let next = ccr.request
 * while (next) {
 *   let step = 'more'
 *   for await (const chunk of await send(next)) {
 *     const pushed = ccr.push(chunk)
 *     step = pushed.step
 *     client.write(pushed.bytes)
 *     if (step !== 'more') break
 *   }
 *   if (step === 'more') ({ step } = show(ccr.end()))
 *   next = step === 'settle' ? show(await ccr.settle()).body : null
 * }
 * ```
 */
export class CcrStream {
  /** The request to send first: the body, with the tool if it was not there, and hidden rounds of earlier answers. */
  readonly request: Uint8Array
  readonly #exchange: WireExchange
  readonly #contentType: string
  #begun = false

  /** Throws a `HeadroomValidationError` for a body that is no request, or one that cannot be offered the tool. */
  constructor(format: FormatName, options: CcrStreamOptions) {
    const { body, contentType = 'text/event-stream', stream, model, maxRounds, store, usage } = options
    if (typeof body !== 'string' && !(body instanceof Uint8Array)) {
      throw new HeadroomValidationError({
        code: 'invalid_options',
        title: 'body is neither a string nor bytes',
        cause: `got ${describe(body)}`,
        hint: 'pass the JSON of the request',
      })
    }
    const engine: NativeEngine = wireEngine({ maxRounds, store, usage })
    this.#exchange = new WireExchange(engine)
    this.#contentType = contentType
    const bytes = typeof body === 'string' ? Buffer.from(body, 'utf8') : Buffer.from(body)
    this.request = this.#exchange.attach({ format, model, stream }, bytes).body ?? bytes
  }

  /** A chunk of an answer with a status of 2xx. */
  push(chunk: Uint8Array): CcrStep {
    this.#begin()
    return this.#exchange.push(chunk)
  }

  /** The answer ended without being broken off. */
  end(): CcrStep {
    this.#begin()
    const { bytes, step } = this.#exchange.end()
    return { bytes, step: step === 'more' ? 'done' : step }
  }

  /** The answer broke off, or the request of a later round was refused: an error in the provider's shape. */
  broke(why: string): Uint8Array {
    this.#begin()
    return this.#exchange.broke(why).bytes
  }

  /** After `'settle'`: answers the hidden calls from the store, off the event loop. */
  async settle(): Promise<CcrSettled> {
    const settled = await this.#exchange.settle()
    this.#begun = false
    return settled
  }

  #begin(): void {
    if (!this.#begun) this.#exchange.begin(200, this.#contentType)
    this.#begun = true
  }
}

/**
 * Requests to a provider as they stand on the wire: options, and the core's state machine between the provider's
 * answer and the client. `headroomFetch`, `CcrStream` and the proxy are mounts of it.
 */
import { type NativeCancel, type NativeEngine, type NativeExchange, type NativeStore, native, unwrap } from './native.js'
import { type CompressOptions, coreJson } from './options.js'
import type { CompressResult, FormatName } from './result.js'
import { type StoreOption, resolveStore } from './store.js'

/** How requests on the wire are treated. */
export interface WireOptions
  extends Pick<
    CompressOptions,
    'codeAware' | 'compressUserMessages' | 'dedup' | 'excludeTools' | 'minTokens' | 'targetRatio' | 'tokenBudget'
  > {
  /**
   * How the model reads back what was left out. `'hidden'`: by a tool that is offered where a request has tools, and
   * whose calls the client never sees. `'mcp'`: by the client's own. `'off'`: not at all, and then nothing is left
   * out. `'hidden'` by default.
   */
  ccr?: 'hidden' | 'mcp' | 'off' | undefined
  /** Hidden rounds an answer may take; 3 by default. */
  maxRounds?: number | undefined
  /** The usage a client sees after hidden rounds: what is paid, or what fills the context. `'sum'` by default. */
  usage?: 'sum' | 'last' | undefined
  /** Hints for the provider's prompt cache, where the client gives none: breakpoints for Anthropic, `prompt_cache_key`
   * for OpenAI. `false` by default. */
  cacheHints?: boolean | undefined
  /** Where originals and hidden rounds are kept; the durable store shared with the command line by default. */
  store?: StoreOption | undefined
}

/** What was done with a request; see `CompressResult`. */
export type WireReport = Omit<CompressResult, 'messages'>

/** What a request asks for. */
export interface Asked {
  /** Its wire format. */
  format: FormatName
  /** An answer, its number of tokens, or many answers later. */
  kind?: 'generate' | 'count' | 'batch' | undefined
  /** The model, where the address names it and not the body. */
  model?: string | null | undefined
  /** A stream is expected whatever the head of the answer says. */
  stream?: boolean | undefined
}

/** What to do with an answer: hand it on, rewrite it as it comes, or as a whole. */
export type Mode = 'relay' | 'stream' | 'whole'

/** What to do next: read on, call `settle`, or nothing more. */
export type Step = 'more' | 'settle' | 'done'

/** A request taken in. */
export interface Prepared {
  /** What to send; `null`: the body as it was. */
  body: Buffer | null
  /** What was done; `null` when the body could not be read. */
  report: WireReport | null
  /** Why the request goes on as it came. */
  note: { code: string; text: string } | null
  /** Hidden rounds may follow. */
  rewrites: boolean
}

/** What the client gets, and what to do next. */
export interface Pushed {
  bytes: Uint8Array
  step: Step
}

/** What the client gets, and the request of the next round; `null` at the end. */
export interface Settled {
  bytes: Uint8Array
  body: Buffer | null
}

/** Codes that say something of the request and nothing of us. */
const NO_FAILURES = new Set(['invalid_json', 'invalid_format', 'aborted'])

/** True for the code of a note, or of an error, that tells of a failure of ours. */
export function isFailure(code: string): boolean {
  return !NO_FAILURES.has(code)
}

/** The options as the core reads them. */
export function engineOptions(options: WireOptions): object {
  const { ccr, maxRounds, usage, cacheHints, store: _store, ...compress } = options
  return { compress, ccr, maxRounds, usage, cacheHints }
}

/** An engine for these options. Throws a `HeadroomValidationError` for what makes no sense. */
export function wireEngine(options: WireOptions, store: NativeStore = resolveStore(options.store)): NativeEngine {
  const engine = new (native().NativeEngine)(coreJson(engineOptions(options)), store)
  unwrap(engine.check())
  return engine
}

/** The very bytes, as the addon takes them. */
function view(chunk: Uint8Array): Buffer {
  return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
}

/** One request and its answer, which may take several requests. */
export class WireExchange {
  readonly #native: NativeExchange

  constructor(engine: NativeEngine) {
    this.#native = engine.exchange()
  }

  /**
   * Makes a request smaller, off the event loop. The body must not be written to meanwhile. A format that is not said is
   * found out from the body.
   */
  async prepare(asked: Partial<Asked>, body: Buffer, cancel: NativeCancel | null): Promise<Prepared> {
    return this.#taken(await this.#native.prepare(JSON.stringify(asked), body, cancel))
  }

  /** Takes a request in that its maker made smaller. */
  attach(asked: Asked, body: Buffer): Prepared {
    return this.#taken(this.#native.attach(JSON.stringify(asked), body))
  }

  /** The head of an answer. */
  begin(status: number, contentType: string): Mode {
    return unwrap<Mode>(this.#native.begin(status, contentType))
  }

  /** A chunk of the answer. */
  push(chunk: Uint8Array): Pushed {
    const step = unwrap<Step>(this.#native.push(view(chunk)))
    return { bytes: this.#native.output(), step }
  }

  /** The answer ended as it should. */
  end(): Pushed {
    const step = unwrap<Step>(this.#native.end())
    return { bytes: this.#native.output(), step }
  }

  /** The answer broke off: what the client gets instead of a clean end. */
  broke(why: string): Pushed {
    const step = unwrap<Step>(this.#native.broke(why))
    return { bytes: this.#native.output(), step }
  }

  /** Answers hidden calls, off the event loop. */
  async settle(): Promise<Settled> {
    unwrap<boolean>(await this.#native.settle())
    return { bytes: this.#native.output(), body: this.#native.takeBody() }
  }

  #taken(answer: string): Prepared {
    const about = unwrap<Omit<Prepared, 'body'>>(answer)
    return { ...about, body: this.#native.takeBody() }
  }
}

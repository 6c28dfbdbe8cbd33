/**
 * Requests on the wire as hooks and extensions see them, stage by stage: what `headroomFetch` and the proxy share. A
 * request waits three times for those who listen, each time no longer than it was told to, and is held up by nothing
 * else they do.
 */
import { onAbort } from './abort.js'
import { type Audience, type Telling, consult, receive, show, tell } from './audience.js'
import { HeadroomAbortError } from './errors.js'
import type { CompressionHooks, Warn } from './hooks.js'
import { type ListenOptions, checkExtensions, checkHooks, checkSeconds } from './options.js'
import type { CompressResult, CompressionPlan, FormatName, Warning } from './result.js'
import { type Operation, type PipelineExtension, PipelineStage, type WireRequest, type WireResponse } from './stages.js'
import { type Steps, isThenable, runAsync } from './steps.js'

/** Seconds a request waits at a time. */
const PATIENCE = 10

/** Who listens at a door. */
export interface Listeners {
  /** The door. */
  readonly operation: Operation
  readonly hooks: CompressionHooks
  readonly extensions: readonly PipelineExtension[]
  /** Extensions that have seen the start of the door. */
  readonly started: WeakSet<PipelineExtension>
  /** How long a request waits for them at a time, in seconds. */
  readonly seconds: number
  /** Says that one of them failed. */
  failed(reason: string): void
}

/** What would be done with a request. */
export interface Draft {
  model: string | null
  plan: CompressionPlan
}

/** What came of the plan, for the core. */
export interface Advice {
  /** The plan as JSON text; `null`: the core's own. */
  plan: string | null
  warnings: Warning[]
}

/** The report that comes of a request on the wire. */
type Report = Omit<CompressResult, 'messages'>

/** Advice as the core reads it. */
export function adviceJson({ plan, warnings }: Advice): string {
  return `{"plan":${plan ?? 'null'},"warnings":${JSON.stringify(warnings)}}`
}

/** Who listens, with these options; `null` when nobody does. Throws a `HeadroomValidationError` for wrong ones. */
export function listenersOf(operation: Operation, options: ListenOptions, failed: (reason: string) => void): Listeners | null {
  const hooks = checkHooks(options.hooks)
  const extensions = checkExtensions(options.extensions)
  const seconds = checkSeconds('hookTimeout', options.hookTimeout) ?? PATIENCE
  if (extensions.length === 0 && !hooks.computeBiases && !hooks.preCompress && !hooks.postCompress) return null
  return { operation, hooks, extensions, started: new WeakSet(), seconds, failed }
}

/** Where formats have their messages that do not call them so. */
const FIELDS: Partial<Record<FormatName, string>> = { responses: 'input', gemini: 'contents' }

/** The messages of a body, parsed when they are first asked for. */
function lazily(body: Uint8Array, format: FormatName): () => readonly unknown[] {
  let parsed: readonly unknown[] | undefined
  return () => {
    if (parsed) return parsed
    const request = JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8')) as object
    const messages: unknown = Reflect.get(request, FIELDS[format] ?? 'messages')
    parsed = Array.isArray(messages) ? messages : messages === undefined ? [] : [messages]
    return parsed
  }
}

/** Settles with the answer, or rejects when it is late; once aborted, whoever waits sees to that. */
function inTime<T>(answer: PromiseLike<T>, until: number, seconds: number, signal: AbortSignal | undefined): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = (): void => reject(new Error(`no answer within ${seconds} s`))
    const timer = setTimeout(late, Math.max(0, until - performance.now()))
    const stop = signal && onAbort(signal, () => clearTimeout(timer))
    const settled = (): void => {
      clearTimeout(timer)
      stop?.()
    }
    answer.then(resolve, reject).then(settled, settled)
  })
}

/** Gives an object messages that are read when they are looked at. */
function withMessages<T extends object>(what: T, messages: () => readonly unknown[]): T & Telling {
  return Object.defineProperty(what, 'messages', { get: messages, enumerable: true, configurable: true }) as T & Telling
}

/** Those who listen, for one request or stage. */
function audienceOf({ operation, hooks, extensions, started }: Listeners, warn: Warn, within: NonNullable<Audience['within']>): Audience {
  return { operation, model: undefined, hooks, extensions, started, warn, within }
}

/** Tells of a stage that belongs to no request. */
export async function announce(listeners: Listeners, stage: PipelineStage): Promise<void> {
  const { extensions, started, seconds, failed } = listeners
  for (const extension of extensions) started.add(extension)
  const until = performance.now() + seconds * 1000
  const warn: Warn = (_code, at, message) => failed(`${at}: ${message}`)
  const audience = audienceOf(listeners, warn, (answer) => (isThenable(answer) ? inTime(answer, until, seconds, undefined) : answer))
  await runAsync(tell(audience, extensions, stage, { messages: [] }))
}

/** One request, from the plan for it to the end of its answer. */
export class Watch {
  readonly #listeners: Listeners
  readonly #request: WireRequest
  readonly #signal: AbortSignal
  readonly #audience: Audience
  #messages: () => readonly unknown[]
  #result: CompressResult | undefined
  /** Where later warnings go, too. */
  #told: Warning[] | undefined
  #fresh: Warning[] = []
  /** Until when, and for whom, is waited now. */
  #until = 0
  #cancel: AbortSignal | undefined
  /** What was done last; events of one request are in order. */
  #last: Promise<unknown> = Promise.resolve()

  /** `signal`: nobody wants the answer any more. The body must not be written to. */
  constructor(listeners: Listeners, request: WireRequest, body: Uint8Array, signal: AbortSignal) {
    const { seconds } = listeners
    this.#listeners = listeners
    this.#request = request
    this.#signal = signal
    this.#messages = lazily(body, request.format)
    const warn: Warn = (code, at, message) => this.#warn({ code, at, message })
    this.#audience = audienceOf(listeners, warn, (answer) => (isThenable(answer) ? inTime(answer, this.#until, seconds, this.#cancel) : answer))
  }

  /** The request came, and this is what would be done with it. */
  async planned({ model, plan }: Draft): Promise<Advice> {
    const own = JSON.stringify(plan)
    this.#audience.model = model ?? undefined
    const [audience, before] = [this.#audience, this.#telling({})]
    const steps = function* (telling: Telling & { plan: CompressionPlan }): Steps<string> {
      yield* receive(audience, before)
      return yield* consult(audience, own, telling)
    }
    const edited = await this.#wait(steps(this.#telling({ plan })), own)
    return { plan: edited === own ? null : edited, warnings: this.#take() }
  }

  /**
   * This was done with it, or would be. `body`: as it is sent, `null`: as it came; `remembered`: originals of what was left
   * out are stored. Gives what went wrong meanwhile.
   */
  async compressed(report: Report, body: Uint8Array | null, remembered: boolean): Promise<Warning[]> {
    const { warnings } = report
    for (const { code, at, message } of warnings) if (code === 'hook_failed') this.#listeners.failed(`${at}: ${message}`)
    if (body) this.#messages = lazily(body, this.#request.format)
    this.#told = warnings
    this.#result = withMessages({ ...report }, this.#messages) as unknown as CompressResult
    await this.#wait(show(this.#audience, remembered, this.#telling({ result: this.#result })), undefined)
    return this.#take()
  }

  /** It is about to leave. */
  async sending(): Promise<Warning[]> {
    await this.#wait(this.#tell(PipelineStage.PRE_SEND), undefined)
    return this.#take()
  }

  /** It has left, and this is the head of the answer. */
  sent(response: WireResponse): void {
    this.#follow(this.#tell(PipelineStage.POST_SEND, response))
  }

  /** The answer is over. */
  received(response: WireResponse): void {
    this.#follow(this.#tell(PipelineStage.RESPONSE_RECEIVED, response))
  }

  #tell(stage: PipelineStage, response?: WireResponse): Steps<void> {
    const what = this.#telling({ ...(this.#result && { result: this.#result }), ...(response && { response }) })
    return tell(this.#audience, this.#audience.extensions, stage, what)
  }

  /** What an event tells, with the messages as they are now. */
  #telling<T extends object>(more: T): T & Telling {
    return withMessages({ ...more, request: this.#request }, this.#messages)
  }

  /** Runs steps after all before them; `otherwise` when the request is gone. */
  async #wait<T>(steps: Steps<T>, otherwise: T): Promise<T> {
    const run = this.#next(steps, this.#signal)
    try {
      return await run
    } catch (error) {
      if (HeadroomAbortError.isInstance(error)) return otherwise
      throw error
    }
  }

  /** Runs steps nobody waits for. */
  #follow(steps: Steps<void>): void {
    this.#next(steps).catch((error: unknown) => this.#listeners.failed(String(error)))
  }

  #next<T>(steps: Steps<T>, signal?: AbortSignal): Promise<T> {
    const run = this.#last.then(() => {
      this.#until = performance.now() + this.#listeners.seconds * 1000
      this.#cancel = signal
      return runAsync(steps, signal)
    })
    this.#last = run.catch(() => {})
    return run
  }

  #warn(warning: Warning): void {
    this.#told?.push(warning)
    this.#fresh.push(warning)
    this.#listeners.failed(`${warning.at}: ${warning.message}`)
  }

  #take(): Warning[] {
    const fresh = this.#fresh
    this.#fresh = []
    return fresh
  }
}

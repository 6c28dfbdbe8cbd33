/** The two ways to put headroom around a model. */
import { HeadroomValidationError } from '../errors.js'
import { describe } from '../options.js'
import { generate } from './generate.js'
import { type AiSdkOptions, settingOf } from './options.js'
import type { CallOptions, Generated, Model, Streamed } from './spec.js'
import { streaming } from './stream.js'

/** What a middleware is called with. */
export interface WrappedCall {
  /** The call. */
  params: object
  /** The model underneath. */
  model: object
}

/** A middleware for `wrapLanguageModel` and `createProviderRegistry` of ai 5, 6 and 7. */
export interface HeadroomMiddleware {
  /** That of ai 6. The majors before and after it take this one, too. */
  readonly specificationVersion: 'v3'
  /** Makes a call for an answer in one piece, with its hidden rounds. */
  wrapGenerate<R>(call: WrappedCall & { doGenerate(): PromiseLike<R> }): Promise<R>
  /** Makes a call for a stream. */
  wrapStream<R>(call: WrappedCall & { doStream(): PromiseLike<R> }): Promise<R>
}

/** What every model of the AI SDK has. */
export interface LanguageModelLike {
  /** The model's name, which chooses the tokenizer. */
  readonly modelId: string
  /** Answers in one piece. */
  readonly doGenerate: (options: never) => PromiseLike<unknown>
  /** Answers piece by piece. */
  readonly doStream: (options: never) => PromiseLike<unknown>
}

/**
 * Makes what a model is sent smaller, and answers its calls of `headroom_retrieve` unseen:
 *
 * ```js
 * const model = wrapLanguageModel({ model: openai('gpt-5'), middleware: headroomMiddleware() })
 * ```
 *
 * Throws a `HeadroomValidationError` for options that make no sense, and where there is no addon. Whatever goes wrong
 * later leaves calls as they would have been, with one warning of the process and a word in
 * `providerMetadata.headroom`.
 */
export function headroomMiddleware(options: AiSdkOptions = {}): HeadroomMiddleware {
  const setting = settingOf(options)
  return {
    specificationVersion: 'v3',
    wrapGenerate: <R>({ params, model }: WrappedCall) => generate(model as Model, params as CallOptions, setting) as Promise<unknown> as Promise<R>,
    wrapStream: <R>({ params, model }: WrappedCall) => streaming(model as Model, params as CallOptions, setting) as Promise<unknown> as Promise<R>,
  }
}

function isModel(value: unknown): value is Model {
  if (typeof value !== 'object' || value === null) return false
  return typeof Reflect.get(value, 'doGenerate') === 'function' && typeof Reflect.get(value, 'doStream') === 'function'
}

/**
 * The same as `headroomMiddleware` without `ai`: the model itself, of whatever specification, but for `doGenerate` and
 * `doStream`. Throws as that does, and for what is no model.
 */
export function withHeadroom<M extends LanguageModelLike>(model: M, options: AiSdkOptions = {}): M {
  if (!isModel(model)) {
    throw new HeadroomValidationError({
      code: 'invalid_options',
      title: 'this is no language model',
      cause: `got ${describe(model)}`,
      hint: "pass a model of a provider, as openai('gpt-5') or gateway('openai/gpt-5'); a name alone is none",
    })
  }
  const inner: Model = model
  const setting = settingOf(options)
  const own = new Map<string | symbol, unknown>([
    ['doGenerate', (call: CallOptions): Promise<Generated> => generate(inner, call, setting)],
    ['doStream', (call: CallOptions): Promise<Streamed> => streaming(inner, call, setting)],
  ])
  return new Proxy(model, {
    // Read from the model itself: its getters and methods may have private fields.
    get(target, key): unknown {
      if (own.has(key)) return own.get(key)
      const value: unknown = Reflect.get(target, key, target)
      return typeof value === 'function' && key !== 'constructor' ? value.bind(target) : value
    },
  })
}

/** LangChain's chat models: over `headroomFetch` where a model takes a `fetch`, else with smaller messages. */
import { compress, simulate } from '../compress.js'
import { type HeadroomFetchOptions, headroomFetch } from '../fetch.js'
import { type CompressOptions, unusable } from '../options.js'
import { failuresAmong, warner } from '../warner.js'
import { type Fields, isObject } from './message.js'
import { modelName } from './middleware.js'

/** Options of `withHeadroom`. */
export interface ChatModelOptions extends Omit<HeadroomFetchOptions, 'fetch' | 'mode'> {
  /** `'audit'`: requests go on as they are, and what could be saved is reported. `'optimize'` by default. */
  mode?: 'optimize' | 'audit' | undefined
}

/** What a chat model is made of, as far as it matters here. */
type Model = Fields

/** A method of a model that is given the messages first. */
type Method = (this: unknown, ...args: unknown[]) => unknown

/** The method every chat model has. */
const GENERATE = '_generate'

/** A copy of an object, of the same class, with other fields. */
function copyOf<T extends object>(value: T, fields: Fields): T {
  return Object.assign(Object.create(Object.getPrototypeOf(value) as object) as T, value, fields)
}

/** True when a method is what LangChain's base classes do without one: it must stay what they look for. */
function isBase(model: Model, name: string): boolean {
  let base: unknown
  for (let type: unknown = model; isObject(type); type = Object.getPrototypeOf(type)) if (Object.hasOwn(type, name)) base = type[name]
  return base === model[name]
}

/** The `fetch` for a client whose options name this one. */
type Wrap = (inner: unknown) => typeof fetch

/** `@langchain/openai`: options of the client in `clientConfig`, and models for its two APIs below. */
function overOpenAI<M extends Model>(model: M, wrap: Wrap): M {
  const config = model.clientConfig as Fields
  const own = { fetch: wrap(config.fetch) }
  const below = Object.fromEntries(
    ['completions', 'responses']
      .filter((name) => isObject(model[name]) && isObject(model[name].clientConfig))
      .map((name) => [name, overOpenAI(model[name] as Model, wrap)]),
  )
  // `bindTools` makes the model anew of the fields it was made of.
  const { fields } = model
  const given = isObject(fields) ? fields : {}
  const again = { ...given, ...below, configuration: { ...(given.configuration as Fields | undefined), ...own } }
  return copyOf(model, { clientConfig: { ...config, ...own }, client: undefined, fields: again, ...below })
}

/** `@langchain/anthropic`: clients are made by a function, which may be the application's own. */
function overAnthropic<M extends Model>(model: M, wrap: Wrap): M {
  const make = model.createClient as (options: Fields) => Fields
  const createClient = (options: Fields): Fields => {
    const own = wrap(options.fetch)
    const client = make.call(model, { ...options, fetch: own })
    const { withOptions } = client
    return client.fetch === own || typeof withOptions !== 'function'
      ? client
      : (Reflect.apply(withOptions, client, [{ fetch: wrap(client.fetch) }]) as Fields)
  }
  return copyOf(model, { createClient, batchClient: undefined, streamingClient: undefined })
}

/** Any other model: smaller messages, without loss unless the application offers the tool itself. */
function withSmallerMessages<M extends Model>(model: M, options: ChatModelOptions): M {
  const { onReport, ccr, mode = 'optimize', maxRounds: _rounds, usage: _usage, cacheHints: _hints, ...rest } = options
  const compressing: CompressOptions = { ...rest, ccr: ccr === 'mcp', format: 'langchain', model: modelName(model) }
  const about = { format: 'langchain', kind: 'generate', model: compressing.model, mode } as const
  const run = mode === 'audit' ? simulate : compress
  const warn = warner('HEADROOM_LANGCHAIN', 'messages are sent as they are')
  const smaller = async (messages: unknown, call: unknown): Promise<unknown> => {
    const signal = isObject(call) && call.signal instanceof AbortSignal ? call.signal : undefined
    try {
      const { messages: sent, ...report } = await run(messages as readonly unknown[], { ...compressing, signal })
      for (const { message } of failuresAmong(report.warnings)) warn(message)
      onReport?.(report, about)
      return sent
    } catch (error) {
      // An aborted call is the model's to reject.
      if (!signal?.aborted) warn(error)
      return messages
    }
  }
  const whole = (method: Method): Method =>
    async function (messages, call, ...more) {
      return method.call(model, await smaller(messages, call), call, ...more)
    }
  const streamed = (method: Method): Method =>
    async function* (messages, call, ...more) {
      yield* method.call(model, await smaller(messages, call), call, ...more) as AsyncIterable<unknown>
    }
  /** Some models make another one instead of wrapping this one. */
  const again = (method: Method): Method =>
    function (...args) {
      const made = method.apply(this, args)
      return isObject(made) && typeof made[GENERATE] === 'function' ? withSmallerMessages(made, options) : made
    }
  const inherited = { _streamResponseChunks: streamed, _streamChatModelEvents: streamed, withConfig: again }
  const own = [
    ...Object.entries({ [GENERATE]: whole, bindTools: again }).filter(([name]) => typeof model[name] === 'function'),
    ...Object.entries(inherited).filter(([name]) => typeof model[name] === 'function' && !isBase(model, name)),
  ]
  return copyOf(model, Object.fromEntries(own.map(([name, wrapped]) => [name, wrapped(model[name] as Method)])))
}

/**
 * The same chat model with smaller requests; the one passed in stays as it is. OpenAI's and Anthropic's are called
 * through `headroomFetch`: calls of `headroom_retrieve` are answered unseen, in streams, too. Of any other model
 * messages are made smaller where that loses nothing, as nothing answers such calls; `headroomMiddleware` does, for
 * agents.
 *
 * Throws for what is no chat model and for options that make no sense. Whatever goes wrong later leaves calls as they
 * would have been, with one warning of the process.
 */
export function withHeadroom<M extends object>(model: M, options: ChatModelOptions = {}): M {
  const given = model as M & Model
  if (!isObject(model) || typeof given[GENERATE] !== 'function') {
    throw unusable('this is no chat model of LangChain', model, 'pass the model itself, before `bindTools` or `withStructuredOutput`')
  }
  if (options.mode !== undefined && !['optimize', 'audit'].includes(options.mode)) throw unusable("mode is neither 'optimize' nor 'audit'", options.mode)
  const wrap: Wrap = (inner) => headroomFetch({ ...options, fetch: typeof inner === 'function' ? (inner as typeof fetch) : undefined })
  if (isObject(given.clientConfig)) return overOpenAI(given, wrap)
  if (typeof given.createClient === 'function' && 'clientOptions' in given) return overAnthropic(given, wrap)
  // Options are checked as those of a wire are, whatever the model.
  wrap(undefined)
  return withSmallerMessages(given, options)
}

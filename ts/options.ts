/**
 * Options as the caller writes them. What concerns compression goes to the core as JSON and is validated
 * there, once; what lives in JavaScript (hooks, extensions, signal, store) is checked here.
 */
import { HeadroomValidationError } from './errors.js'
import type { CompressionHooks, SyncCompressionHooks } from './hooks.js'
import type { FormatName } from './result.js'
import type { PipelineExtension, SyncPipelineExtension } from './stages.js'
import type { StoreOption } from './store.js'

/** Options of `compress` and `simulate`. */
export interface CompressOptions {
  /** Model the messages are for; chooses the tokenizer. */
  model?: string | undefined
  /** Shape of the messages (OpenAI's `input` items, Gemini's `contents` are messages, too); found out when absent. */
  format?: FormatName | undefined
  /**
   * Parts may be left out, because the model is offered `retrieveTool()`. Off by default: then only lossless
   * transforms run.
   */
  ccr?: boolean | undefined
  /**
   * Source code may lose the bodies of its functions; only with `ccr`. Off by default. File tools (`Read` and
   * the like) stay excluded even then; take one out with `excludeTools: ['!Read']`.
   */
  codeAware?: boolean | undefined
  /** What matters now, when it is not the user's latest question. */
  query?: string | undefined
  /** Wanted size of a compressed block as after ÷ before, above 0 and at most 1. */
  targetRatio?: number | undefined
  /** Wanted size of the whole request in tokens. */
  tokenBudget?: number | undefined
  /** Compress user messages as well. */
  compressUserMessages?: boolean | undefined
  /**
   * Tool names to leave alone, added to the built-in ones; `*` matches any run of characters, a leading `!`
   * takes a name out again.
   */
  excludeTools?: readonly string[] | undefined
  /** Blocks under this many tokens are left alone; 250 by default. */
  minTokens?: number | undefined
  /**
   * What stands in an earlier tool output of the same messages already becomes a pointer to it. On by default; turn it
   * off if messages are taken out after compressing.
   */
  dedup?: boolean | undefined
  /**
   * Prose is judged by a language model as well: `true` for the model installed with `headroom model install`.
   * Needs `ccr` to have an effect, and the npm package `onnxruntime-node`. Off by default; nothing is loaded
   * before a text is to be judged. Without model or library a warning says so and prose is compressed as without
   * this option.
   */
  kompress?: boolean | KompressOptions | undefined
  /** Callbacks into this compression. */
  hooks?: CompressionHooks | undefined
  /** Listeners to the pipeline's stages. */
  extensions?: readonly PipelineExtension[] | undefined
  /** Cancels the call: before it starts, in the queue, or between two blocks. */
  signal?: AbortSignal | undefined
  /** Where originals go; the durable store shared with the command line by default. */
  store?: StoreOption | undefined
}

/** Options of `compressSync`. */
export interface SyncCompressOptions extends CompressOptions {
  /** Callbacks into this compression. */
  hooks?: SyncCompressionHooks | undefined
  /** Listeners to the pipeline's stages. */
  extensions?: readonly SyncPipelineExtension[] | undefined
}

/** How a language model judges prose. */
export interface KompressOptions {
  /** The model: the name of an installed one, or the path of its folder. Without it the only one installed. */
  model?: string | undefined
  /** Leave out single words of sentences that stay, too, where the model says that nothing is lost. */
  wordLevel?: boolean | undefined
  /**
   * Path of the ONNX Runtime library, or of a folder that holds it. Default: `HEADROOM_ONNXRUNTIME`, else the one in
   * `onnxruntime-node`. A process keeps the first library it loads.
   */
  runtime?: string | undefined
}

/** Who has a say in requests on the wire. */
export interface ListenOptions {
  /** Callbacks into the compression of each request. */
  hooks?: CompressionHooks | undefined
  /** Listeners to the pipeline's stages. */
  extensions?: readonly PipelineExtension[] | undefined
  /**
   * How long a request waits for hooks and extensions, in seconds: before it is made smaller, after that, and before it
   * is sent. What is late is a `hook_failed` warning, and the request goes on without it. 10 by default.
   */
  hookTimeout?: number | undefined
}

/** Options of a `Headroom`: defaults for its calls, and its store. */
export type HeadroomOptions = Omit<CompressOptions, 'signal'>

/** Options in two parts: for the core as JSON text, and for this side. */
export interface SplitOptions {
  /** JSON text for the core. */
  core: string
  /** The model by name. */
  model: string | undefined
  /** The hooks. */
  hooks: CompressionHooks
  /** The extensions. */
  extensions: readonly PipelineExtension[]
  /** The signal. */
  signal: AbortSignal | undefined
}

function invalid(title: string, cause: string, hint?: string): HeadroomValidationError {
  return new HeadroomValidationError({ code: 'invalid_options', title, cause, hint })
}

/** How a value of the wrong type is named in an error. */
export function describe(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'object' ? 'an object' : `${typeof value} ${String(value)}`
}

/** The error for an option of a door that cannot be used. */
export function unusable(title: string, got: unknown, hint?: string): HeadroomValidationError {
  return invalid(title, `got ${describe(got)}`, hint)
}

/** Refuses what is neither a function nor left out. */
export function checkFunction(value: unknown, name: string): void {
  if (value !== undefined && typeof value !== 'function') throw unusable(`${name} is not a function`, value)
}

/** Refuses values that JSON would drop or turn into `null`, so that no option is lost without a word. */
function sendable(key: string, value: unknown): unknown {
  const lost = typeof value === 'number' ? !Number.isFinite(value) : ['function', 'symbol', 'bigint'].includes(typeof value)
  if (lost) throw invalid(`the option ${key} cannot be used`, `got ${describe(value)}`, 'options are plain values; see CompressOptions')
  return value
}

/** Options as JSON text for the core. Throws a `HeadroomValidationError` for values JSON does not have. */
export function coreJson(options: object): string {
  try {
    return JSON.stringify(options, sendable)
  } catch (error) {
    if (HeadroomValidationError.isInstance(error)) throw error
    throw invalid('the options cannot be read', String(error), 'options are plain values; see CompressOptions')
  }
}

/** Checks hooks; none where nothing is given. */
export function checkHooks(hooks: unknown): CompressionHooks {
  if (hooks === undefined) return {}
  const expected = 'hooks is { preCompress, postCompress, computeBiases }, each a function and optional'
  if (typeof hooks !== 'object' || hooks === null) throw invalid('hooks is not an object', `got ${describe(hooks)}`, expected)
  for (const name of ['preCompress', 'postCompress', 'computeBiases'] as const) {
    const hook: unknown = Reflect.get(hooks, name)
    if (hook !== undefined && typeof hook !== 'function') {
      throw invalid(`hooks.${name} is not a function`, `got ${describe(hook)}`, expected)
    }
  }
  return hooks
}

/** Checks extensions; none where nothing is given. */
export function checkExtensions(extensions: unknown): readonly PipelineExtension[] {
  if (extensions === undefined) return []
  const expected = 'extensions is a list of objects with a method onPipelineEvent(event)'
  if (!Array.isArray(extensions)) throw invalid('extensions is not a list', `got ${describe(extensions)}`, expected)
  for (const extension of extensions as unknown[]) {
    const listens = typeof extension === 'object' && extension !== null && 'onPipelineEvent' in extension
    if (!listens || typeof extension.onPipelineEvent !== 'function') {
      throw invalid('an extension does not listen', `got ${describe(extension)}`, expected)
    }
  }
  return extensions as PipelineExtension[]
}

/** Checks a length of time. */
export function checkSeconds(name: string, seconds: unknown): number | undefined {
  if (seconds === undefined || (typeof seconds === 'number' && seconds > 0 && Number.isFinite(seconds))) return seconds
  throw invalid(`${name} is no length of time`, `got ${describe(seconds)}`, 'pass seconds above 0')
}

function checkSignal(signal: unknown): AbortSignal | undefined {
  if (signal === undefined || signal instanceof AbortSignal) return signal
  throw invalid('signal is not an AbortSignal', `got ${describe(signal)}`, 'pass `controller.signal`')
}

/** Refuses options that are no object. */
export function checkObject(options: unknown): void {
  if (typeof options === 'object' && options !== null && !Array.isArray(options)) return
  throw invalid('the options are not an object', `got ${describe(options)}`, 'pass { model, ccr, … } or nothing')
}

/** Splits and checks options. Throws a `HeadroomValidationError` that names what is wrong. */
export function splitOptions(options: CompressOptions): SplitOptions {
  checkObject(options)
  const { hooks, extensions, signal, store: _store, ...core } = options
  return {
    core: coreJson(core),
    model: typeof core.model === 'string' ? core.model : undefined,
    hooks: checkHooks(hooks),
    extensions: checkExtensions(extensions),
    signal: checkSignal(signal),
  }
}

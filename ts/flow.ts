/**
 * The way of one call: start the extensions, read the messages, plan, let hooks edit the plan, apply, make the
 * edits on the caller's objects, tell everyone. Without hooks and extensions it is a single call of the core.
 *
 * Errors of the call itself are thrown; whatever else goes wrong leaves the messages as they were and a warning.
 */
import { type Edit, applyEdits } from './edits.js'
import type { CoreRequest, Engine } from './engine.js'
import { HeadroomAbortError, HeadroomError, HeadroomValidationError } from './errors.js'
import { type HookContext, type Warn, guarded, reasonOf, setBiases } from './hooks.js'
import { type NativeStore, native, unwrap } from './native.js'
import type { SplitOptions } from './options.js'
import { type CompressResult, type CompressionPlan, type Tokenizer, type Warning, unstored } from './result.js'
import { serialise } from './serialise.js'
import { type Operation, type PipelineEvent, type PipelineExtension, PipelineStage } from './stages.js'
import { type Steps, wait } from './steps.js'

/** One call, checked and ready to run. */
export interface Call<M> {
  /** What was asked for. */
  operation: Operation
  /** The messages as passed in. */
  messages: readonly M[]
  /** The tools of the request, for doors that see all of it: then paths lead from `{ prompt, tools }`. */
  tools?: readonly unknown[] | undefined
  /** The options in their two parts. */
  options: SplitOptions
  /** Where originals go; null when nothing may be left out, and in simulations. */
  store: NativeStore | null
  /** Extensions that have seen the start of their instance. */
  started: WeakSet<PipelineExtension>
}

/** What the core answers to `compress` and `apply`. */
interface Outcome {
  report: Omit<CompressResult, 'messages'>
  edits: Edit[]
}

type Telling = Pick<PipelineEvent, 'messages' | 'plan' | 'result'>

function* tell<M>(call: Call<M>, to: readonly PipelineExtension[], warn: Warn, stage: PipelineStage, what: Telling): Steps<void> {
  const event: PipelineEvent = { stage, operation: call.operation, model: call.options.model, ...what }
  for (const extension of to) {
    const at = `${extension.name ?? 'extension'}.onPipelineEvent(${stage})`
    yield* guarded(warn, at, () => extension.onPipelineEvent(event))
  }
}

/** The first three stages, once per extension and instance. */
function* start<M>(call: Call<M>, warn: Warn): Steps<void> {
  const fresh = call.options.extensions.filter((extension) => !call.started.has(extension))
  for (const extension of fresh) call.started.add(extension)
  for (const stage of [PipelineStage.SETUP, PipelineStage.PRE_START, PipelineStage.POST_START]) {
    yield* tell(call, fresh, warn, stage, { messages: call.messages })
  }
}

/** The plan after hooks and extensions had their say, as JSON text; the core's own when theirs cannot be used. */
function* plan<M>(call: Call<M>, engine: Engine, request: CoreRequest, warn: Warn): Steps<{ plan: string; own: string }> {
  const { hooks, extensions, model } = call.options
  const drawn = unwrap<CompressionPlan>(yield* wait(engine.plan(request)))
  const own = JSON.stringify(drawn)
  const context: HookContext = { model, messages: call.messages, plan: drawn }
  const { computeBiases, preCompress } = hooks
  yield* tell(call, extensions, warn, PipelineStage.INPUT_CACHED, { messages: call.messages, plan: drawn })
  if (computeBiases) setBiases(drawn, yield* guarded(warn, 'hooks.computeBiases', () => computeBiases.call(hooks, context)), warn)
  if (preCompress) yield* guarded(warn, 'hooks.preCompress', () => preCompress.call(hooks, context))
  yield* tell(call, extensions, warn, PipelineStage.INPUT_ROUTED, { messages: call.messages, plan: drawn })
  try {
    return { plan: JSON.stringify(drawn), own }
  } catch (error) {
    warn('hook_failed', 'plan', reasonOf(error))
    return { plan: own, own }
  }
}

/** Compresses along an edited plan; when the core refuses the plan, along its own. */
function* applyPlan<M>(call: Call<M>, engine: Engine, request: CoreRequest, warn: Warn): Steps<Outcome> {
  const { plan: edited, own } = yield* plan(call, engine, request, warn)
  try {
    return unwrap<Outcome>(yield* wait(engine.apply(request, edited, call.store)))
  } catch (error) {
    if (!HeadroomValidationError.isInstance(error) || error.code !== 'invalid_plan' || edited === own) throw error
    warn('hook_failed', 'plan', error.message)
    return unwrap<Outcome>(yield* wait(engine.apply(request, own, call.store)))
  }
}

/** Asks the core, in one call if nobody wants to see the plan. */
function* outcomeOf<M>(call: Call<M>, engine: Engine, request: CoreRequest, warn: Warn): Steps<Outcome> {
  const { hooks, extensions } = call.options
  if (hooks.preCompress || hooks.computeBiases || extensions.length > 0) return yield* applyPlan(call, engine, request, warn)
  return unwrap<Outcome>(yield* wait(engine.compress(request, call.store)))
}

/** The account when nothing could be read: nothing counted, nothing changed. */
function untouched<M>(call: Call<M>): Omit<CompressResult<M>, 'warnings'> {
  const { tokenizer } = unwrap<{ tokenizer: Tokenizer }>(native().countTokens('', call.options.model ?? ''))
  return {
    messages: call.messages as M[],
    tokensBefore: 0,
    tokensAfter: 0,
    tokensSaved: 0,
    compressionRatio: 1,
    tokenizer,
    transformsApplied: [],
    refs: [],
    blocks: [],
  }
}

/** What the core reads: the messages, or the request they are the prompt of. */
type Request<M> = M[] | { prompt: M[]; tools: readonly unknown[] }

/** The caller's messages with the core's edits; a simulation changes and promises nothing. */
function resultOf<M>(call: Call<M>, request: Request<M>, { report, edits }: Outcome, warnings: Warning[], warn: Warn): CompressResult<M> {
  if (call.operation === 'simulate') {
    return { ...unstored(fields(report)), messages: call.messages as M[], warnings: [...report.warnings, ...warnings] }
  }
  const edited = edits.length > 0 ? applyEdits(request, edits) : { prompt: call.messages as M[] }
  const messages = Array.isArray(edited) ? edited : edited?.prompt
  if (messages) return { ...fields(report), messages, warnings: [...report.warnings, ...warnings] }
  warn('not_serialisable', 'messages', 'the JSON of the messages has another shape than the objects; nothing was changed')
  return { ...untouched(call), warnings }
}

/** The report without what a result does not carry. */
function fields(report: Outcome['report']): Omit<CompressResult, 'messages' | 'warnings'> {
  const { tokensBefore, tokensAfter, tokensSaved, compressionRatio, tokenizer, transformsApplied, refs, blocks } = report
  return { tokensBefore, tokensAfter, tokensSaved, compressionRatio, tokenizer, transformsApplied, refs, blocks }
}

/**
 * Errors the caller must see: the call makes no sense, or was cancelled. A list that holds nothing like a
 * message is none: an application may send it all the same, and that is between it and its provider.
 */
function isCallers(error: unknown): boolean {
  if (HeadroomAbortError.isInstance(error)) return true
  return HeadroomValidationError.isInstance(error) && error.code !== 'invalid_format'
}

/** What failed open, for the warning. */
function failureCode(error: unknown): string {
  return HeadroomValidationError.isInstance(error) ? 'unknown_format' : 'failed'
}

/** Messages in, messages out, or the same messages and a warning. */
function* compressed<M>(call: Call<M>, engine: Engine, warnings: Warning[], warn: Warn): Steps<CompressResult<M>> {
  // The caller may go on with its array while the core works; what counts is what was passed in.
  const taken = [...call.messages]
  const request: Request<M> = call.tools ? { prompt: taken, tools: call.tools } : taken
  let body: Buffer
  try {
    body = serialise(request)
  } catch (error) {
    warn('not_serialisable', 'messages', `the messages cannot be written as JSON: ${reasonOf(error)}`)
    return { ...untouched(call), warnings }
  }
  try {
    const outcome = yield* outcomeOf(call, engine, { body, options: call.options.core }, warn)
    return resultOf(call, request, outcome, warnings, warn)
  } catch (error) {
    if (isCallers(error)) throw error
    warn(failureCode(error), 'messages', HeadroomError.isInstance(error) ? error.message : reasonOf(error))
    return { ...untouched(call), warnings }
  }
}

/** One call in steps. */
export function* compressSteps<M>(call: Call<M>, engine: Engine): Steps<CompressResult<M>> {
  const { hooks, extensions } = call.options
  const warnings: Warning[] = []
  let sink = warnings
  const warn: Warn = (code, at, message) => void sink.push({ code, at, message })
  yield* start(call, warn)
  yield* tell(call, extensions, warn, PipelineStage.INPUT_RECEIVED, { messages: call.messages })
  const result = yield* compressed(call, engine, warnings, warn)
  sink = result.warnings
  const { postCompress } = hooks
  if (postCompress) yield* guarded(warn, 'hooks.postCompress', () => postCompress.call(hooks, result))
  yield* tell(call, extensions, warn, PipelineStage.INPUT_COMPRESSED, { messages: result.messages, result })
  if (call.operation === 'compress') {
    yield* tell(call, extensions, warn, PipelineStage.INPUT_REMEMBERED, { messages: result.messages, result })
  }
  return result
}

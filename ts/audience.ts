/**
 * Who has a say in one request, and is told of it stage by stage: hooks and extensions, in the order of the stages.
 * `compress` and the doors that send share every step of it.
 */
import { type CompressionHooks, type HookContext, type Warn, guarded, reasonOf, setBiases } from './hooks.js'
import type { CompressResult, CompressionPlan } from './result.js'
import { type Operation, type PipelineEvent, type PipelineExtension, PipelineStage } from './stages.js'
import type { Steps } from './steps.js'

/** Those who listen to one request. */
export interface Audience {
  /** What was asked for. */
  operation: Operation
  /** The model by name. */
  model: string | undefined
  /** The hooks. */
  hooks: CompressionHooks
  /** The extensions. */
  extensions: readonly PipelineExtension[]
  /** Extensions that have seen the start of their instance. */
  started: WeakSet<PipelineExtension>
  /** Takes note of what fails. */
  warn: Warn
  /** Gives up waiting for an answer at some time; without it only the caller's signal does. */
  within?<T>(answer: T | PromiseLike<T>): T | PromiseLike<T>
}

/** What an event tells. `messages` may be a getter that parses them. */
export type Telling = Pick<PipelineEvent, 'messages' | 'plan' | 'result' | 'request' | 'response'>

/** The stages before the first request. */
const START = [PipelineStage.SETUP, PipelineStage.PRE_START, PipelineStage.POST_START] as const

function asked<T>({ warn, within }: Audience, at: string, callback: () => T | PromiseLike<T>): Steps<T | undefined> {
  return guarded(warn, at, () => (within ? within(callback()) : callback()))
}

/** The event of a stage; messages nobody looks at are not read. */
function eventOf({ operation, model }: Audience, stage: PipelineStage, what: Telling): PipelineEvent {
  const event = { stage, operation, model }
  return Object.defineProperties(event, Object.getOwnPropertyDescriptors(what)) as PipelineEvent
}

/** Tells some of the extensions of a stage. */
export function* tell(audience: Audience, to: readonly PipelineExtension[], stage: PipelineStage, what: Telling): Steps<void> {
  if (to.length === 0) return
  const event = eventOf(audience, stage, what)
  for (const extension of to) {
    const at = `${extension.name ?? 'extension'}.onPipelineEvent(${stage})`
    yield* asked(audience, at, () => extension.onPipelineEvent(event))
  }
}

/** A request has come in. Before it come the first three stages, once per extension and instance. */
export function* receive(audience: Audience, what: Telling): Steps<void> {
  const fresh = audience.extensions.filter((extension) => !audience.started.has(extension))
  for (const extension of fresh) audience.started.add(extension)
  for (const stage of START) yield* tell(audience, fresh, stage, what)
  yield* tell(audience, audience.extensions, PipelineStage.INPUT_RECEIVED, what)
}

/** The plan after hooks and extensions had their say, as JSON text; the one given when theirs cannot be written. */
export function* consult(audience: Audience, own: string, what: Telling & { plan: CompressionPlan }): Steps<string> {
  const { extensions, hooks, model, warn } = audience
  const { computeBiases, preCompress } = hooks
  const { plan } = what
  const context = Object.defineProperties({ model }, Object.getOwnPropertyDescriptors(what)) as unknown as HookContext
  yield* tell(audience, extensions, PipelineStage.INPUT_CACHED, what)
  if (computeBiases) setBiases(plan, yield* asked(audience, 'hooks.computeBiases', () => computeBiases.call(hooks, context)), warn)
  if (preCompress) yield* asked(audience, 'hooks.preCompress', () => preCompress.call(hooks, context))
  yield* tell(audience, extensions, PipelineStage.INPUT_ROUTED, what)
  try {
    return JSON.stringify(plan)
  } catch (error) {
    warn('hook_failed', 'plan', reasonOf(error))
    return own
  }
}

/** Shows what was done, before the caller sees it; `remembered`: originals of what was left out are stored. */
export function* show(audience: Audience, remembered: boolean, what: Telling & { result: CompressResult }): Steps<void> {
  const { extensions, hooks } = audience
  const { postCompress } = hooks
  if (postCompress) yield* asked(audience, 'hooks.postCompress', () => postCompress.call(hooks, what.result))
  yield* tell(audience, extensions, PipelineStage.INPUT_COMPRESSED, what)
  if (remembered) yield* tell(audience, extensions, PipelineStage.INPUT_REMEMBERED, what)
}

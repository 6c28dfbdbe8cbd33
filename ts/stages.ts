/** The eleven points of a request's life, and those who listen to them. */
import type { CompressResult, CompressionPlan } from './result.js'

/**
 * The stages in their order. `compress` fires the first eight; the last three belong to the doors that send
 * (middleware, proxy).
 */
export const PipelineStage = {
  /** An extension meets this instance for the first time. */
  SETUP: 'SETUP',
  /** Before the first request of this instance. */
  PRE_START: 'PRE_START',
  /** Ready for the first request. */
  POST_START: 'POST_START',
  /** Messages came in. */
  INPUT_RECEIVED: 'INPUT_RECEIVED',
  /** What breaks the provider's prompt cache is known (CacheAligner). */
  INPUT_CACHED: 'INPUT_CACHED',
  /** Every block has its decision (ContentRouter). */
  INPUT_ROUTED: 'INPUT_ROUTED',
  /** Compressed. */
  INPUT_COMPRESSED: 'INPUT_COMPRESSED',
  /** Originals of what was left out are in the store. */
  INPUT_REMEMBERED: 'INPUT_REMEMBERED',
  /** Before the request leaves. */
  PRE_SEND: 'PRE_SEND',
  /** The request has left. */
  POST_SEND: 'POST_SEND',
  /** The answer is here. */
  RESPONSE_RECEIVED: 'RESPONSE_RECEIVED',
} as const

/** Name of a stage. */
export type PipelineStage = (typeof PipelineStage)[keyof typeof PipelineStage]

/** What a caller asked for. */
export type Operation = 'compress' | 'simulate'

/** One event. Fields are there once they are known. */
export interface PipelineEvent {
  /** Which point was reached. */
  readonly stage: PipelineStage
  /** What the caller asked for. */
  readonly operation: Operation
  /** The model named in the options. */
  readonly model: string | undefined
  /** The messages as passed in; from `INPUT_COMPRESSED` on those of the result. */
  readonly messages: readonly unknown[]
  /** The plan, from `INPUT_CACHED` on. */
  readonly plan?: CompressionPlan
  /** The result, from `INPUT_COMPRESSED` on. */
  readonly result?: CompressResult
}

/** Listens to every stage. A throw becomes a `hook_failed` warning; the request goes on. */
export interface PipelineExtension {
  /** Shown in warnings. */
  readonly name?: string
  /** Called at every stage, in the order of the list. */
  onPipelineEvent(event: PipelineEvent): void | PromiseLike<void>
}

/** A `PipelineExtension` for `compressSync`: it must not return a promise. */
export interface SyncPipelineExtension extends PipelineExtension {
  /** See `PipelineExtension`. */
  onPipelineEvent(event: PipelineEvent): void | undefined
}

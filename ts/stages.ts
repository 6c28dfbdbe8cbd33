/** The eleven points of a request's life, and those who listen to them. */
import type { CompressResult, CompressionPlan, FormatName } from './result.js'

/** The stages in their order. `compress` fires the first eight; the doors that send (`headroomFetch`, proxy) fire all. */
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
  /** The request has left, and the head of its answer is here. Hidden rounds are part of the answer. */
  POST_SEND: 'POST_SEND',
  /**
   * The answer is complete, or broke off. `headroomFetch` fires it with the head of an answer that it does not read: one
   * that needs no rewriting is the very response of the `fetch` underneath.
   */
  RESPONSE_RECEIVED: 'RESPONSE_RECEIVED',
} as const

/** Name of a stage. */
export type PipelineStage = (typeof PipelineStage)[keyof typeof PipelineStage]

/** What a caller asked for, or which door its request goes through: one around a client's `fetch`, or a proxy. */
export type Operation = 'compress' | 'simulate' | 'fetch' | 'proxy'

/** A request on the wire, as events name it. It is the same object in all events of one request. */
export interface WireRequest {
  /** Unique; in the proxy it is the answer's `x-headroom-request-id`. */
  readonly id: string
  /** Its wire format. */
  readonly format: FormatName
  /** What is asked for: an answer, its number of tokens, or one over a connection that stays open. */
  readonly kind: 'generate' | 'count' | 'live'
  /** Who answers, where the door knows: `anthropic`, `openai`, … */
  readonly provider?: string | undefined
}

/** Tokens as the provider counts them; the parts are disjoint, and what it does not say is not there. */
export interface WireUsage {
  /** Prompt at full price. */
  readonly input?: number
  /** Prompt read from the provider's cache. */
  readonly cacheRead?: number
  /** Prompt written to it. */
  readonly cacheWrite?: number
  /** Output, reasoning included. */
  readonly output?: number
}

/** An answer on the wire; never its texts. */
export interface WireResponse {
  /** Its status. */
  readonly status: number
  /** It is a stream. */
  readonly stream?: boolean
  /** It broke off, or is an error of the proxy's own. */
  readonly failed?: boolean
  /** What it cost, hidden rounds included. */
  readonly usage?: WireUsage
  /** Rounds the client did not see. */
  readonly hiddenRounds?: number
}

/** One event. Fields are there once they are known. */
export interface PipelineEvent {
  /** Which point was reached. */
  readonly stage: PipelineStage
  /** What the caller asked for. */
  readonly operation: Operation
  /** The model named in the options, or in the request on the wire. */
  readonly model: string | undefined
  /**
   * The messages as passed in; from `INPUT_COMPRESSED` on those of the result. On the wire they are parsed when looked
   * at; changing them changes nothing.
   */
  readonly messages: readonly unknown[]
  /** The plan, from `INPUT_CACHED` on. */
  readonly plan?: CompressionPlan
  /** The result, from `INPUT_COMPRESSED` on. */
  readonly result?: CompressResult
  /** The request, where there is one on the wire: all stages but the first three. */
  readonly request?: WireRequest
  /** The answer: its head at `POST_SEND`, all of it at `RESPONSE_RECEIVED`. */
  readonly response?: WireResponse
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

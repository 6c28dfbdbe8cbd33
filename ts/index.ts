/**
 * Makes what an application sends to its LLM provider smaller, without losing what matters.
 *
 * ```js
 * import { compress } from 'headroom'
 *
 * const { messages, tokensSaved } = await compress(conversation, { model: 'gpt-4o' })
 * ```
 *
 * @module
 */
export { type CcrSettled, type CcrStep, CcrStream, type CcrStreamOptions } from './ccr-stream.js'
export type { DoorOptions, ReportedRequest } from './around.js'
export { HeadroomClient, type HeadroomAccount, type HeadroomClientConstructor, type RequestMetrics } from './client.js'
export { compress, compressSync, simulate } from './compress.js'
export {
  HeadroomAbortError,
  HeadroomDecodeError,
  HeadroomError,
  HeadroomLoadError,
  HeadroomStoreError,
  HeadroomValidationError,
  type HeadroomErrorCode,
  type HeadroomErrorFields,
  type StoreCode,
  type ValidationCode,
} from './errors.js'
export { Headroom } from './headroom.js'
export type { Biases, CompressionHooks, HookContext, SyncCompressionHooks } from './hooks.js'
export type { CompressOptions, HeadroomOptions, KompressOptions, ListenOptions, SyncCompressOptions } from './options.js'
export type { DoorMode } from './outgoing.js'
export type {
  BlockReport,
  CompressDecision,
  CompressResult,
  CompressionPlan,
  Decision,
  FormatName,
  KeepDecision,
  Path,
  Role,
  Tokenizer,
  Verdict,
  Warning,
} from './result.js'
export {
  type RetrieveOptions,
  type Retrieved,
  type Selection,
  type TokenCount,
  type ToolDefinition,
  countTokens,
  decode,
  retrieve,
  retrieveTool,
} from './retrieve.js'
export {
  SharedContext,
  type SharedContextOptions,
  type SharedContextStats,
  type SharedEntry,
  type SharedPut,
  type SharedPutOptions,
} from './shared-context.js'
export {
  type Operation,
  type PipelineEvent,
  type PipelineExtension,
  PipelineStage,
  type SyncPipelineExtension,
  type WireRequest,
  type WireResponse,
  type WireUsage,
} from './stages.js'
export type { StoreOption } from './store.js'
export type { HeadroomStats, TokenSums } from './totals.js'
export type { WireOptions, WireReport } from './wire.js'

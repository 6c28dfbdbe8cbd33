/**
 * The AI SDK's language model specification (V2 of ai 5, V3 of ai 6, V4 of ai 7), as far as it matters here and by
 * shape alone: the package needs no `ai`, and what a version has besides passes untouched. Versions are told apart by
 * their data, as any version of `ai` may be given models of any specification.
 */

/** What belongs to one provider, by the provider's name: options on the way in, metadata on the way out. */
export type ByProvider = Readonly<Record<string, Readonly<Record<string, unknown>>>>

/** A part of a message in a prompt. */
export interface PromptPart {
  readonly type: string
  readonly toolCallId?: string
  readonly toolName?: string
  readonly providerExecuted?: boolean
  readonly providerOptions?: ByProvider
  readonly [field: string]: unknown
}

/** A message of a prompt. */
export interface PromptMessage {
  readonly role: string
  readonly content: string | readonly PromptPart[]
  readonly providerOptions?: ByProvider
}

/** A tool as the model is told of it. */
export interface ToolEntry {
  readonly type: string
  readonly name: string
}

/** What a model is called with. */
export interface CallOptions {
  readonly prompt: readonly PromptMessage[]
  readonly tools?: readonly ToolEntry[] | undefined
  readonly toolChoice?: { readonly type: string } | undefined
  readonly responseFormat?: { readonly type: string } | undefined
  readonly abortSignal?: AbortSignal | undefined
  readonly providerOptions?: ByProvider | undefined
}

/** A part of what a model generated. */
export interface ContentPart {
  readonly type: string
  readonly text?: string
  readonly toolCallId?: string
  readonly toolName?: string
  /** Of a tool call: JSON text. */
  readonly input?: string
  readonly result?: unknown
  readonly isError?: boolean
  readonly providerExecuted?: boolean
  readonly providerMetadata?: ByProvider | undefined
  readonly [field: string]: unknown
}

/** Why a model stopped: a word in V2, the provider's own beside it from V3 on. */
export type FinishReason = string | { readonly unified: string; readonly raw?: string | undefined }

/** Tokens: plain numbers in V2, grouped from V3 on. */
export type Usage = Readonly<Record<string, unknown>>

/** What a model answers in one piece. */
export interface Generated {
  readonly content: readonly ContentPart[]
  readonly finishReason: FinishReason
  readonly usage: Usage
  readonly warnings?: readonly unknown[]
  readonly providerMetadata?: ByProvider | undefined
}

/** A part of a stream. Parts of a block carry its id. */
export interface StreamPart extends ContentPart {
  readonly id?: string
  readonly delta?: string
  readonly kind?: string
  readonly finishReason?: FinishReason
  readonly usage?: Usage
  readonly error?: unknown
}

/** What a model answers piece by piece. */
export interface Streamed {
  readonly stream: ReadableStream<StreamPart>
}

/** A model. */
export interface Model {
  readonly modelId: string
  doGenerate(options: CallOptions): PromiseLike<Generated>
  doStream(options: CallOptions): PromiseLike<Streamed>
}

/** The word for why a model stopped. */
export function wordOf(reason: FinishReason): string {
  return typeof reason === 'string' ? reason : reason.unified
}

/** The reason with another word, in the shape it came in. */
export function reworded(reason: FinishReason, word: string): FinishReason {
  return typeof reason === 'string' ? word : { ...reason, unified: word }
}

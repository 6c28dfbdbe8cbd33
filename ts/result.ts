/** What a call gives back: the messages, the account of what was done, and the plan behind it. */

/** Names of the wire formats. */
export type FormatName = 'openai' | 'responses' | 'anthropic' | 'gemini' | 'bedrock' | 'ai-sdk' | 'langchain'

/** Who wrote a block. */
export type Role = 'system' | 'user' | 'assistant' | 'tool'

/** How tokens were counted: exactly with a public vocabulary, or as a labelled estimate. */
export type Tokenizer = 'o200k_base' | 'cl100k_base' | 'estimate'

/** A path from the messages array to a value: indexes and keys. */
export type Path = readonly (string | number)[]

/** Why a block is as it is now. Codes are stable; later versions may add some. */
export type Verdict =
  | 'compressed'
  | 'lossless'
  | 'excluded_tool'
  | 'user_message'
  | 'system_message'
  | 'assistant_message'
  | 'below_min'
  | 'not_smaller'
  | 'no_retrieval'
  | 'no_compressor'
  | 'not_asked'
  | 'read_again'
  | 'already_compressed'
  | 'error_result'
  | 'undecodable'
  | 'opaque'
  | 'hook'
  | 'error'

/** One text of the request. */
export interface BlockReport {
  /** Where it is. */
  path: Path
  /** Index of its message. */
  message: number
  /** Who wrote it. */
  role: Role
  /** The tool that produced it, where known. */
  tool: string | null
  /** What the text is: `json`, `text`, … */
  kind: string
  /** What came of it, and why. */
  verdict: Verdict
  /** Tokens before. */
  tokensBefore: number
  /** Tokens after. */
  tokensAfter: number
  /** The ref that gives the original back, when parts were left out. */
  ref: string | null
}

/** Something to know; never a reason to fail. */
export interface Warning {
  /** Stable code: `volatile_uuid`, `hook_failed`, `store_failed`, `kompress_unavailable`, `not_serialisable`, … */
  code: string
  /** Where: a path written out (`messages[3].content`), a hook, or empty. */
  at: string
  /** One sentence. */
  message: string
}

/** The result of `compress`, `compressSync` and `simulate`. Token fields count the texts of all blocks. */
export interface CompressResult<M = unknown> {
  /** The messages to send. Untouched ones are the very objects passed in; so is the array when none changed. */
  messages: M[]
  /** Tokens before. */
  tokensBefore: number
  /** Tokens after. */
  tokensAfter: number
  /** Before − after. */
  tokensSaved: number
  /** After ÷ before: 0.4 means that 40 % is left. 1 when there was nothing to count. */
  compressionRatio: number
  /** What counted the tokens. */
  tokenizer: Tokenizer
  /** Names of what was done, distinct, in order of first use. */
  transformsApplied: string[]
  /** Refs shown in the messages, in order. Each can be given to `retrieve`. */
  refs: string[]
  /** Every text of the request with its verdict, in order. */
  blocks: BlockReport[]
  /** What to know. */
  warnings: Warning[]
}

/** The account of what was only measured: nothing is stored, so there are no refs. */
export function unstored<R extends Pick<CompressResult, 'blocks' | 'refs'>>(report: R): R {
  return { ...report, refs: [], blocks: report.blocks.map((block) => ({ ...block, ref: null })) }
}

interface DecisionFields {
  /** Where the block is. */
  readonly path: Path
  /** Index of its message. */
  readonly message: number
  /** Who wrote it. */
  readonly role: Role
  /** The tool that produced it, where known. */
  readonly tool: string | null
  /** What the text is. */
  readonly kind: string
  /** Its tokens before. */
  readonly tokens: number
}

/** Leave a block as it is. */
export interface KeepDecision extends DecisionFields {
  action: 'keep'
  /** Why; `hook` is the reason to write when a hook decides. */
  reason: Verdict
}

/** Hand a block to a compressor. */
export interface CompressDecision extends DecisionFields {
  action: 'compress'
  /** Name of the compressor. */
  with: string
  /** Parts may be left out. Has no effect without `ccr`. */
  elide: boolean
  /** 1 is neutral; above keeps more, below keeps less. */
  bias: number
}

/** What shall happen to one block. To change it in a hook, replace or edit the entry in `plan.decisions`. */
export type Decision = KeepDecision | CompressDecision

/** One decision per block, in the order of the request: edit entries, but do not add, drop or reorder them. */
export interface CompressionPlan {
  /** The wire format that was named or sniffed. */
  readonly format: FormatName
  /** The decisions. */
  decisions: Decision[]
}

/** Giving back what was left out: `retrieve`, the tool the model calls for it, and `decode`. */
import { type NativeStore, native, unwrap } from './native.js'
import type { FormatName, Tokenizer } from './result.js'
import { type StoreOption, resolveStore } from './store.js'

/** Which part of an original to give back; the first page when nothing is asked. */
export interface Selection {
  /** Lines `a-b`, counted from 1, both included. */
  lines?: string | undefined
  /** Rows `a-b` of the array at `path`, or of the document's main array; counted from 1, both included. */
  rows?: string | undefined
  /** A JSON path, e.g. `$.items[3].name`. */
  path?: string | undefined
  /** Words to look for; the best matching parts come back. */
  query?: string | undefined
  /** Size of the page in tokens. */
  maxTokens?: number | undefined
}

/** Options of `retrieve`. */
export interface RetrieveOptions extends Selection {
  /** Where the original is; the durable store shared with the command line by default. */
  store?: StoreOption | undefined
}

/** A page of an original. */
export interface Retrieved {
  /** False when the original was never here or is gone. */
  found: boolean
  /** The page, verbatim; when nothing was found a sentence for the model that says what to do instead. */
  text: string
  /** The selection that reads on, as `rows 41-80`, or null at the end. */
  next: string | null
}

/** Reads from one store; `retrieve` without the choice of a store. */
export async function retrieveFrom(store: NativeStore, ref: string, selection: Selection): Promise<Retrieved> {
  return unwrap<Retrieved>(await native().retrieve(store, String(ref), JSON.stringify(selection)))
}

/**
 * Gives back what was left out of a text, a page at a time. A ref that is not in the store is an answer, not
 * an error: `found` is false and `text` can be handed to the model as it is.
 */
export async function retrieve(ref: string, options: RetrieveOptions = {}): Promise<Retrieved> {
  const { store, ...selection } = options
  return retrieveFrom(resolveStore(store), ref, selection)
}

/**
 * The source text of a lossless re-spelling: the same JSON up to insignificant whitespace. Throws a
 * `HeadroomDecodeError` for a text that is none, or that has parts left out (use `retrieve`).
 */
export function decode(text: string): string {
  return unwrap<string>(native().decode(text))
}

/** A number of tokens and what counted them. */
export interface TokenCount {
  /** How many. */
  tokens: number
  /** Exact for a public vocabulary, else `estimate`. */
  tokenizer: Tokenizer
}

/** Counts the tokens of a text for a model. */
export function countTokens(text: string, model = ''): TokenCount {
  return unwrap<TokenCount>(native().countTokens(text, model))
}

/** A tool definition in the shape a format's `tools` array holds. */
export type ToolDefinition = Record<string, unknown>

/**
 * The `headroom_retrieve` tool to offer to the model with every request of a conversation that is compressed
 * with `ccr`. Its calls are answered with `retrieve(input.ref, input)`.
 */
export function retrieveTool(format: FormatName = 'openai'): ToolDefinition {
  return unwrap<ToolDefinition>(native().retrieveTool(format))
}

/** Giving back what was left out: `retrieve`, the tool the model calls for it, and `decode`. */
import { HeadroomValidationError } from './errors.js'
import { type NativeStore, native, unwrap } from './native.js'
import { describe } from './options.js'
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

/** Where `retrieve` looks. Apart from the selection, which may be a model's words and must not choose a file. */
export interface RetrieveOptions {
  /** The durable store shared with the command line by default. */
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

function checkText(value: string, what: string): string {
  if (typeof value === 'string') return value
  throw new HeadroomValidationError({
    code: 'invalid_options',
    title: `${what} is not a string`,
    cause: `got ${describe(value)}`,
  })
}

/** Reads from one store; `retrieve` without the choice of a store. */
export async function retrieveFrom(store: NativeStore, ref: string, selection: Selection): Promise<Retrieved> {
  // Only these: the selection may be the input of a tool call, with `ref` and whatever a model adds.
  const { lines, rows, path, query, maxTokens } = selection
  const wanted = JSON.stringify({ lines, rows, path, query, maxTokens })
  return unwrap<Retrieved>(await native().retrieve(store, checkText(ref, 'the ref'), wanted))
}

/**
 * Gives back what was left out of a text, a page at a time. A ref that is not in the store is an answer, not
 * an error: `found` is false and `text` can be handed to the model as it is. The input of a call of the
 * `headroom_retrieve` tool can be passed as the selection: `retrieve(input.ref, input)`.
 */
export async function retrieve(ref: string, selection: Selection = {}, options: RetrieveOptions = {}): Promise<Retrieved> {
  if ('store' in selection) {
    throw new HeadroomValidationError({
      code: 'invalid_selection',
      title: 'the selection names a store',
      hint: 'the store is the third argument: retrieve(ref, { rows: "1-20" }, { store })',
    })
  }
  return retrieveFrom(resolveStore(options.store), ref, selection)
}

/** What a call of `headroom_retrieve` is answered with. */
export interface RetrievalAnswer {
  /** The text for the model. */
  text: string
  /** It could not be done; the text says why. */
  isError: boolean
}

/** The name of the tool that reads back. */
export const TOOL_NAME = 'headroom_retrieve'

/** The answer to calls beyond the limit of hidden rounds. */
export function enoughRetrieved(): RetrievalAnswer {
  return unwrap<RetrievalAnswer>(native().enoughRetrieved())
}

/** Answers a call of `headroom_retrieve` with the JSON the model wrote; what goes wrong is an answer, too. */
export async function answerRetrieval(store: NativeStore, args: string): Promise<RetrievalAnswer> {
  return unwrap<RetrievalAnswer>(await native().answerRetrieval(store, args))
}

/**
 * The source text of a lossless re-spelling: the same JSON up to insignificant whitespace. Throws a
 * `HeadroomDecodeError` for a text that is none, or that has parts left out (use `retrieve`).
 *
 * A text that points to earlier tool outputs is read with them: `above` are the texts of all tool outputs before it in
 * the conversation, as they were sent, but for those of `headroom_retrieve`.
 */
export function decode(text: string, above: readonly string[] = []): string {
  const outputs = above.map((output) => checkText(output, 'a tool output above'))
  return unwrap<string>(native().decode(checkText(text, 'the text to decode'), outputs))
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
  return unwrap<TokenCount>(native().countTokens(checkText(text, 'the text to count'), checkText(model, 'the model')))
}

/** A tool definition in the shape a format's list of tools holds: `tools`, Gemini's `functionDeclarations`, Bedrock's `toolConfig.tools`. */
export type ToolDefinition = Record<string, unknown>

/**
 * The `headroom_retrieve` tool to offer to the model with every request of a conversation that is compressed
 * with `ccr`. Its calls are answered with `retrieve(input.ref, input)`.
 */
export function retrieveTool(format: FormatName = 'openai'): ToolDefinition {
  return unwrap<ToolDefinition>(native().retrieveTool(checkText(format, 'the format')))
}

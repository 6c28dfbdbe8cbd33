/** The retrieval tool among the application's own, for those who want to see its calls. */
import { TOOL_NAME, answerRetrieval, retrieveTool } from '../retrieve.js'
import { type StoreOption, resolveStore } from '../store.js'

/** Where `headroomTools` reads. */
export interface HeadroomToolsOptions {
  /** The store the model's options name; the durable one shared with the command line by default. */
  store?: StoreOption | undefined
}

/** A tool as `generateText` and its kin take it. */
export interface RetrievalTool {
  /** What the model reads about it. */
  description: string
  /** A schema of the AI SDK's; which type that has differs from version to version, and this one fits them all. */
  inputSchema: never
  /** Reads the part that the model asks for; what cannot be read is said in words for the model. */
  execute(input: object): Promise<string>
}

/** By these the AI SDK knows its schemas; what is to be checked of a value is the core's to say. */
const SCHEMA = { [Symbol.for('vercel.ai.schema')]: true, [Symbol.for('vercel.ai.validator')]: true, _type: undefined, validate: undefined }

/** The tools to add to your own with `ccr: { mode: 'visible' }`. */
export function headroomTools(options: HeadroomToolsOptions = {}): { [TOOL_NAME]: RetrievalTool } {
  const store = resolveStore(options.store)
  const { description, inputSchema } = retrieveTool('ai-sdk')
  return {
    [TOOL_NAME]: {
      description: description as string,
      inputSchema: { ...SCHEMA, jsonSchema: inputSchema } as never,
      execute: async (input) => (await answerRetrieval(store, JSON.stringify(input))).text,
    },
  }
}

/** Documents of a retriever, made smaller by what was asked. */
import { compress } from '../compress.js'
import { type CompressOptions, splitOptions } from '../options.js'
import { native, unwrap } from '../native.js'

/** A document as LangChain has it. */
export interface DocumentLike {
  pageContent: string
}

/** Options of a `HeadroomDocumentCompressor`. */
export type DocumentCompressorOptions = Omit<CompressOptions, 'format' | 'query'>

/** What documents are called where they are taken for the outputs of a tool. */
const TOOL = 'documents'

/**
 * A document compressor as `ContextualCompressionRetriever` takes it as its `baseCompressor`. With `ccr` parts that do
 * not answer the question are left out, and a line says how they are read back; without, texts are spelled more
 * densely where that loses nothing. Order, number, metadata and ids of the documents stay.
 */
export class HeadroomDocumentCompressor {
  readonly #options: CompressOptions

  /** Throws a `HeadroomValidationError` for options that make no sense. */
  constructor(options: DocumentCompressorOptions = {}) {
    // A chain may show documents in another order, or not all of them: none points to another one.
    this.#options = { dedup: false, ...options, format: 'langchain' }
    unwrap(native().checkOptions(splitOptions(this.#options).core))
  }

  /** The documents, smaller. Untouched ones are the very objects passed in. */
  async compressDocuments<D extends DocumentLike>(documents: D[], query: string): Promise<D[]> {
    const texts = documents.map(({ pageContent }) => ({ type: 'tool', name: TOOL, content: pageContent }))
    const { messages } = await compress(texts, { ...this.#options, query })
    return documents.map((document, index) => withText(document, messages[index]?.content ?? document.pageContent))
  }
}

function withText<D extends DocumentLike>(document: D, pageContent: string): D {
  if (pageContent === document.pageContent) return document
  const copy = Object.create(Object.getPrototypeOf(document) as object) as D
  return Object.assign(copy, document, { pageContent })
}

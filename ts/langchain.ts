/**
 * `headroom/langchain`: smaller requests for LangChain and LangGraph.
 *
 * ```js
 * import { createAgent } from 'langchain'
 * import { headroomMiddleware } from 'headroom/langchain'
 *
 * const agent = createAgent({ model, tools, middleware: [headroomMiddleware()] })
 * ```
 *
 * @module
 */
export { type DocumentCompressorOptions, type DocumentLike, HeadroomDocumentCompressor } from './langchain/documents.js'
export { type MessageCompressor, type PromptValueLike, compressMessages } from './langchain/messages.js'
export {
  type HeadroomMetadata,
  type HeadroomMiddleware,
  type HeadroomMiddlewareOptions,
  headroomMiddleware,
} from './langchain/middleware.js'
export { type ChatModelOptions, withHeadroom } from './langchain/model.js'
export type { StoreOption } from './store.js'

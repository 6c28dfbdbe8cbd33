/**
 * `headroom/ai-sdk`: the AI SDK (ai 5, 6 and 7) with smaller prompts. What tools printed is made smaller before it is
 * sent, what is left out the model reads back unseen, and your application sees nothing of it:
 *
 * ```js
 * import { openai } from '@ai-sdk/openai'
 * import { generateText } from 'ai'
 * import { withHeadroom } from 'headroom/ai-sdk'
 *
 * const { text, providerMetadata } = await generateText({ model: withHeadroom(openai('gpt-5')), tools, prompt })
 * providerMetadata.headroom // { tokensBefore, tokensAfter, rounds, retrieved, warnings }
 * ```
 *
 * @module
 */
export type { AiSdkMetadata, RoundUsage } from './ai-sdk/account.js'
export { type HeadroomMiddleware, type LanguageModelLike, type WrappedCall, headroomMiddleware, withHeadroom } from './ai-sdk/model.js'
export type { AiSdkCallOptions, AiSdkOptions, HiddenRetrieval, VisibleRetrieval } from './ai-sdk/options.js'
export { type HeadroomToolsOptions, type RetrievalTool, headroomTools } from './ai-sdk/tools.js'
export type { StoreOption } from './store.js'

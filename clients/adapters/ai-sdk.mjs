/** The AI SDK with the providers' packages. */
import { schema } from './tools.mjs'

/** Models by the way of using them. */
export const MODELS = {
  'openai.chat': async (load, base) => {
    const { createOpenAI } = await load('@ai-sdk/openai')
    const provider = createOpenAI({ apiKey: 'key', baseURL: `${base}/v1` })
    return { model: provider.chat('gpt-4o'), embedding: (provider.textEmbeddingModel ?? provider.embeddingModel)('e') }
  },
  'openai.responses': async (load, base) => {
    const { createOpenAI } = await load('@ai-sdk/openai')
    return { model: createOpenAI({ apiKey: 'key', baseURL: `${base}/v1` }).responses('gpt-5') }
  },
  // Without a version in its address, as users have it in ANTHROPIC_BASE_URL.
  anthropic: async (load, base) => {
    const { createAnthropic } = await load('@ai-sdk/anthropic')
    return { model: createAnthropic({ apiKey: 'key', baseURL: base })('claude-sonnet-4-5') }
  },
  google: async (load, base) => {
    const { createGoogleGenerativeAI } = await load('@ai-sdk/google')
    const provider = createGoogleGenerativeAI({ apiKey: 'key', baseURL: `${base}/v1beta` })
    return { model: provider('gemini-2.5-flash'), embedding: (provider.textEmbeddingModel ?? provider.embeddingModel)('e') }
  },
}

/** `generateText` and `streamText` with one of the providers; `store: false` where the provider is asked to forget. */
export const sdk = (provider, store) => async (load, base) => {
  const ai = await load('ai')
  const { model, embedding } = await MODELS[provider](load, base)
  const tool = (name) => [name, ai.tool({ description: `Runs ${name}.`, inputSchema: ai.jsonSchema(schema) })]
  const providerOptions = store === undefined ? undefined : { openai: { store, include: ['reasoning.encrypted_content'] } }

  async function streamed(request, onText) {
    let failed
    const result = ai.streamText({ ...request, onError: ({ error }) => (failed = error) })
    for await (const part of result.fullStream) {
      if (part.type === 'text-delta') onText?.(part.text)
      if (part.type === 'error') failed = part.error
      if (part.type === 'abort') failed = Object.assign(new Error('aborted'), { name: 'AbortError' })
    }
    if (failed) throw failed
    const [text, toolCalls, response] = await Promise.all([result.text, result.toolCalls, result.response])
    return { text, toolCalls, response }
  }

  return {
    failure: (error) => ({ own: ai.APICallError.isInstance(error), name: error.name, status: error.statusCode, text: JSON.parse(error.responseBody).error.message }),
    aborted: (error) => error.name === 'AbortError',
    unknown: embedding ? { embeddings: async () => (await ai.embed({ model: embedding, value: 'x', maxRetries: 0 })).embedding } : {},
    async ask(messages, { stream, signal, onText, tools }) {
      const request = { model, messages, abortSignal: signal, maxRetries: 0, providerOptions, ...(tools && { tools: Object.fromEntries(tools.map(tool)) }) }
      const result = stream ? await streamed(request, onText) : await ai.generateText(request)
      const calls = result.toolCalls.map(({ toolCallId, toolName, input }) => ({ id: toolCallId, name: toolName, input }))
      return { text: result.text, calls, said: result.response.messages }
    },
    user: (content) => [{ role: 'user', content }],
    results: (outputs) => [
      { role: 'tool', content: outputs.map(({ call, text }) => ({ type: 'tool-result', toolCallId: call.id, toolName: call.name, output: { type: 'text', value: text } })) },
    ],
  }
}

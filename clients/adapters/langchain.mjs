/** LangChain's models over the providers' own packages. */
import { functions } from './tools.mjs'

const MODELS = {
  openai: async (load, base) => {
    const { ChatOpenAI } = await load('@langchain/openai')
    return new ChatOpenAI({ model: 'gpt-4o', apiKey: 'key', maxRetries: 0, useResponsesApi: false, configuration: { baseURL: `${base}/v1` } })
  },
  anthropic: async (load, base) => {
    const { ChatAnthropic } = await load('@langchain/anthropic')
    return new ChatAnthropic({ model: 'claude-sonnet-4-5', apiKey: 'key', maxRetries: 0, anthropicApiUrl: base })
  },
}

/** `invoke` and `stream` of a chat model. */
export const chat = (provider) => async (load, base, { wrap }) => {
  const { HumanMessage, ToolMessage } = await load('@langchain/core/messages')
  const model = wrap(await MODELS[provider](load, base))

  async function streamed(from, messages, { signal, onText }) {
    let whole
    for await (const chunk of await from.stream(messages, { signal })) {
      if (chunk.text) onText?.(chunk.text)
      whole = whole ? whole.concat(chunk) : chunk
    }
    return whole
  }

  return {
    failure: (error) => ({ own: error.status !== undefined, name: error.constructor.name, status: error.status, text: error.error?.error?.message ?? error.error?.message }),
    aborted: (error) => /abort/i.test(`${error.name} ${error.message}`),
    unknown: {},
    async ask(messages, { stream, signal, onText, tools }) {
      const from = tools ? model.bindTools(functions(tools)) : model
      const message = stream ? await streamed(from, messages, { signal, onText }) : await from.invoke(messages, { signal })
      const calls = (message.tool_calls ?? []).map(({ id, name, args }) => ({ id, name, input: args }))
      return { text: message.text, calls, said: [message] }
    },
    user: (content) => [new HumanMessage(content)],
    results: (outputs) => outputs.map(({ call, text }) => new ToolMessage({ tool_call_id: call.id, name: call.name, content: text })),
  }
}

/** The `@anthropic-ai/sdk` package. */
import { described, schema } from './tools.mjs'

function tool(name) {
  const { parameters: _, ...about } = described(name)
  return { ...about, input_schema: schema }
}

/** Messages; `helper` streams by `messages.stream()` instead of `create({ stream: true })`. */
export const messages = (helper) => async (load, base) => {
  const { Anthropic, toFile } = await load('@anthropic-ai/sdk')
  const client = new Anthropic({ apiKey: 'key', baseURL: base, maxRetries: 0 })

  /** Reads a stream the way an application without the helper does. */
  async function streamed(request, { signal, onText }) {
    const content = []
    const inputs = []
    for await (const event of await client.messages.create({ ...request, stream: true }, { signal })) {
      if (event.type === 'content_block_start') content[event.index] = { ...event.content_block }
      if (event.type !== 'content_block_delta') continue
      const { index, delta } = event
      if (delta.type === 'text_delta') {
        content[index].text += delta.text
        onText?.(delta.text)
      } else if (delta.type === 'thinking_delta') content[index].thinking += delta.thinking
      else if (delta.type === 'signature_delta') content[index].signature += delta.signature
      else if (delta.type === 'input_json_delta') inputs[index] = (inputs[index] ?? '') + delta.partial_json
    }
    return { content: content.map((block, index) => (inputs[index] ? { ...block, input: JSON.parse(inputs[index]) } : block)) }
  }

  async function helped(request, { signal, onText }) {
    const stream = client.messages.stream(request, { signal })
    if (onText) stream.on('text', onText)
    return stream.finalMessage()
  }

  return {
    failure: (error) => ({ own: error instanceof Anthropic.APIError, name: error.constructor.name, status: error.status, text: error.error?.error?.message, id: error.requestID }),
    aborted: (error) => error instanceof Anthropic.APIUserAbortError,
    unknown: {
      models: async () => (await client.models.list()).data[0].id,
      count: async () => (await client.messages.countTokens({ model: 'claude-sonnet-4-5', messages: [{ role: 'user', content: 'x' }] })).input_tokens,
      files: async () => (await client.beta.files.upload({ file: await toFile(Buffer.from('abc'), 'a.txt', { type: 'text/plain' }) })).id,
    },
    async ask(conversation, { stream, signal, onText, tools }) {
      const request = { model: 'claude-sonnet-4-5', max_tokens: 100, messages: conversation, ...(tools && { tools: tools.map(tool) }) }
      const answer = !stream
        ? await client.messages.create(request, { signal })
        : await (helper ? helped : streamed)(request, { signal, onText })
      const texts = answer.content.filter(({ type }) => type === 'text').map(({ text }) => text)
      const calls = answer.content.filter(({ type }) => type === 'tool_use').map(({ id, name, input }) => ({ id, name, input }))
      return { text: texts.join(''), calls, said: [{ role: 'assistant', content: answer.content }] }
    },
    user: (content) => [{ role: 'user', content }],
    results: (outputs) => [{ role: 'user', content: outputs.map(({ call, text }) => ({ type: 'tool_result', tool_use_id: call.id, content: text })) }],
  }
}

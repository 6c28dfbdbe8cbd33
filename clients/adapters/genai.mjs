/** The `@google/genai` package. */
import assert from 'node:assert/strict'

import { list, readsBack } from './tools.mjs'

const declared = (name) => ({ name, description: `Runs ${name}.`, parameters: { type: 'OBJECT', properties: { page: { type: 'NUMBER' } } } })

/** What is done with a client besides asking it. */
const checks = (client) => ({
  async chats({ provider, orders }) {
    const config = { tools: [{ functionDeclarations: [declared('list')] }] }
    const chat = client.chats.create({ model: 'gemini-2.5-flash', config })
    provider.script({ say: [list('call_1')] }, readsBack, { say: [{ text: 'order 10041.' }] }, { say: [{ text: 'Bye.' }] })
    const { functionCalls } = await chat.sendMessage({ message: 'Which order failed?' })
    assert.equal(functionCalls[0].name, 'list')
    let text = ''
    for await (const chunk of await chat.sendMessageStream({ message: { functionResponse: { name: 'list', response: { output: orders } } } })) text += chunk.text ?? ''
    assert.equal(text, 'order 10041.')
    await chat.sendMessage({ message: 'Bye' })
    assert.doesNotMatch(JSON.stringify(chat.getHistory()), /headroom_retrieve/)
    assert.equal(provider.got.length, 4)
    const [said, later] = [provider.got[2], provider.got[3]].map(({ items }) => items.map((item) => JSON.parse(item)))
    assert.deepEqual(later.slice(0, said.length), said)
  },
  async 'run tools'({ provider, orders }) {
    const tool = { tool: async () => ({ functionDeclarations: [declared('list')] }), callTool: async () => [{ functionResponse: { name: 'list', response: { output: orders } } }] }
    provider.script({ say: [list('call_1')] }, readsBack, { say: [{ text: 'order 10041.' }] })
    const answer = await client.models.generateContent({ model: 'gemini-2.5-flash', contents: 'Which order failed?', config: { tools: [tool] } })
    assert.equal(answer.text, 'order 10041.')
    assert.equal(provider.got.length, 3)
  },
})

/** `generateContent`. */
export async function generate(load, base, { wrap }) {
  const genai = await load('@google/genai')
  const client = wrap(new genai.GoogleGenAI({ apiKey: 'key', httpOptions: { baseUrl: base } }))
  const { models } = client

  /** Parts as an application keeps them: as they came, texts that follow each other put together. */
  async function streamed(request, onText) {
    const parts = []
    for await (const chunk of await models.generateContentStream(request)) {
      for (const part of chunk.candidates?.[0]?.content?.parts ?? []) {
        const last = parts.at(-1)
        if (part.text && !part.thought) onText?.(part.text)
        if (part.text === '') continue
        if (part.text && last?.text && part.thought === last.thought) last.text += part.text
        else parts.push({ ...part })
      }
    }
    return parts
  }

  return {
    failure: (error) => ({ own: error instanceof genai.ApiError, name: error.name, status: error.status, text: JSON.parse(error.message).error.message }),
    aborted: (error) => error.name === 'AbortError' || /abort/i.test(error.message),
    checks: checks(client),
    unknown: {
      models: async () => (await models.list()).page[0].name,
      embeddings: async () => (await models.embedContent({ model: 'e', contents: 'x' })).embeddings[0].values,
      count: async () => (await models.countTokens({ model: 'g', contents: 'x' })).totalTokens,
    },
    async ask(contents, { stream, signal, onText, tools }) {
      const request = { model: 'gemini-2.5-flash', contents, config: { abortSignal: signal, ...(tools && { tools: [{ functionDeclarations: tools.map(declared) }] }) } }
      const parts = stream ? await streamed(request, onText) : (await models.generateContent(request)).candidates[0].content.parts
      const texts = parts.filter(({ text, thought }) => text && !thought).map(({ text }) => text)
      const calls = parts.flatMap(({ functionCall }) => (functionCall ? [{ id: functionCall.id, name: functionCall.name, input: functionCall.args }] : []))
      return { text: texts.join(''), calls, said: [{ role: 'model', parts }] }
    },
    user: (text) => [{ role: 'user', parts: [{ text }] }],
    results: (outputs) => [{ role: 'user', parts: outputs.map(({ call, text }) => ({ functionResponse: { name: call.name, response: { output: text } } })) }],
  }
}

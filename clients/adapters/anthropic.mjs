/** The `@anthropic-ai/sdk` package. */
import assert from 'node:assert/strict'

import { REF } from '../../__test__/conversations.mjs'
import { described, list, readsBack, schema } from './tools.mjs'

/** A tool as the API has it. */
export function tool(name) {
  const { parameters: _, ...about } = described(name)
  return { ...about, input_schema: schema }
}

/** Reads a stream the way an application without the helper does. */
export async function assembled(events, onText) {
  const content = []
  const inputs = []
  for await (const event of events) {
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

/** What the model said, in the suite's words. */
export function turn(content) {
  const texts = content.filter(({ type }) => type === 'text').map(({ text }) => text)
  const calls = content.filter(({ type }) => type === 'tool_use').map(({ id, name, input }) => ({ id, name, input }))
  return { text: texts.join(''), calls, said: [{ role: 'assistant', content }] }
}

/** Messages of the user. */
export const user = (content) => [{ role: 'user', content }]

/** Outputs of tools. */
export const results = (outputs) => [{ role: 'user', content: outputs.map(({ call, text }) => ({ type: 'tool_result', tool_use_id: call.id, content: text })) }]

const common = { maxRetries: 0 }
const google = { getClient: async () => ({ projectId: 'p', getRequestHeaders: async () => new Headers({ authorization: 'Bearer key' }) }) }

/** The client for each way to reach Claude's models. */
const OPENERS = {
  anthropic: async (load, base) => new (await load('@anthropic-ai/sdk')).Anthropic({ apiKey: 'key', baseURL: base, ...common }),
  bedrock: async (load, base) => {
    const { AnthropicBedrock } = await load('@anthropic-ai/bedrock-sdk')
    return new AnthropicBedrock({ awsAccessKey: 'AKIDEXAMPLE', awsSecretKey: 'secret', awsRegion: 'eu-central-1', baseURL: base, ...common })
  },
  foundry: async (load, base) => new (await load('@anthropic-ai/foundry-sdk')).AnthropicFoundry({ apiKey: 'key', baseURL: `${base}/anthropic`, ...common }),
  vertex: async (load, base) => {
    const { AnthropicVertex } = await load('@anthropic-ai/vertex-sdk')
    return new AnthropicVertex({ region: 'europe-west4', projectId: 'p', googleAuth: google, baseURL: `${base}/v1`, ...common })
  },
}

const MODELS = { anthropic: 'claude-sonnet-4-5', bedrock: 'anthropic.claude-sonnet-4-5-20250929-v1:0', foundry: 'claude-sonnet-4-5', vertex: 'claude-sonnet-4-5@20250929' }

/** What is done with a client besides asking it. */
const checks = (client) => ({
  async 'raw response'({ provider }) {
    provider.script({ say: [{ text: 'Hello.' }] })
    const { data, response } = await client.messages.create({ model: 'claude-sonnet-4-5', max_tokens: 9, messages: [{ role: 'user', content: 'Hi' }] }).withResponse()
    assert.equal(data.content[0].text, 'Hello.')
    assert.equal(response.headers.get('request-id'), 'req_mock')
  },
  ...(client.beta.messages.toolRunner && {
    async 'run tools'({ provider, orders }) {
      const run = { ...tool('list'), run: () => orders, parse: (input) => input }
      const request = { model: 'claude-sonnet-4-5', max_tokens: 100, messages: [{ role: 'user', content: 'Which order failed?' }], tools: [run] }
      const told = { say: [{ text: 'order 10041.' }] }
      // Newer versions have the provider keep the conversation; then nothing is left out that would have to be read back.
      provider.script({ say: [list('call_1')] }, (seen) => (REF.test(seen.items.at(-1)) ? readsBack(seen) : told), told)
      const { content } = await client.beta.messages.toolRunner(request)
      assert.deepEqual(content.map(({ text }) => text), ['order 10041.'])
      assert.ok(provider.got[1].text.length < orders.length * 0.8)
    },
  }),
})

/** Messages; `helper` streams by `messages.stream()` instead of `create({ stream: true })`. */
export const messages = (helper, kind = 'anthropic') => async (load, base, { wrap }) => {
  const { Anthropic, toFile } = await load('@anthropic-ai/sdk')
  const client = wrap(await OPENERS[kind](load, base))

  const streamed = async (request, { signal, onText }) => assembled(await client.messages.create({ ...request, stream: true }, { signal }), onText)

  async function helped(request, { signal, onText }) {
    const stream = client.messages.stream(request, { signal })
    if (onText) stream.on('text', onText)
    return stream.finalMessage()
  }

  return {
    failure: (error) => ({ own: error instanceof Anthropic.APIError, name: error.constructor.name, status: error.status, text: (error.error?.error ?? error.error)?.message, id: error.requestID }),
    aborted: (error) => error instanceof Anthropic.APIUserAbortError,
    checks: helper && kind === 'anthropic' ? checks(client) : {},
    unknown: kind !== 'anthropic' ? {} : {
      models: async () => (await client.models.list()).data[0].id,
      count: async () => (await client.messages.countTokens({ model: 'claude-sonnet-4-5', messages: [{ role: 'user', content: 'x' }] })).input_tokens,
      ...(client.beta.files && { files: async () => (await client.beta.files.upload({ file: await toFile(Buffer.from('abc'), 'a.txt', { type: 'text/plain' }) })).id }),
    },
    async ask(conversation, { stream, signal, onText, tools }) {
      const request = { model: MODELS[kind], max_tokens: 100, messages: conversation, ...(tools && { tools: tools.map(tool) }) }
      const answer = !stream
        ? await client.messages.create(request, { signal })
        : await (helper ? helped : streamed)(request, { signal, onText })
      return turn(answer.content)
    },
    user,
    results,
  }
}

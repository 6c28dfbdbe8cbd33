/** The `openai` package: chat completions and responses. */
import assert from 'node:assert/strict'

import { described, functions, list, readsBack } from './tools.mjs'

const OPENERS = {
  openai: ({ OpenAI }, base) => new OpenAI({ apiKey: 'key', baseURL: `${base}/v1`, maxRetries: 0 }),
  azure: ({ AzureOpenAI }, base) => new AzureOpenAI({ azureADTokenProvider: async () => 'token', apiVersion: '2025-04-01', endpoint: base, maxRetries: 0 }),
}

async function connect(load, base, wrap, kind = 'openai') {
  const { OpenAI, AzureOpenAI, toFile } = await load('openai')
  return { OpenAI, toFile, client: wrap(OPENERS[kind]({ OpenAI, AzureOpenAI }, base)) }
}

const shared = ({ OpenAI, toFile, client }) => ({
  failure: (error) => ({ own: error instanceof OpenAI.APIError, name: error.constructor.name, status: error.status, text: error.error?.message, id: error.requestID ?? error.request_id }),
  aborted: (error) => error instanceof OpenAI.APIUserAbortError || error.name === 'AbortError',
  unknown: {
    models: async () => (await client.models.list()).data[0].id,
    embeddings: async () => (await client.embeddings.create({ model: 'e', input: 'x', encoding_format: 'float' })).data[0].embedding,
    files: async () => (await client.files.create({ file: await toFile(Buffer.from('abc'), 'a.txt'), purpose: 'user_data' })).id,
  },
})

/** Where streaming and parsing stand: among the betas in version 4. */
const completionsOf = (client) => client.chat.completions.stream ? client.chat.completions : client.beta.chat.completions

/** What is done with a client besides asking it. */
const checks = ({ client }) => ({
  async 'run tools'({ provider, orders }) {
    const tool = { type: 'function', function: { ...described('list'), parse: JSON.parse, function: () => orders } }
    const request = { model: 'gpt-4o', messages: [{ role: 'user', content: 'Which order failed?' }], tools: [tool] }
    for (const stream of [false, true]) {
      provider.script({ say: [list('call_1')] }, readsBack, { say: [{ text: 'order 10041.' }] })
      const runner = completionsOf(client).runTools({ ...request, stream })
      assert.equal(await runner.finalContent(), 'order 10041.')
      assert.equal(provider.got.length, 3)
      assert.doesNotMatch(JSON.stringify(runner.messages), /headroom_retrieve/)
    }
  },
  async parse({ provider }) {
    provider.script({ say: [{ text: '{"failed":10041}' }] })
    const schema = { type: 'object', properties: { failed: { type: 'number' } } }
    const asked = { type: 'json_schema', json_schema: { name: 'answer', schema }, $brand: 'auto-parseable-response-format', $parseRaw: JSON.parse }
    const { choices } = await completionsOf(client).parse({ model: 'gpt-4o', messages: [{ role: 'user', content: 'Which?' }], response_format: asked })
    assert.equal(choices[0].message.parsed.failed, 10041)
  },
  async 'raw response'({ provider }) {
    provider.script({ say: [{ text: 'Hello.' }] })
    const { data, response } = await client.chat.completions.create({ model: 'gpt-4o', messages: [{ role: 'user', content: 'Hi' }] }).withResponse()
    assert.equal(data.choices[0].message.content, 'Hello.')
    assert.equal(response.headers.get('x-request-id'), 'req_mock')
  },
})

/** Chat completions; `helper` streams by `chat.completions.stream()`, which checks what it puts together. */
export const chat = (helper, kind) => async (load, base, { wrap }) => {
  const open = await connect(load, base, wrap, kind)
  const { completions } = open.client.chat

  async function streamed(request, { signal, onText }) {
    const message = { role: 'assistant', content: null }
    const calls = []
    for await (const { choices } of await completions.create({ ...request, stream: true }, { signal })) {
      const delta = choices[0]?.delta ?? {}
      if (delta.content) {
        message.content = (message.content ?? '') + delta.content
        onText?.(delta.content)
      }
      for (const { index, id, function: { name, arguments: part } } of delta.tool_calls ?? []) {
        calls[index] ??= { id, type: 'function', function: { name, arguments: '' } }
        calls[index].function.arguments += part
      }
    }
    return calls.length > 0 ? { ...message, tool_calls: calls } : message
  }

  async function helped(request, { signal, onText }) {
    const events = completionsOf(open.client).stream(request, { signal })
    if (onText) events.on('content', onText)
    const { parsed: _parsed, ...message } = (await events.finalChatCompletion()).choices[0].message
    const calls = message.tool_calls?.map(({ function: { parsed_arguments: _arguments, ...asked }, ...call }) => ({ ...call, function: asked }))
    return calls ? { ...message, tool_calls: calls } : message
  }

  return {
    ...shared(open),
    ...(kind === 'azure' && { unknown: {} }),
    checks: helper ? checks(open) : {},
    async ask(messages, { stream, signal, onText, tools }) {
      const request = { model: 'gpt-4o', messages, ...(tools && { tools: functions(tools) }) }
      const message = stream ? await (helper ? helped : streamed)(request, { signal, onText }) : (await completions.create(request, { signal })).choices[0].message
      const calls = (message.tool_calls ?? []).map(({ id, function: { name, arguments: input } }) => ({ id, name, input: JSON.parse(input) }))
      return { text: message.content ?? '', calls, said: [message] }
    },
    user: (content) => [{ role: 'user', content }],
    results: (outputs) => outputs.map(({ call, text }) => ({ role: 'tool', tool_call_id: call.id, content: text })),
  }
}

/** Responses; `stored` has the provider keep the conversation, `helper` streams by `responses.stream()`. */
export const responses = ({ stored = false, helper = false } = {}) => async (load, base, { wrap }) => {
  const open = await connect(load, base, wrap)
  let previous

  async function streamed(request, { signal, onText }) {
    let whole
    const { responses: api } = open.client
    for await (const event of helper ? api.stream(request, { signal }) : await api.create({ ...request, stream: true }, { signal })) {
      if (event.type === 'response.output_text.delta') onText?.(event.delta)
      if (event.type === 'response.completed') whole = event.response
    }
    // It ends without a word when it is told to.
    signal?.throwIfAborted()
    return whole
  }

  return {
    ...shared(open),
    /** The provider has what was before. */
    forgets: stored,
    async ask(input, { stream, signal, onText, tools, first }) {
      if (first) previous = undefined
      const keeping = stored ? { store: true, previous_response_id: previous } : { store: false, include: ['reasoning.encrypted_content'] }
      const request = { model: 'gpt-5', input, ...keeping, ...(tools && { tools: tools.map((name) => ({ type: 'function', ...described(name), strict: false })) }) }
      const { id, output } = await (stream ? streamed(request, { signal, onText }) : open.client.responses.create(request, { signal }))
      previous = id
      const texts = output.filter(({ type }) => type === 'message').map(({ content }) => content[0].text)
      const calls = output.filter(({ type }) => type === 'function_call').map(({ call_id, name, arguments: args }) => ({ id: call_id, name, input: JSON.parse(args) }))
      // Newer versions add what was parsed of them, which the API does not take back.
      const said = output.map(({ parsed_arguments: _parsed, ...item }) => item)
      return { text: texts.join(''), calls, said }
    },
    user: (content) => [{ role: 'user', content }],
    results: (outputs) => outputs.map(({ call, text }) => ({ type: 'function_call_output', call_id: call.id, output: text })),
  }
}

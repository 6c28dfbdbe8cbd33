/** `headroom/ai-sdk` with the packages of providers, against mocks of their APIs: what each is sent grows at its end. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { headroomMiddleware, withHeadroom } from 'headroom/ai-sdk'
import { REF } from '../../__test__/conversations.mjs'
import { orders } from '../../__test__/conversations.mjs'
import { MODELS } from '../../clients/adapters/ai-sdk.mjs'
import { upstream } from '../../clients/mock/upstream.mjs'
import { load, majorOf } from '../../scripts/installed.mjs'

const ai = await load('ai')
const provider = await upstream()
after(() => provider.close())

const OPTIONS = { store: 'memory' }
const stop = (ai.stepCountIs ?? ai.isStepCount)(6)
const tool = ai.tool({ description: 'Lists orders.', inputSchema: ai.jsonSchema({ type: 'object', properties: { page: { type: 'number' } } }), execute: async () => orders(300) })

const list = (id) => ({ call: { id, name: 'list', input: { page: 1 } } })
const retrieve = (id) => (seen) => ({ call: { id, name: 'headroom_retrieve', input: { ref: REF.exec(seen.items.join('\n'))[0], rows: '42' } } })
const say = (...parts) => (seen) => ({ say: parts.map((part) => (typeof part === 'function' ? part(seen) : part)) })

/** Anthropic's adapter marks tools one by one, and only for streams; nothing here mixes the two. */
const KINDS = [
  ['openai.chat', undefined],
  ['openai.responses', { store: true }],
  ['openai.responses', { store: false, include: ['reasoning.encrypted_content'] }],
  ['anthropic', undefined],
  ['google', undefined],
]

/** Asks and gives the messages the application would keep, by way of JSON. */
async function ask(model, messages, streamed, openai) {
  const request = { model, messages, tools: { list: tool }, stopWhen: stop, maxRetries: 0, ...(openai && { providerOptions: { openai } }) }
  if (!streamed) {
    const result = await ai.generateText(request)
    return { text: result.text, messages: JSON.parse(JSON.stringify(result.responseMessages ?? result.response.messages)) }
  }
  const errors = []
  const result = ai.streamText({ ...request, onError: ({ error }) => void errors.push(error) })
  for await (const part of result.fullStream ?? result.stream) assert.notEqual(part.toolName, 'headroom_retrieve')
  if (errors.length > 0) throw errors[0]
  const response = await result.response
  return { text: await result.text, messages: JSON.parse(JSON.stringify((await result.responseMessages) ?? response.messages)) }
}

for (const [name, openai] of KINDS) {
  for (const streamed of [false, true]) {
    const kind = [name, ...(openai ? [openai.store ? 'stored' : 'not stored'] : []), streamed ? 'stream' : 'whole'].join(', ')
    test(`what is sent grows at its end: ${kind}`, async () => {
      const { model } = await MODELS[name](load, provider.url)
      const own = majorOf('ai') === 5 || !streamed ? () => withHeadroom(model, OPTIONS) : () => ai.wrapLanguageModel({ model, middleware: headroomMiddleware(OPTIONS) })
      const history = [{ role: 'user', content: 'Which order failed?' }]
      provider.script(
        say({ think: 'hm' }, { text: 'Looking. ' }, list('call_1')),
        say({ think: 'what' }, { text: 'It is ' }, retrieve('hidden_1')),
        say({ think: 'so' }, { text: 'order 10041.' }),
      )
      const first = await ask(own(), history, streamed, openai)
      assert.match(first.text, /^(It is )?order 10041\.$/)
      history.push(...first.messages, { role: 'user', content: 'And the next page?' })
      const seen = [...provider.got]
      provider.script(say({ text: 'Both. ' }, retrieve('hidden_2'), list('call_2')), say({ text: 'Nothing there.' }))
      const second = await ask(own(), history, streamed, openai)
      assert.equal(second.text, 'Nothing there.')
      seen.push(...provider.got)
      history.push(...second.messages, { role: 'user', content: 'Bye' })
      provider.script(say({ text: 'Bye.' }))
      await ask(own(), history, streamed, openai)
      seen.push(...provider.got)
      assert.equal(seen.length, 6)
      for (const [index, later] of seen.entries()) {
        const earlier = seen[index - 1]
        if (earlier) assert.deepEqual(later.items.slice(0, earlier.items.length), earlier.items, `request ${index}`)
        assert.equal(later.tools, seen[0].tools)
        assert.doesNotMatch(later.text, /"headroom"/)
      }
      assert.match(seen[2].items.at(-1), /card declined|10041/)
      assert.ok(seen[1].text.length < JSON.stringify(orders(300)).length / 2)
    })
  }
}

for (const streamed of [false, true]) {
  test(`a conversation that OpenAI keeps goes on from answer to answer, ${streamed ? 'stream' : 'whole'}`, async () => {
    const wrapped = withHeadroom((await MODELS['openai.responses'](load, provider.url)).model, OPTIONS)
    const chain = async (messages, previousResponseId) => {
      const request = { model: wrapped, messages, tools: { list: { ...tool, execute: undefined } }, maxRetries: 0, providerOptions: { openai: { previousResponseId, store: true } } }
      const result = streamed ? ai.streamText(request) : await ai.generateText(request)
      const text = await result.text
      const { openai } = await result.providerMetadata
      return { text, id: openai.responseId, calls: await result.toolCalls }
    }
    provider.script(say({ text: 'Looking. ' }, list('call_1')))
    const first = await chain([{ role: 'user', content: 'Which order failed?' }])
    const output = { type: 'text', value: JSON.stringify(orders(300)) }
    const seen = [...provider.got]
    provider.script(say(retrieve('hidden_1')), say({ text: 'Order 10041.' }))
    const second = await chain([{ role: 'tool', content: [{ type: 'tool-result', toolCallId: first.calls[0].toolCallId, toolName: 'list', output }] }], first.id)
    assert.equal(second.text, 'Order 10041.')
    seen.push(...provider.got)
    // Calls of either kind: the provider waits for the results of both.
    provider.script(say(retrieve('hidden_2'), list('call_2')))
    const third = await chain([{ role: 'user', content: 'And the next page?' }], second.id)
    seen.push(...provider.got)
    provider.script(say({ text: 'Bye.' }))
    const results = third.calls.map(({ toolCallId }) => ({ type: 'tool-result', toolCallId, toolName: 'list', output: { type: 'text', value: '[]' } }))
    const fourth = await chain([{ role: 'tool', content: results }], third.id)
    assert.equal(fourth.text, 'Bye.')
    seen.push(...provider.got)
    assert.equal(seen.length, 5)
    const answered = [...seen[4].items.join().matchAll(/"type":"function_call_output","call_id":"([^"]+)"/g)].map(([, id]) => id)
    assert.deepEqual(answered, ['call_1', 'hidden_1', 'call_2', 'hidden_2'])
    for (const [index, later] of seen.entries()) if (index > 0) assert.deepEqual(later.items.slice(0, seen[index - 1].items.length), seen[index - 1].items)
    assert.match(seen[2].items.at(-1), /card declined|10041/)
    // No item goes there twice.
    assert.equal(new Set(seen[4].items).size, seen[4].items.length)
  })
}

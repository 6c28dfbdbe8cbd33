/** `headroom/ai-sdk` with one major of the AI SDK: what an application sees is what it would see without it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { headroomMiddleware, headroomTools, withHeadroom } from 'headroom/ai-sdk'
import { call, reasoning, retrieve, scripted, text } from '../../__test__/ai-sdk-models.mjs'
import { REF, orders } from '../../__test__/conversations.mjs'
import { load, majorOf } from '../../scripts/installed.mjs'

const ai = await load('ai')
const major = majorOf('ai')
/** Specifications of models that this major calls. */
const SPECS = { 5: ['v2'], 6: ['v2', 'v3'], 7: ['v2', 'v3', 'v4'] }[major]
/** The one `wrapLanguageModel` makes models of. */
const OWN = SPECS.at(-1)
const WAYS = SPECS.flatMap((spec) => [false, true].map((streamed) => ({ spec, streamed, name: `${spec} ${streamed ? 'stream' : 'whole'}` })))

const OPTIONS = { store: 'memory' }
const QUESTION = 'Which order failed?'
const schema = ai.jsonSchema({ type: 'object', properties: {} })
const list = ai.tool({ description: 'Lists orders.', inputSchema: schema, execute: async () => orders(300) })
const tools = { list_orders: list }
const steps = ai.stepCountIs ?? ai.isStepCount

/** Asks with the AI SDK; gives what an application can see. */
async function ask(model, more, streamed) {
  const request = { model, tools, stopWhen: steps(6), maxRetries: 0, ...(more.messages ? {} : { prompt: QUESTION }), ...more }
  if (!streamed) {
    const result = await ai.generateText(request)
    return { result, seen: JSON.stringify([result.content, result.steps.map(({ content }) => content)]), text: result.text, steps: result.steps, messages: result.responseMessages ?? result.response.messages, usage: result.totalUsage ?? result.usage, metadata: result.providerMetadata }
  }
  const chunks = []
  const errors = []
  const result = ai.streamText({ ...request, onChunk: ({ chunk }) => void chunks.push(chunk), onError: ({ error }) => void errors.push(error) })
  const parts = []
  for await (const part of result.fullStream ?? result.stream) parts.push(part)
  if (errors.length > 0) throw errors[0]
  const [value, taken, response, usage, metadata] = await Promise.all([result.text, result.steps, result.response, result.totalUsage, result.providerMetadata])
  return { result, parts, seen: JSON.stringify([parts.filter(({ type }) => !type.includes('start-step') && !type.includes('finish')), chunks]), text: value, steps: taken, messages: (await result.responseMessages) ?? response.messages, usage, metadata }
}

const first = [text('Looking. '), call('a1', 'list_orders')]
const hides = [reasoning('Row 42?', 's1'), text('It is '), retrieve('h1')]
const last = [reasoning('So.', 's2'), text('order 10041.')]

/** Tags name what was hidden; nothing else does. */
const untagged = (seen) => seen.replaceAll(/"headroom":\{"before":\[.*?\],"round":\d+\}|"headroom":\{"round":\d+,"(before|after|late)":\[.*?\]\}/g, '')

for (const { spec, streamed, name } of WAYS) {
  test(`steps with a hidden round, ${name}`, async () => {
    const model = scripted(spec, first, hides, last)
    const answer = await ask(withHeadroom(model, OPTIONS), {}, streamed)
    assert.equal(answer.text, 'It is order 10041.')
    assert.equal(answer.steps.length, 2)
    assert.deepEqual(answer.steps.map(({ toolCalls }) => toolCalls.map(({ toolName }) => toolName)), [['list_orders'], []])
    assert.deepEqual(answer.steps.map(({ finishReason }) => finishReason), ['tool-calls', 'stop'])
    assert.doesNotMatch(untagged(answer.seen), /headroom_retrieve|"h1"/)
    assert.equal(answer.usage.inputTokens, 30)
    assert.equal(model.calls.length, 3)
    assert.deepEqual([answer.metadata.headroom.rounds, answer.metadata.headroom.retrieved], [1, 1])
    assert.deepEqual(model.calls[2].prompt.slice(0, model.calls[1].prompt.length), model.calls[1].prompt)
    assert.match(JSON.stringify(model.calls[2].prompt.at(-1)), /card declined|10041/)
  })

  test(`the next turn from stored messages, ${name}`, async () => {
    const model = scripted(spec, first, hides, last, [text('Bye.')])
    const { messages } = await ask(withHeadroom(model, OPTIONS), {}, streamed)
    const history = [{ role: 'user', content: QUESTION }, ...JSON.parse(JSON.stringify(messages)), { role: 'user', content: 'Thanks.' }]
    await ask(withHeadroom(model, OPTIONS), { messages: history }, streamed)
    const [before, after] = model.calls.slice(2)
    assert.deepEqual(after.prompt.slice(0, before.prompt.length), before.prompt)
    assert.deepEqual(after.tools, before.tools)
    assert.doesNotMatch(JSON.stringify(after), /"headroom":/)
  })

  for (const order of ['first', 'second']) {
    test(`a hidden call beside the application's, ${order}, ${name}`, async () => {
      const both = [call('a2', 'list_orders'), retrieve('h1')]
      const model = scripted(spec, first, order === 'first' ? both.toReversed() : both, [text('Done.')])
      const answer = await ask(withHeadroom(model, OPTIONS), {}, streamed)
      assert.equal(answer.text, 'Done.')
      assert.deepEqual(answer.steps.map(({ toolCalls }) => toolCalls.map(({ toolCallId }) => toolCallId)), [['a1'], ['a2'], []])
      const results = model.calls[2].prompt.at(-1).content.map(({ toolCallId }) => toolCallId)
      assert.deepEqual(results.toSorted(), ['a2', 'h1'])
      assert.doesNotMatch(untagged(answer.seen), /headroom_retrieve/)
    })
  }

  test(`a failure in a hidden round, ${name}`, async () => {
    const refused = new Error('overloaded')
    await assert.rejects(ask(withHeadroom(scripted(spec, first, hides, refused), OPTIONS), {}, streamed), /overloaded/)
  })

  test(`an abort in a hidden round, ${name}`, async () => {
    const controller = new AbortController()
    const model = scripted(spec, first, [(options) => (controller.abort(), retrieve('h1')(options))], last)
    const answer = ask(withHeadroom(model, OPTIONS), { abortSignal: controller.signal }, streamed)
    if (streamed) await answer.then(({ parts }) => assert.equal(parts.at(-1).type, 'abort'), (error) => assert.match(error.name, /AbortError|NoOutput/))
    else await assert.rejects(answer, { name: 'AbortError' })
    assert.equal(model.calls.length, 2)
  })
}

const wrapped = (model, middleware = headroomMiddleware(OPTIONS)) => ai.wrapLanguageModel({ model, middleware })

test('the middleware, alone and among others', async () => {
  const seen = []
  const other = { specificationVersion: OWN, transformParams: async ({ params }) => (seen.push(params.prompt.length), params) }
  for (const middleware of [headroomMiddleware(OPTIONS), [headroomMiddleware(OPTIONS), other], [other, headroomMiddleware(OPTIONS)]]) {
    const model = scripted(OWN, first, hides, last)
    const answer = await ask(wrapped(model, middleware), {}, true)
    assert.deepEqual([answer.text, answer.steps.length, model.calls.length], ['It is order 10041.', 2, 3])
  }
  // Inside of ours it sees the hidden round, outside it does not.
  assert.equal(seen.length, 3 + 2)
})

test('registries and wrapped providers', async () => {
  const model = scripted(OWN, first, hides, last, first, hides, last)
  const provider = ai.customProvider({ languageModels: { m: model } })
  const languageModelMiddleware = headroomMiddleware(OPTIONS)
  const registry = ai.createProviderRegistry({ mock: provider }, { languageModelMiddleware })
  for (const each of [registry.languageModel('mock:m'), ai.wrapProvider({ provider, languageModelMiddleware }).languageModel('m')]) {
    assert.equal((await ask(each, {}, false)).text, 'It is order 10041.')
  }
  assert.equal(model.calls.length, 6)
})

test('agents', async () => {
  const Agent = ai.ToolLoopAgent ?? ai.Experimental_Agent
  const model = scripted(OWN, first, hides, last, first, hides, last)
  const agent = new Agent({ model: withHeadroom(model, OPTIONS), tools, stopWhen: steps(6) })
  const whole = await agent.generate({ prompt: QUESTION })
  assert.deepEqual([whole.text, whole.steps.length], ['It is order 10041.', 2])
  const stream = await agent.stream({ prompt: QUESTION })
  assert.equal(await stream.text, 'It is order 10041.')
  assert.equal(model.calls.length, 6)
})

test('UI messages, there and back through JSON', async () => {
  const model = scripted(OWN, first, hides, last, [text('Bye.')])
  const result = ai.streamText({ model: withHeadroom(model, OPTIONS), tools, stopWhen: steps(6), prompt: QUESTION })
  let message
  for await (const state of ai.readUIMessageStream({ stream: result.toUIMessageStream({ sendReasoning: true }) })) message = state
  assert.doesNotMatch(untagged(JSON.stringify(message)), /headroom_retrieve/)
  assert.equal(message.parts.filter(({ type }) => type === 'text').map((part) => part.text).join(''), 'Looking. It is order 10041.')
  const history = [{ id: '1', role: 'user', parts: [{ type: 'text', text: QUESTION }] }, JSON.parse(JSON.stringify(message)), { id: '3', role: 'user', parts: [{ type: 'text', text: 'Thanks.' }] }]
  const messages = await ai.convertToModelMessages(history)
  await ask(withHeadroom(model, OPTIONS), { messages }, true)
  const [before, after] = model.calls.slice(2)
  assert.deepEqual(after.prompt.slice(0, before.prompt.length), before.prompt)
})

test('structured output', async () => {
  const json = '{"order":10041}'
  const wanted = ai.jsonSchema({ type: 'object', properties: { order: { type: 'number' } }, required: ['order'], additionalProperties: false })
  const model = scripted(OWN, [text(json)])
  if (ai.generateObject) {
    const { object, providerMetadata } = await ai.generateObject({ model: withHeadroom(model, OPTIONS), schema: wanted, prompt: QUESTION })
    assert.deepEqual(object, { order: 10041 })
    assert.equal(providerMetadata.headroom.rounds, 0)
    assert.equal(model.calls[0].responseFormat.type, 'json')
    assert.ok(!model.calls[0].tools?.length)
    const streamed = ai.streamObject({ model: withHeadroom(scripted(OWN, [text(json)]), OPTIONS), schema: wanted, prompt: QUESTION })
    for await (const partial of streamed.partialObjectStream) assert.ok(partial)
    assert.deepEqual(await streamed.object, { order: 10041 })
  }
  const output = ai.Output.object({ schema: wanted })
  const agentic = scripted(OWN, first, [text(json)])
  const result = await ai.generateText({ model: withHeadroom(agentic, OPTIONS), tools, stopWhen: steps(6), prompt: QUESTION, output, experimental_output: output })
  assert.deepEqual(result.output ?? result.experimental_output, { order: 10041 })
  for (const { tools: sent } of agentic.calls) assert.deepEqual(sent.map(({ name }) => name), ['list_orders'])
})

test('a forced choice of tools', async () => {
  const other = { ...tools, other: list }
  for (const streamed of [false, true]) {
    const model = scripted(OWN, [retrieve('h1', { ref: '0'.repeat(32) })], [call('a1', 'list_orders')], [text('Done.')])
    const answer = await ask(withHeadroom(model, OPTIONS), { tools: other, toolChoice: 'required', stopWhen: steps(1) }, streamed)
    assert.deepEqual(answer.steps[0].toolCalls.map(({ toolCallId }) => toolCallId), ['a1'])
    assert.equal(model.calls.length, 2)
  }
})

test('retrieval as a tool of the application’s own', async () => {
  const model = scripted(OWN, first, [(options) => call('r1', 'headroom_retrieve', { ref: REF.exec(JSON.stringify(options.prompt))[0], rows: '42' })], [text('Order 10041.')])
  const answer = await ask(withHeadroom(model, { ...OPTIONS, ccr: { mode: 'visible' } }), { tools: { ...tools, ...headroomTools(OPTIONS) } }, false)
  assert.deepEqual(answer.steps.map(({ toolCalls }) => toolCalls.map(({ toolName }) => toolName)), [['list_orders'], ['headroom_retrieve'], []])
  assert.match(JSON.stringify(model.calls[2].prompt.at(-1)), /card declined/)
  assert.deepEqual(model.calls[1].tools.at(-1).inputSchema.required, ['ref'])
})

test('a call that waits for approval, beside a hidden one', { skip: major < 6 }, async () => {
  const remove = ai.tool({ description: 'Removes orders.', inputSchema: schema, needsApproval: true, execute: async () => 'removed' })
  const model = scripted(OWN, first, [retrieve('h1'), call('a2', 'remove')], [text('Done.')])
  const wrapper = withHeadroom(model, OPTIONS)
  const more = { tools: { ...tools, remove } }
  const asked = await ask(wrapper, more, false)
  const { approvalId } = asked.result.content.find(({ type }) => type === 'tool-approval-request')
  const messages = [{ role: 'user', content: QUESTION }, ...JSON.parse(JSON.stringify(asked.messages)), { role: 'tool', content: [{ type: 'tool-approval-response', approvalId, approved: true }] }]
  const answer = await ask(wrapper, { ...more, messages }, false)
  assert.equal(answer.text, 'Done.')
  const told = model.calls[2].prompt.slice(3)
  const ids = (type) => told.flatMap(({ content }) => content.filter((part) => part.type === type).map(({ toolCallId }) => toolCallId))
  assert.deepEqual(ids('tool-call'), ['h1', 'a2'])
  assert.deepEqual(ids('tool-result').toSorted(), ['a2', 'h1'])
})

test('a retry of the AI SDK begins anew', async () => {
  const overloaded = new ai.APICallError({ message: 'overloaded', url: 'x', requestBodyValues: {}, statusCode: 529, isRetryable: true })
  const model = scripted(OWN, [retrieve('h1', { ref: '0'.repeat(32) })], overloaded, [retrieve('h1', { ref: '0'.repeat(32) })], [text('Done.')])
  const { text: said } = await ai.generateText({ model: withHeadroom(model, OPTIONS), tools, prompt: QUESTION, maxRetries: 1 })
  assert.deepEqual([said, model.calls.length], ['Done.', 4])
})

test('telemetry sees no hidden call', async () => {
  const told = []
  const span = { setAttributes: (all) => (told.push(all), span), setAttribute: (...one) => (told.push(one), span), addEvent: (...one) => (told.push(one), span), recordException() {}, setStatus() {}, end() {}, isRecording: () => true, spanContext: () => ({ traceId: '0', spanId: '0', traceFlags: 0 }), addLink() {}, addLinks() {}, updateName() {} }
  const tracer = {
    startSpan: (name, options) => (told.push(name, options), span),
    startActiveSpan: (name, ...rest) => (told.push(name, ...rest.slice(0, -1)), rest.at(-1)(span)),
  }
  const model = scripted(OWN, first, hides, last)
  const events = ['onStart', 'onStepStart', 'onLanguageModelCallStart', 'onLanguageModelCallEnd', 'onToolExecutionEnd', 'onStepEnd', 'onEnd']
  const integrations = [Object.fromEntries(events.map((name) => [name, (event) => void told.push(name, event)]))]
  const telemetry = { isEnabled: true, tracer, integrations }
  await ai.generateText({ model: withHeadroom(model, OPTIONS), tools, stopWhen: steps(6), prompt: QUESTION, experimental_telemetry: telemetry, telemetry })
  assert.doesNotMatch(untagged(JSON.stringify(told)), /headroom_retrieve/)
  assert.ok(told.length > 4)
})

/** `headroom/ai-sdk`: what a model is called with, what its answer becomes, and above all what stays as it is. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { HOME } from './home.mjs'
import { Headroom, HeadroomValidationError, retrieve as read, retrieveTool } from 'headroom'
import { headroomMiddleware, headroomTools, withHeadroom } from 'headroom/ai-sdk'
import { LIST, ORDERS, VERSIONS, ask, call, conversation, finish, reasoning, request, results, retrieve, said, scripted, text, usage, user } from './ai-sdk-models.mjs'
import { REF, deepFreeze, textOf } from './conversations.mjs'

const OPTIONS = { store: 'memory' }
const ways = VERSIONS.flatMap((version) => [false, true].map((streamed) => ({ version, streamed, name: `${version}, ${streamed ? 'streamed' : 'in one piece'}` })))

/** Runs a test for every specification, streamed and not. */
function each(name, run) {
  for (const way of ways) test(`${name} (${way.name})`, () => run(way))
}

each('a prompt is made smaller and nothing of the caller’s is changed', async ({ version, streamed }) => {
  const model = scripted(version, [text('None.')])
  const options = deepFreeze(request())
  const result = await ask(withHeadroom(model, OPTIONS), options, streamed)
  const [sent] = model.calls
  assert.ok(JSON.stringify(sent.prompt).length < ORDERS.length / 4)
  assert.match(textOf.aiSdk(sent.prompt), /error: card declined/)
  assert.deepEqual(sent.prompt.slice(0, 3), options.prompt.slice(0, 3))
  assert.deepEqual(sent.tools.map(({ name }) => name), ['list_orders', 'headroom_retrieve'])
  assert.deepEqual(result.content, [text('None.')])
  const { tokensBefore, tokensAfter, rounds, retrieved, warnings } = result.providerMetadata.headroom
  assert.ok(tokensAfter < tokensBefore / 4)
  assert.deepEqual([rounds, retrieved, warnings], [0, 0, []])
  assert.deepEqual(result.finishReason, finish(version, 'stop'))
  assert.deepEqual(result.usage, usage(version, 10, 2))
})

each('a hidden round is answered and not seen', async ({ version, streamed }) => {
  const model = scripted(version, [reasoning('Row 42.', 's1'), text('Let me see. '), retrieve('h1')], [reasoning('So.', 's2'), text('Order 10041.')])
  const result = await ask(withHeadroom(model, OPTIONS), request(), streamed)
  assert.deepEqual(result.content.map(({ type, text: value }) => [type, value]), [['reasoning', 'Row 42.'], ['text', 'Let me see. '], ['reasoning', 'So.'], ['text', 'Order 10041.']])
  assert.equal(JSON.stringify((streamed ? result.parts : result.content).filter(({ type }) => type.startsWith('tool'))), '[]')
  const [first, second] = model.calls
  assert.deepEqual(second.prompt.slice(0, 4), first.prompt)
  assert.deepEqual(second.tools, first.tools)
  assert.equal(second.prompt.length, 6)
  const [assistant, tool] = second.prompt.slice(4)
  assert.deepEqual(assistant.content.map(({ type }) => type), ['reasoning', 'text', 'tool-call'])
  assert.deepEqual(assistant.content[0].providerOptions, { anthropic: { signature: 's1' } })
  assert.equal(tool.content[0].toolCallId, 'h1')
  assert.equal(tool.content[0].output.type, 'text')
  assert.match(tool.content[0].output.value, /10041/)
  assert.deepEqual(result.finishReason, finish(version, 'stop'))
  const { rounds, retrieved, usage: figures } = result.providerMetadata.headroom
  assert.deepEqual([rounds, retrieved], [1, 1])
  assert.deepEqual(figures, { sum: { inputTokens: 20, outputTokens: 4 }, last: { inputTokens: 10, outputTokens: 2 } })
  assert.equal(result.providerMetadata.mock.round ?? result.providerMetadata.mock.finished, streamed ? true : 2)
})

each('the next turn begins as the last request did, from messages kept as JSON, in a process that knows nothing', async ({ version, streamed }) => {
  const home = new Headroom({ store: 'memory' })
  const model = scripted(version, [reasoning('a', 's1'), text(''), retrieve('h1', undefined, { google: { thoughtSignature: 't1' } })], [reasoning('b', 's2'), retrieve('h2')], [reasoning('c', 's3'), text('Done.')], [text('Bye.')])
  const answer = await ask(withHeadroom(model, { store: home }), request(), streamed)
  const prompt = [...conversation(), said(answer), user('Thanks.')]
  await ask(withHeadroom(model, { store: home }), request({ prompt }), streamed)
  const [, , last, next] = model.calls
  assert.deepEqual(next.prompt.slice(0, last.prompt.length), last.prompt)
  assert.deepEqual(next.tools, last.tools)
  assert.deepEqual(next.prompt.slice(last.prompt.length).map(({ role }) => role), ['assistant', 'user'])
  assert.deepEqual(next.prompt.at(-2).content, [{ type: 'reasoning', text: 'c', providerOptions: { anthropic: { signature: 's3' } } }, { type: 'text', text: 'Done.' }])
  assert.equal(JSON.stringify(next).includes('"headroom"'), false)
  assert.deepEqual(last.prompt[4].content.at(-1).providerOptions, { google: { thoughtSignature: 't1' } })
  home.close()
})

for (const order of ['before', 'behind']) {
  each(`a hidden call ${order} the application’s own is answered when that comes back`, async ({ version, streamed }) => {
    const own = call('a1', 'list_orders')
    const parts = order === 'before' ? [retrieve('h1'), own] : [own, retrieve('h1')]
    const model = scripted(version, parts, [text('Done.')])
    const wrapped = withHeadroom(model, OPTIONS)
    const answer = await ask(wrapped, request(), streamed)
    assert.deepEqual(answer.content.map(({ toolCallId }) => toolCallId), ['a1'])
    assert.deepEqual(answer.finishReason, finish(version, 'tool-calls'))
    assert.equal(model.calls.length, 1)
    await ask(wrapped, request({ prompt: [...conversation(), said(answer), results('a1')] }), streamed)
    const [assistant, tool] = model.calls[1].prompt.slice(4)
    assert.deepEqual(assistant.content.map(({ toolCallId }) => toolCallId), order === 'before' ? ['h1', 'a1'] : ['a1', 'h1'])
    assert.deepEqual(tool.content.map(({ toolCallId }) => toolCallId), ['a1', 'h1'])
    assert.match(tool.content[1].output.value, /10041/)
    assert.equal(model.calls[1].prompt.length, 6)
  })
}

test('a call that came too late for a tag is told of by the next answer, once', async () => {
  const model = scripted('v4', [call('a1', 'list_orders'), retrieve('h1')], [text('So. '), reasoning('Hm.', 's'), text('Done.')], [text('Bye.')])
  const wrapped = withHeadroom(model, OPTIONS)
  const prompt = [...conversation(), said(await ask(wrapped, request(), true)), results('a1')]
  const answer = await ask(wrapped, request({ prompt }), true)
  assert.deepEqual(answer.content.map(({ providerMetadata }) => providerMetadata?.headroom?.late?.length), [1, undefined, undefined])
  await ask(withHeadroom(model, OPTIONS), request({ prompt: [...prompt, said(answer), user('Thanks.')] }), true)
  assert.deepEqual(model.calls[2].prompt.slice(0, 6), model.calls[1].prompt)
  assert.equal(model.calls[2].prompt[5].content[1].toolCallId, 'h1')
})

each('calls beyond the limit are told to do without, once', async ({ version, streamed }) => {
  const again = Array.from({ length: 9 }, (_, index) => [text(`${index} `), retrieve(`h${index}`)])
  const model = scripted(version, ...again)
  const result = await ask(withHeadroom(model, { ...OPTIONS, ccr: { mode: 'hidden', maxRounds: 2 } }), request(), streamed)
  assert.equal(model.calls.length, 4)
  const outputs = model.calls[3].prompt.filter(({ role }) => role === 'tool').map(({ content }) => content[0].output)
  assert.deepEqual(outputs.map(({ type }) => type).slice(1), ['text', 'text', 'error-text'])
  assert.match(outputs[3].value, /No more can be read back/)
  assert.equal(result.content.map(({ text: value }) => value).join(''), '0 1 2 3 ')
  assert.deepEqual(result.finishReason.unified ?? result.finishReason, 'stop')
  // What is dropped is not told later; what was told stands.
  await ask(withHeadroom(model, OPTIONS), request({ prompt: [...conversation(), said(result), user('?')] }), streamed)
  assert.deepEqual(model.calls[4].prompt.slice(0, model.calls[3].prompt.length), model.calls[3].prompt)
  assert.equal(JSON.stringify(model.calls[4]).includes('"h3"'), false)
})

each('usage is summed or the last round’s', async ({ version, streamed }) => {
  for (const [shown, expected] of [['sum', [11, 22]], ['last', [1, 2]]]) {
    const model = scripted(version, { parts: [retrieve('h1')], tokens: [10, 20] }, { parts: [text('x')], tokens: [1, 2] })
    const result = await ask(withHeadroom(model, { ...OPTIONS, ccr: { mode: 'hidden', usage: shown } }), request(), streamed)
    const wanted = usage(version, ...expected)
    // The provider's own figures are the last round's either way.
    assert.deepEqual(result.usage, version === 'v2' ? wanted : { ...wanted, raw: { said: 1 } })
  }
})

test('with `wrapLanguageModel` the middleware does what the wrapped model does', async () => {
  const [plain, inner] = [0, 1].map(() => scripted('v3', [retrieve('h1')], [text('x')]))
  const { wrapGenerate, wrapStream, specificationVersion } = headroomMiddleware(OPTIONS)
  assert.equal(specificationVersion, 'v3')
  const result = await wrapGenerate({ params: request(), model: inner, doGenerate: () => assert.fail('called past us') })
  assert.deepEqual(result.content, (await withHeadroom(plain, OPTIONS).doGenerate(request())).content)
  assert.deepEqual(inner.calls, plain.calls)
  const { stream } = await wrapStream({ params: request(), model: scripted('v3', [text('y')]), doStream: () => assert.fail('called past us') })
  assert.ok(stream instanceof ReadableStream)
})

test('a wrapped model is the model in all but its calls', async () => {
  class Model {
    specificationVersion = 'v4'
    modelId = 'gpt-4o'
    #provider = 'secret'
    get provider() {
      return this.#provider
    }
    describe() {
      return `${this.#provider} ${this.modelId}`
    }
    async doGenerate() {
      return { content: [text(this.#provider)], finishReason: finish('v4', 'stop'), usage: usage('v4', 1, 1), warnings: [] }
    }
    async doStream() {}
  }
  const model = new Model()
  const wrapped = withHeadroom(model, OPTIONS)
  assert.ok(wrapped instanceof Model)
  assert.deepEqual([wrapped.specificationVersion, wrapped.modelId, wrapped.provider, wrapped.describe()], ['v4', 'gpt-4o', 'secret', 'secret gpt-4o'])
  assert.equal(wrapped.constructor, Model)
  assert.equal((await wrapped.doGenerate(request())).content[0].text, 'secret')
  const twice = await withHeadroom(withHeadroom(scripted('v3', [retrieve('h1')], [text('x')]), OPTIONS), OPTIONS).doGenerate(request())
  assert.deepEqual(twice.content.map(({ type }) => type), ['text'])
})

test('the tool is offered where tools are, and in the same way in every turn', async () => {
  const json = { responseFormat: { type: 'json' } }
  const google = { type: 'provider', id: 'google.google_search', name: 'google_search', args: {} }
  const shell = { type: 'provider', id: 'openai.shell', name: 'shell', args: {} }
  const other = { ...LIST, name: 'other' }
  const mcp = { ...LIST, name: 'mcp__headroom__headroom_retrieve' }
  const always = { ccr: { mode: 'hidden', inject: 'always' } }
  const cases = [
    ['tools', {}, {}, true],
    ['no tools', { tools: undefined }, {}, false],
    ['no tools, always', { tools: undefined }, always, true],
    ['JSON', json, {}, false],
    ['JSON, always', { ...json, tools: undefined }, always, false],
    ['none of them for once', { toolChoice: { type: 'none' } }, {}, true],
    ['one that must be called, of several', { tools: [LIST, other], toolChoice: { type: 'required' } }, {}, true],
    ['the only one must be called', { toolChoice: { type: 'tool', toolName: 'list_orders' } }, {}, false],
    ['Google’s own', { tools: [LIST, google] }, {}, false],
    ['others’ own alone', { tools: [shell] }, {}, false],
    ['others’ own beside functions', { tools: [LIST, shell] }, {}, true],
    ['retrieval is off', {}, { ccr: false }, false],
    ['a tool of that name is there', { tools: [LIST, mcp] }, {}, 'there'],
    ['visible, and there', { tools: [LIST, { ...LIST, name: 'headroom_retrieve' }] }, { ccr: { mode: 'visible' } }, 'there'],
    ['visible, and not there', {}, { ccr: { mode: 'visible' } }, false],
  ]
  for (const [name, more, options, offered] of cases) {
    const model = scripted('v3', [text('x')])
    await withHeadroom(model, { ...OPTIONS, ...options }).doGenerate(request(more))
    const [{ tools = [], prompt }] = model.calls
    const given = (more.tools ?? ('tools' in more ? [] : [LIST])).length
    assert.equal(tools.length, given + (offered === true ? 1 : 0), name)
    if (offered === true) assert.equal(tools.at(-1).name, 'headroom_retrieve', name)
    assert.equal(REF.test(textOf.aiSdk(prompt)), Boolean(offered), name)
    // Without a way back it is smaller all the same, and nothing is lost.
    assert.ok(textOf.aiSdk(prompt).length < ORDERS.length, name)
  }
})

test('where hidden calls stand in the conversation the tool stays', async () => {
  const model = scripted('v3', [retrieve('h1')], [text('x')], [text('y')])
  const wrapped = withHeadroom(model, OPTIONS)
  const prompt = [...conversation(), said(await wrapped.doGenerate(request())), user('And now?')]
  const cases = [
    [{ tools: undefined }, true],
    [{ responseFormat: { type: 'json' } }, true],
    [{ tools: undefined, responseFormat: { type: 'json' } }, false],
    [{ toolChoice: { type: 'required' } }, true],
  ]
  for (const [more, offered] of cases) {
    await wrapped.doGenerate(request({ prompt, ...more }))
    const sent = model.calls.at(-1)
    assert.equal(sent.tools?.at(-1).name === 'headroom_retrieve', offered, JSON.stringify(more))
    assert.ok(JSON.stringify(sent.prompt).includes('"h1"'))
  }
})

test('calls that are the application’s own, or the provider’s, pass', async () => {
  const tools = [LIST, { ...LIST, name: 'headroom_retrieve' }]
  const model = scripted('v3', [call('r1', 'headroom_retrieve', { ref: '0'.repeat(32) })])
  const result = await withHeadroom(model, OPTIONS).doGenerate(request({ tools }))
  assert.deepEqual(result.content.map(({ toolCallId }) => toolCallId), ['r1'])
  const search = { ...call('s1', 'web_search'), providerExecuted: true }
  const found = { type: 'tool-result', toolCallId: 's1', toolName: 'web_search', result: [{ url: 'x' }] }
  const failed = [{ ...search, toolCallId: 's2' }, { ...found, toolCallId: 's2', result: 'no network', isError: true }]
  const second = scripted('v3', [search, found, ...failed, { type: 'source', sourceType: 'url', id: 's', url: 'x' }, retrieve('h1')], [text('y')])
  const answer = await withHeadroom(second, OPTIONS).doGenerate(request())
  assert.deepEqual(answer.content.map(({ type }) => type), ['tool-call', 'tool-result', 'tool-call', 'tool-result', 'source', 'text'])
  assert.deepEqual(second.calls[1].prompt[4].content, [
    { type: 'tool-call', toolCallId: 's1', toolName: 'web_search', input: {}, providerExecuted: true },
    { type: 'tool-result', toolCallId: 's1', toolName: 'web_search', output: { type: 'json', value: [{ url: 'x' }] } },
    { type: 'tool-call', toolCallId: 's2', toolName: 'web_search', input: {}, providerExecuted: true },
    { type: 'tool-result', toolCallId: 's2', toolName: 'web_search', output: { type: 'error-text', value: 'no network' } },
    second.calls[1].prompt[4].content[4],
  ])
})

test('results of tools that the provider defines keep their shape, and what it ran itself is not touched', async () => {
  const shell = { type: 'provider', id: 'openai.local_shell', name: 'list_orders', args: {} }
  const model = scripted('v3', [text('x')])
  const prompt = [...conversation(), { role: 'assistant', content: [{ type: 'tool-result', toolCallId: 'p1', toolName: 'web_search', output: { type: 'json', value: { rows: JSON.parse(ORDERS) } } }] }]
  await withHeadroom(model, OPTIONS).doGenerate(request({ prompt, tools: [shell, { ...LIST, name: 'other' }] }))
  assert.deepEqual(model.calls[0].prompt, prompt)
})

test('options of every provider, approvals and failures stay', async () => {
  const cache = { anthropic: { cacheControl: { type: 'ephemeral' } } }
  const part = (toolCallId, output, more) => ({ type: 'tool-result', toolCallId, toolName: 'list_orders', output, ...more })
  const content = [
    part('call_1', { type: 'text', value: ORDERS, providerOptions: cache }, { providerOptions: cache }),
    part('call_2', { type: 'error-text', value: ORDERS }),
    part('call_3', { type: 'execution-denied', reason: ORDERS }),
    part('call_4', { type: 'content', value: [{ type: 'text', text: ORDERS }, { type: 'media', data: 'AAAA', mediaType: 'image/png' }] }),
    { type: 'tool-approval-response', approvalId: 'a', approved: true },
  ]
  const prompt = deepFreeze([...conversation().slice(0, 3), { role: 'tool', content, providerOptions: cache }])
  const model = scripted('v3', [text('x')])
  await withHeadroom(model, OPTIONS).doGenerate(request({ prompt }))
  const sent = model.calls[0].prompt[3]
  assert.deepEqual(sent.providerOptions, cache)
  assert.deepEqual({ ...sent.content[0], output: { ...sent.content[0].output, value: '' } }, { ...content[0], output: { ...content[0].output, value: '' } })
  assert.ok(sent.content[0].output.value.length < ORDERS.length / 4)
  assert.deepEqual([sent.content[1], sent.content[2], sent.content[4]], [content[1], content[2], content[4]])
  assert.ok(sent.content[3].output.value[0].text.length < ORDERS.length / 4)
  assert.deepEqual(sent.content[3].output.value[1], content[3].output.value[1])
})

test('a prompt with nothing to do goes on as the very same object', async () => {
  const seen = []
  const model = { ...scripted('v3', [text('x')]), doGenerate: async (options) => (seen.push(options), { content: [], finishReason: 'stop', usage: {} }) }
  const options = { prompt: [user('Hello')] }
  await withHeadroom(model, OPTIONS).doGenerate(options)
  assert.equal(seen[0].prompt, options.prompt)
  const big = request()
  await withHeadroom(model, OPTIONS).doGenerate(big)
  for (const index of [0, 1, 2]) assert.equal(seen[1].prompt[index], big.prompt[index])
})

test('a call may have options of its own, and be left alone', async () => {
  const model = scripted('v3', [text('x')])
  const wrapped = withHeadroom(model, OPTIONS)
  const others = { openai: { store: false } }
  const alone = await wrapped.doGenerate(request({ providerOptions: { headroom: { enabled: false }, ...others } }))
  assert.deepEqual(model.calls[0], request({ providerOptions: others }))
  assert.equal(alone.providerMetadata.headroom, undefined)
  await wrapped.doGenerate(request({ providerOptions: { headroom: { excludeTools: ['list_*'] } } }))
  assert.deepEqual(model.calls[1].prompt, conversation())
  assert.equal('providerOptions' in model.calls[1], false)
})

test('options that make no sense are refused at once, those of a call leave it as it was and are told', async () => {
  const bad = [{ minTokens: -1 }, { bogus: 1 }, { ccr: true }, { ccr: { mode: 'loud' } }, { ccr: { mode: 'hidden', maxRounds: 0 } }, { ccr: { mode: 'hidden', inject: 'never' } }, { ccr: { mode: 'hidden', usage: 'all' } }, { ccr: { mode: 'visible', maxRounds: 3 } }, { hooks: 1 }]
  for (const options of bad) assert.throws(() => headroomMiddleware(options), (error) => HeadroomValidationError.isInstance(error), JSON.stringify(options))
  for (const model of ['openai/gpt-5', undefined, {}]) assert.throws(() => withHeadroom(model), { code: 'invalid_options' })
  const warned = new Promise((resolve) => process.once('warning', resolve))
  const model = scripted('v3', [text('x')])
  const wrapped = withHeadroom(model, OPTIONS)
  const unknown = await wrapped.doGenerate(request({ providerOptions: { headroom: { bogus: 1 } } }))
  assert.match(unknown.providerMetadata.headroom.failure, /bogus/)
  assert.equal((await warned).code, 'HEADROOM_AI_SDK')
  const wrong = await wrapped.doGenerate(request({ providerOptions: { headroom: { minTokens: 'many' } } }))
  assert.equal(wrong.providerMetadata.headroom.failures, 2)
  assert.deepEqual(model.calls[1].prompt, conversation())
})

test('when the store fails the call is made without losing anything, and says so', async () => {
  const home = new Headroom({ store: 'memory' })
  const model = scripted('v3', [text('x')], [retrieve('h1', { rows: '1' })], [text('y')])
  const wrapped = withHeadroom(model, { store: home })
  await wrapped.doGenerate(request())
  home.close()
  const result = await wrapped.doGenerate(request())
  assert.deepEqual(model.calls[1].prompt, conversation())
  assert.deepEqual(result.content.map((part) => part.text), ['y'])
  assert.match(result.providerMetadata.headroom.failure, /closed/)
  assert.match(model.calls[2].prompt.at(-1).content[0].output.value, /closed/)
})

test('hooks and extensions see the prompt, with paths from the call', async () => {
  const stages = []
  const extension = { onPipelineEvent: ({ stage }) => void stages.push(stage) }
  const paths = []
  const hooks = {
    preCompress({ plan }) {
      paths.push(plan.decisions.at(-1).path)
      plan.decisions = plan.decisions.map((decision) => ({ ...decision, action: 'keep', reason: 'hook' }))
    },
  }
  const model = scripted('v3', [text('x')])
  await withHeadroom(model, { ...OPTIONS, hooks, extensions: [extension] }).doGenerate(request())
  assert.deepEqual(paths, [['prompt', 3, 'content', 0, 'output']])
  assert.deepEqual(model.calls[0].prompt, conversation())
  assert.equal(stages[0], 'SETUP')
})

test('with `headroomTools` the application reads back itself', async () => {
  const model = scripted('v3', [text('x')])
  const tools = [LIST, { ...LIST, name: 'headroom_retrieve' }]
  await withHeadroom(model, { ...OPTIONS, ccr: { mode: 'visible' } }).doGenerate(request({ tools }))
  const ref = REF.exec(textOf.aiSdk(model.calls[0].prompt))[0]
  const own = headroomTools({ store: 'memory' })
  assert.deepEqual(Object.keys(own), [retrieveTool('ai-sdk').name])
  const { headroom_retrieve: tool } = own
  assert.match(await tool.execute({ ref, rows: '42' }), /card declined/)
  assert.match(await tool.execute({ ref: 'nonsense' }), /./)
  assert.equal(tool.inputSchema[Symbol.for('vercel.ai.schema')], true)
  assert.deepEqual(tool.inputSchema.jsonSchema.required, ['ref'])
})

test('an aborted call ends with the signal’s own reason', async () => {
  const wrapped = withHeadroom(scripted('v3', [text('x')]), OPTIONS)
  const reason = new DOMException('stop', 'AbortError')
  await assert.rejects(wrapped.doGenerate(request({ abortSignal: AbortSignal.abort(reason) })), (error) => error === reason)
  const controller = new AbortController()
  const model = scripted('v3', [(options) => (controller.abort(reason), retrieve('h1')(options))], [text('never')])
  await assert.rejects(withHeadroom(model, OPTIONS).doGenerate(request({ abortSignal: controller.signal })), (error) => error === reason)
  assert.equal(model.calls.length, 1)
  assert.equal(model.signals[0], controller.signal)
})

test('warnings of rounds are told once', async () => {
  const warnings = [{ type: 'other', message: 'temperature' }]
  const model = scripted('v3', { parts: [retrieve('h1')], warnings }, { parts: [text('x')], warnings: [...warnings, { type: 'other', message: 'new' }] })
  const result = await withHeadroom(model, OPTIONS).doGenerate(request())
  assert.deepEqual(result.warnings.map(({ message }) => message), ['temperature', 'new'])
})

test('what the owner of a prompt changes in place is seen', async () => {
  const model = scripted('v3', [text('x')])
  const wrapped = withHeadroom(model, OPTIONS)
  const { prompt, tools } = request()
  const { output } = prompt[3].content[0]
  await wrapped.doGenerate({ prompt, tools })
  output.value[7].status = 'error: lost at sea'
  await wrapped.doGenerate({ prompt, tools })
  prompt[1].content[0].text = 'Which customer has order 10123?'
  await wrapped.doGenerate({ prompt, tools })
  const [first, second, third] = model.calls.map((sent) => textOf.aiSdk(sent.prompt))
  assert.equal(first.includes('lost at sea'), false)
  assert.ok(second.includes('lost at sea'))
  assert.ok(third.includes('\n10123|') && !second.includes('\n10123|'))
})

test('the same request again costs less, and its originals are stored anew after a while', async () => {
  const model = scripted('v3', [text('x')])
  const wrapped = withHeadroom(model)
  const timed = async () => {
    const started = performance.now()
    await wrapped.doGenerate(request())
    return performance.now() - started
  }
  const first = await timed()
  const again = Math.min(await timed(), await timed(), await timed())
  assert.ok(again < first / 2, `${again} ms after ${first} ms`)
  assert.deepEqual(model.calls[1], model.calls[0])
  const ref = REF.exec(textOf.aiSdk(model.calls[0].prompt))[0]
  const purge = spawnSync(process.execPath, [fileURLToPath(new URL('../bin/headroom.js', import.meta.url)), 'purge', '--all', '--yes'])
  assert.equal(purge.status, 0, String(purge.stderr))
  assert.equal((await read(ref)).found, false)
  const now = performance.now.bind(performance)
  try {
    performance.now = () => now() + 60_001
    await wrapped.doGenerate(request())
  } finally {
    delete performance.now
  }
  assert.equal((await read(ref)).found, true)
})

test('a store that cannot be written to costs nothing but savings, and is used as soon as it can be', async () => {
  const place = join(HOME, 'place')
  writeFileSync(place, 'no folder')
  const wrapped = withHeadroom(scripted('v3', [text('x')]), { store: join(place, 'originals.db') })
  const asked = async () => (await wrapped.doGenerate(request())).providerMetadata.headroom
  const failed = await asked()
  assert.match(failed.failure, /cannot store the originals/)
  assert.equal((await asked()).failures, 2)
  rmSync(place)
  const { tokensAfter, failure } = await asked()
  assert.equal(failure, undefined)
  assert.ok(tokensAfter < failed.tokensAfter / 2)
})

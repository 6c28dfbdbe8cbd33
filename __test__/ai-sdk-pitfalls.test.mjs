/** What goes wrong around hidden rounds in the AI SDK if nobody looks: a test for each. */
import assert from 'node:assert/strict'
import { test } from 'node:test'

import './home.mjs'
import { withHeadroom } from 'headroom/ai-sdk'
import { LIST, ORDERS, VERSIONS, ask, assertPaired, call, conversation, finish, partsOf, pieces, reasoning, request, results, retrieve, said, scripted, text, usage, user } from './ai-sdk-models.mjs'
import { deepFreeze } from './conversations.mjs'

const wrap = (model, more) => withHeadroom(model, { store: 'memory', ...more })
const headroom = ({ providerMetadata }) => providerMetadata?.headroom

test('1: metadata of a block is replaced, not merged: neither the signature nor the tag is wiped', async () => {
  const model = scripted('v4', [retrieve('h1')], [reasoning('So.', 'signed'), text('Done.')])
  const { content, parts } = await ask(wrap(model), request(), true)
  assert.deepEqual(content[0].providerMetadata.anthropic, { signature: 'signed' })
  assert.equal(headroom(content[0]).before[0].id, 'h1')
  // On the start, and wherever the model has metadata of its own; nowhere else.
  const told = parts.filter(({ type }) => type.startsWith('reasoning')).map((part) => [part.type, Object.keys(part.providerMetadata ?? {})])
  assert.deepEqual(told, [['reasoning-start', ['headroom']], ['reasoning-delta', []], ['reasoning-delta', ['anthropic', 'headroom']], ['reasoning-end', []]])
  // Thoughts may be pruned from histories, so the text has it, too.
  assert.equal(headroom(content[1]).before[0].id, 'h1')
})

test('1: an empty text does not use the tag up, as messages do not keep it', async () => {
  for (const streamed of [false, true]) {
    const model = scripted('v4', [retrieve('h1')], [text(''), text('Done.'), text('More.')])
    const { content } = await ask(wrap(model), request(), streamed)
    assert.deepEqual(content.map((part) => Boolean(headroom(part))), [true, true, false])
  }
})

test('2: ids of blocks do not repeat between rounds', async () => {
  for (const version of VERSIONS) {
    const model = scripted(version, [text('a '), retrieve('h1')], [text('b '), retrieve('h2')], [text('c'), call('a1', 'list_orders')])
    const { parts } = await ask(wrap(model), request(), true)
    const starts = parts.filter(({ type }) => type === 'text-start').map(({ id }) => id)
    assert.deepEqual(starts, ['0', 'hr1:0', 'hr2:0'])
    assert.deepEqual(parts.filter(({ type }) => type === 'text-delta').map(({ id }) => id), starts)
    assert.deepEqual(parts.filter(({ type }) => type.startsWith('tool')).map(({ id, toolCallId }) => id ?? toolCallId), ['a1', 'a1', 'a1', 'a1'])
  }
})

test('3: a forced choice is met by the application’s own call, and none means that none is seen', async () => {
  for (const streamed of [false, true]) {
    const tools = [LIST, { ...LIST, name: 'other' }]
    const required = scripted('v4', [retrieve('h1')], [call('a1', 'list_orders')])
    const forced = await ask(wrap(required), request({ tools, toolChoice: { type: 'required' } }), streamed)
    assert.deepEqual(forced.content.map(({ toolCallId }) => toolCallId), ['a1'])
    assert.deepEqual(forced.finishReason, finish('v4', 'tool-calls'))
    assert.deepEqual(required.calls.map(({ toolChoice }) => toolChoice.type), ['required', 'required'])
    const none = scripted('v4', [retrieve('h1')], [text('x')])
    const free = await ask(wrap(none), request({ toolChoice: { type: 'none' } }), streamed)
    assert.deepEqual([free.content.length, free.finishReason.unified], [1, 'stop'])
  }
})

test('4: timeouts for chunks see whatever the application may see of a hidden round, at once', async () => {
  let asked = false
  const list = pieces([reasoning('Hm.', 's'), text('Let me see.'), call('h1', 'headroom_retrieve', { ref: '0'.repeat(32) })], 'v4', 'tool-calls')
  const at = list.findIndex(({ type }) => type === 'tool-input-start')
  list.splice(at, 0, () => ((asked = true), { type: 'ping' }))
  const model = scripted('v4', { parts: [], stream: list }, [text('Done.')])
  const { stream } = await wrap(model).doStream(request())
  const reader = stream.getReader()
  for (let read = 0; read < at; read += 1) assert.equal((await reader.read()).value.type, list[read].type)
  assert.equal(asked, false)
  assert.equal((await reader.read()).value.type, 'ping')
  await reader.cancel()
})

test('5: the start of a message is told once', async () => {
  const start = { type: 'custom', kind: 'anthropic.message_start', providerMetadata: { anthropic: { usage: {} } } }
  const other = { type: 'custom', kind: 'anthropic.compaction' }
  const model = scripted('v4', [start, retrieve('h1')], [start, other, text('Done.')])
  const { content } = await ask(wrap(model), request(), true)
  assert.deepEqual(content.map(({ type, kind }) => kind ?? type), [start.kind, other.kind, 'text'])
})

test('6: a retry begins anew', async () => {
  for (const streamed of [false, true]) {
    const refused = new Error('overloaded')
    const model = scripted('v4', [retrieve('h1')], refused, [retrieve('h1')], [text('Done.')])
    const wrapped = wrap(model)
    const first = ask(wrapped, request(), streamed)
    if (streamed) {
      const { parts, finishReason, usage: tokens } = await first
      assert.deepEqual(parts.find(({ type }) => type === 'error').error, refused)
      assert.equal(finishReason.unified, 'error')
      assert.deepEqual(tokens, usage('v4', 10, 2))
    } else await assert.rejects(first, refused)
    const { content } = await ask(wrapped, request(), streamed)
    assert.deepEqual(content.map((part) => part.text), ['Done.'])
    assert.deepEqual(model.calls.slice(2), model.calls.slice(0, 2))
  }
})

test('7: where the provider keeps the conversation it gets the output alone', async () => {
  const kept = { providerOptions: { openai: { conversation: 'conv_1' } } }
  const model = scripted('v4', [retrieve('h1')], [text('Done.'), call('a1', 'list_orders'), retrieve('h2', { ref: '0'.repeat(32) })], [text('Bye.')])
  const wrapped = wrap(model)
  const answer = await wrapped.doGenerate(request(kept))
  assert.deepEqual(model.calls[1].prompt.map(({ role, content }) => [role, content[0].toolCallId]), [['tool', 'h1']])
  // What it has of earlier rounds does not go there again; a result it is still waiting for does.
  await wrapped.doGenerate(request({ ...kept, prompt: [said(answer), results('a1')] }))
  assert.deepEqual(model.calls[2].prompt.map(({ role, content }) => [role, ...content.map(({ toolCallId, type }) => toolCallId ?? type)]), [['assistant', 'text', 'a1', 'h2'], ['tool', 'a1', 'h2']])
  // Also where the application sends its results alone, and for refs that were shown before.
  const { ref } = JSON.parse(retrieve('x')(model.calls[0]).input)
  const alone = scripted('v4', [call('a2', 'list_orders'), retrieve('h3', { ref, rows: '42' })], [text('Bye.')])
  const other = wrap(alone)
  await other.doGenerate(request({ ...kept, prompt: [user('And now?')] }))
  await other.doGenerate(request({ ...kept, prompt: [results('a2')] }))
  assert.deepEqual(alone.calls[1].prompt.map(({ role, content }) => [role, ...content.map(({ toolCallId }) => toolCallId)]), [['tool', 'a2', 'h3']])
  assert.match(alone.calls[1].prompt[0].content[1].output.value, /10041/)
  const chain = { providerOptions: { openai: { previousResponseId: 'resp_1', store: true } } }
  const chained = { ...scripted('v4', [retrieve('h1')], [text('Done.')]) }
  const { doGenerate } = chained
  chained.doGenerate = async (options) => ({ ...(await doGenerate(options)), providerMetadata: { openai: { responseId: 'resp_2' } } })
  await wrap(chained).doGenerate(request(chain))
  assert.deepEqual(chained.calls[1].prompt.map(({ role }) => role), ['tool'])
  assert.deepEqual(chained.calls[1].providerOptions, { openai: { previousResponseId: 'resp_2', store: true } })
  // Without the id of the answer everything goes again, behind what came before it.
  const nameless = scripted('v4', [retrieve('h1')], [text('Done.')])
  await wrap(nameless).doGenerate(request(chain))
  assert.equal(nameless.calls[1].prompt.length, 6)
})

test('8: what an application did to its messages leaves a valid prompt', async () => {
  for (const streamed of [false, true]) {
    const model = scripted('v4', [reasoning('a', 's'), text('Hm.'), retrieve('h1')], [text('b'), retrieve('h2'), call('a1', 'list_orders')], [text('Done.')])
    const answer = said(await ask(wrap(model), request(), streamed))
    const bare = { ...answer, content: answer.content.map(({ providerOptions: _gone, ...part }) => part) }
    const without = (type) => ({ ...answer, content: answer.content.filter((part) => part.type !== type) })
    const stranger = { id: 'h', input: {}, round: 0 }
    const histories = [
      [...conversation(), bare, results('a1')],
      [...conversation(), without('text'), results('a1')],
      [...conversation(), without('reasoning'), results('a1')],
      [...conversation(), without('tool-call')],
      [...conversation(), without('tool-call'), user('Go on.')],
      [answer, results('a1')],
      // Two steps in one message, as databases may join them.
      [...conversation(), { ...answer, content: [...answer.content, ...said({ content: [text('more')] }).content] }, results('a1')],
      [...conversation(), { ...answer, content: [...said({ content: [call('a0', 'list_orders')] }).content, ...answer.content] }, results('a0', 'a1')],
      [...conversation(), { ...answer, content: 'Hm. b' }],
    ]
    for (const prompt of histories) {
      const other = scripted('v4', [text('ok')])
      await ask(wrap(other), request({ prompt: deepFreeze(prompt) }), streamed)
      assertPaired(other.calls[0].prompt)
      assert.equal(JSON.stringify(other.calls[0].prompt).includes('"headroom"'), false)
    }
    // What is no tag counts for nothing.
    for (const tag of ['x', 1, { round: 'x', before: [stranger] }, { round: 0, before: {} }, { round: 0, before: [1] }, { round: -1, before: [stranger] }, { round: 0, before: [{ ...stranger, input: 1 }] }, { round: 0, after: [{ ...stranger, meta: { a: 1 } }] }, { round: 0, late: [1] }, { round: 0, late: [{ place: 4, id: 'a1', after: [1] }] }]) {
      const other = scripted('v4', [text('ok')])
      const damaged = { ...answer, content: answer.content.map((part) => ({ ...part, providerOptions: { headroom: tag } })) }
      const result = await ask(wrap(other), request({ prompt: [...conversation(), damaged, results('a1')] }), streamed)
      assert.deepEqual(other.calls[0].prompt.slice(4), [bare, results('a1')], JSON.stringify(tag))
      assert.equal(headroom(result).failure, undefined)
    }
  }
})

test('8: an application that keeps ids alone gets hidden rounds back while the process lives', async () => {
  const model = scripted('v4', [text('Hm.'), retrieve('h1')], [text('b'), call('a1', 'list_orders')], [text('Done.')])
  const wrapped = wrap(model)
  const answer = said(await wrapped.doGenerate(request()))
  const bare = { ...answer, content: answer.content.map(({ providerOptions: _gone, ...part }) => part) }
  await wrapped.doGenerate(request({ prompt: [...conversation(), bare, results('a1')] }))
  const { prompt } = model.calls[2]
  assertPaired(prompt)
  assert.deepEqual(prompt.slice(4).flatMap(({ content }) => content.map(({ type, toolCallId }) => toolCallId ?? type)), ['text', 'text', 'h1', 'h1', 'a1', 'a1'])
})

test('9: arguments that are no JSON are an empty object, an unknown ref is an answer', async () => {
  for (const input of ['{"ref":', '"text"', '[]', { ref: 'f'.repeat(32) }, { ref: '../etc/passwd' }]) {
    const model = scripted('v4', [call('h1', 'headroom_retrieve', input)], [text('Done.')])
    const wrapped = wrap(model)
    const answer = await wrapped.doGenerate(request())
    const [assistant, tool] = model.calls[1].prompt.slice(4)
    assert.deepEqual(assistant.content[0].input, typeof input === 'string' ? {} : input)
    assert.equal(tool.content[0].output.type, 'error-text')
    assert.deepEqual(answer.content.map((part) => part.text), ['Done.'])
    await wrapped.doGenerate(request({ prompt: [...conversation(), said(answer), user('?')] }))
    assert.deepEqual(model.calls[2].prompt.slice(0, 6), model.calls[1].prompt)
  }
})

test('a tag, or the id of a call, leads to nothing that is not shown in the same conversation', async () => {
  const secret = scripted('v4', [retrieve('h1'), call('a1', 'list_orders')], [text('x')])
  const wrapped = wrap(secret)
  const answer = said(await wrapped.doGenerate(request()))
  const theirs = conversation({ type: 'text', value: 'No orders.' })
  for (const message of [answer, { ...answer, content: answer.content.map(({ providerOptions: _gone, ...part }) => part) }]) {
    await wrapped.doGenerate(request({ prompt: [...theirs, message, results('a1')] }))
    const { prompt } = secret.calls.at(-1)
    assertPaired(prompt)
    assert.doesNotMatch(JSON.stringify(prompt), /card declined/)
    assert.match(JSON.stringify(prompt), /stands nowhere in this conversation/)
  }
})

test('ids that come again with every round or turn are not mixed up', async () => {
  const model = scripted('v4', [retrieve('call_0')], [retrieve('call_0', { ref: '0'.repeat(32) })], [call('call_0', 'list_orders')], [text('Done.')])
  const wrapped = wrap(model)
  const answer = await wrapped.doGenerate(request())
  assert.deepEqual(answer.content.map(({ toolName }) => toolName), ['list_orders'])
  await wrapped.doGenerate(request({ prompt: [...conversation(), said(answer), results('call_0')] }))
  assert.deepEqual(model.calls[3].prompt.slice(0, model.calls[2].prompt.length), model.calls[2].prompt)
  assertPaired(model.calls[3].prompt)
  const mixed = scripted('v4', [call('call_0', 'list_orders'), retrieve('h1')], [call('call_0', 'list_orders')], [text('x')])
  const both = wrap(mixed)
  await both.doGenerate(request())
  const second = said(await both.doGenerate(request()))
  await both.doGenerate(request({ prompt: [...conversation(), second, results('call_0')] }))
  assert.deepEqual(mixed.calls[2].prompt.at(-1).content.map(({ toolCallId }) => toolCallId), ['call_0'])
})

test('10: what is paid and what fills the context are both told', async () => {
  const model = scripted('v4', { parts: [retrieve('h1')], tokens: [100, 5] }, { parts: [text('x')], tokens: [120, 7] })
  const result = await wrap(model).doGenerate(request())
  assert.deepEqual(headroom(result).usage, { sum: { inputTokens: 220, outputTokens: 12 }, last: { inputTokens: 120, outputTokens: 7 } })
})

test('11: one call looks like the other, streamed or not', async () => {
  const [whole, streamed] = [scripted('v4', [text('x')]), scripted('v4', [text('x')])]
  await ask(wrap(whole), request(), false)
  await ask(wrap(streamed), request(), true)
  assert.deepEqual(whole.calls, streamed.calls)
})

test('12: what is read back is the part asked for, or a page that says how to read on', async () => {
  const outputs = []
  for (const input of [undefined, (options) => retrieve('h1')(options)]) {
    const whole = (options) => {
      const { ref } = JSON.parse(retrieve('h1')(options).input)
      return call('h1', 'headroom_retrieve', { ref })
    }
    const model = scripted('v4', [input ?? whole], [text('x')])
    await wrap(model).doGenerate(request())
    outputs.push(model.calls[1].prompt.at(-1).content[0].output.value)
  }
  const [page, row] = outputs
  assert.ok(row.length < 400 && /10041/.test(row), row)
  assert.ok(page.length < ORDERS.length / 2)
  assert.match(page, /\[headroom: to read on: /)
})

test('13: files, signatures, options, failures and names of tools are sent as they are', async () => {
  const cache = { anthropic: { cacheControl: { type: 'ephemeral' } } }
  const prompt = deepFreeze([
    { role: 'system', content: 'You are a shop assistant.', providerOptions: cache },
    { role: 'user', content: [{ type: 'file', mediaType: 'image/png', data: new Uint8Array([1, 2]) }, { type: 'file', mediaType: 'application/pdf', data: new URL('https://example.com/x.pdf') }, { type: 'text', text: 'Which?', providerOptions: cache }] },
    { role: 'assistant', content: [{ type: 'reasoning', text: 'Hm.', providerOptions: { anthropic: { signature: 's' } } }, { type: 'text', text: ORDERS }, { type: 'tool-call', toolCallId: 'c1', toolName: 'list_orders', input: { rows: ORDERS }, providerOptions: { openai: { itemId: 'fc_1' } } }, { type: 'custom', kind: 'openai.compaction' }] },
    { role: 'tool', content: [{ type: 'tool-result', toolCallId: 'c1', toolName: 'list_orders', output: { type: 'error-json', value: { rows: ORDERS } } }] },
    { role: 'user', content: [{ type: 'text', text: ORDERS }] },
  ])
  const seen = []
  const model = { ...scripted('v4'), doGenerate: async (options) => (seen.push(options), { content: [], finishReason: finish('v4', 'stop'), usage: usage('v4', 1, 1) }) }
  await wrap(model).doGenerate(request({ prompt }))
  assert.equal(seen[0].prompt, prompt)
  const { stream } = await wrap(scripted('v4', [text('x')])).doStream(request({ prompt }))
  assert.ok((await partsOf(stream)).length > 3)
})

/** Streams of the AI SDK's models through `headroom/ai-sdk`: they stay streams. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

import './home.mjs'
import { withHeadroom } from 'headroom/ai-sdk'
import { call, finish, partsOf, pieces, reasoning, request, retrieve, scripted, streamOf, text, usage, user } from './ai-sdk-models.mjs'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc')

const wrap = (model, more) => withHeadroom(model, { store: 'memory', ...more })
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds))
const QUIET = { prompt: [user('Hello')] }

/** The parts without what we add to their metadata. */
const bare = (parts) => parts.map(({ providerMetadata, ...part }) => {
  const { headroom: _ours, ...others } = providerMetadata ?? {}
  return Object.keys(others).length > 0 ? { ...part, providerMetadata: others } : part
})

test('without hidden calls every part passes, in order, as the very object but for the last', async () => {
  const list = [...pieces([reasoning('Hm.', 's'), text('One two three.'), call('a1', 'list_orders')], 'v4', 'tool-calls')]
  list.splice(3, 0, { type: 'raw', rawValue: { x: 1 } }, { type: 'source', id: 's', sourceType: 'url', url: 'x' }, { type: 'unheard-of', of: 1 })
  const { stream } = await wrap(scripted('v4', { parts: [], stream: list })).doStream(request())
  const parts = await partsOf(stream)
  assert.equal(parts.length, list.length)
  for (const [index, part] of parts.slice(0, -1).entries()) assert.equal(part, list[index])
  assert.deepEqual(bare(parts), bare(list))
  assert.deepEqual(Object.keys(parts.at(-1).providerMetadata), ['mock', 'headroom'])
})

test('with hidden rounds the parts are those of the rounds one after the other, opened and ended once', async () => {
  const model = scripted('v3', [text('Let me see. '), retrieve('h1')], [reasoning('So.', 's'), retrieve('h2'), retrieve('h3')], [text('Order 10041.')])
  const { stream } = await wrap(model).doStream(request())
  const types = (await partsOf(stream)).map(({ type, id, delta }) => [type, id, delta].filter((value) => value !== undefined).join(' '))
  assert.deepEqual(types, [
    'stream-start', 'response-metadata response', 'text-start 0', 'text-delta 0 Let ', 'text-delta 0 me ', 'text-delta 0 see. ', 'text-end 0',
    'reasoning-start hr1:0', 'reasoning-delta hr1:0 So.', 'reasoning-delta hr1:0 ', 'reasoning-end hr1:0',
    'text-start hr2:0', 'text-delta hr2:0 Order ', 'text-delta hr2:0 10041.', 'text-end hr2:0', 'finish',
  ])
  assert.deepEqual(model.calls[2].prompt.at(-1).content.map(({ toolCallId }) => toolCallId), ['h2', 'h3'])
})

test('nothing is read before the application asks for it', async () => {
  let pulled = 0
  const list = pieces([text('x '.repeat(50))], 'v3', 'stop').map((piece) => () => ((pulled += 1), piece))
  const { stream } = await wrap(scripted('v3', { parts: [], stream: list })).doStream(request())
  await pause(20)
  assert.equal(pulled, 0)
  const reader = stream.getReader()
  for (let read = 1; read <= 5; read += 1) {
    await reader.read()
    await pause(2)
    assert.equal(pulled, read)
  }
  await reader.cancel()
})

test('a later round is not asked for before the application reads on', async () => {
  const model = scripted('v3', [text('a'), retrieve('h1')], [text('b')])
  const { stream } = await wrap(model).doStream(request())
  const reader = stream.getReader()
  for (let part = await reader.read(); part.value.type !== 'text-end'; part = await reader.read()) assert.ok(part.value)
  await pause(10)
  assert.equal(model.calls.length, 1)
  await reader.read()
  assert.equal(model.calls.length, 2)
  await reader.cancel()
})

/** Milliseconds from a call to its first text, the smallest of several: what is left is ours. */
async function firstText(model, options) {
  const times = []
  for (let run = 0; run < 30; run += 1) {
    const { stream } = await model.doStream(options)
    const reader = stream.getReader()
    const started = performance.now()
    for (let part = await reader.read(); part.value.type !== 'text-delta'; part = await reader.read()) assert.ok(part.value)
    times.push(performance.now() - started)
    await reader.cancel()
  }
  return Math.min(...times)
}

test('the first token comes no more than a millisecond later than from the model itself', async () => {
  const model = () => scripted('v4', [text('word '.repeat(100))])
  const plain = await firstText(model(), request())
  const wrapped = await firstText(wrap(model()), request())
  assert.ok(wrapped - plain < 1, `${wrapped} ms against ${plain} ms`)
})

test('each part is there when the model has sent it', async () => {
  const sent = []
  const list = pieces([text('one two three four five')], 'v4', 'stop').map((piece, index) => async () => {
    await pause(3)
    sent[index] = performance.now()
    return piece
  })
  const { stream } = await wrap(scripted('v4', { parts: [], stream: list })).doStream(request())
  const late = []
  let at = 0
  for await (const part of stream) late.push(part && performance.now() - sent[at++])
  assert.equal(late.length, list.length)
  // A machine that is busy delays some of them; what is held back delays all.
  assert.ok(late.toSorted((a, b) => a - b)[Math.floor(late.length / 4)] < 1, late.join(' '))
})

test('cancelling reaches the model: while it streams, while it is silent, and in a later round', async () => {
  const streaming = scripted('v4', [text('x '.repeat(50))])
  const first = (await wrap(streaming).doStream(request())).stream.getReader()
  await first.read()
  await first.cancel('enough')
  assert.deepEqual(streaming.cancelled, ['enough'])

  const silent = scripted('v4', { parts: [], stream: [() => new Promise(() => {})] })
  const second = (await wrap(silent).doStream(request())).stream.getReader()
  const pending = second.read()
  await second.cancel('bored')
  assert.equal((await pending).done, true)
  assert.deepEqual(silent.cancelled, ['bored'])

  // The application goes while the model is being called again.
  const cancelled = []
  let called
  let resume
  const calls = [
    () => ({ stream: streamOf(pieces([call('h1', 'headroom_retrieve', { ref: '0'.repeat(32) })], 'v4', 'tool-calls')) }),
    () => new Promise((resolve) => ((resume = () => resolve({ stream: streamOf([], { onCancel: () => void cancelled.push('late') }) })), called())),
  ]
  const reached = new Promise((resolve) => (called = resolve))
  const slow = { modelId: 'gpt-4o', doGenerate() {}, doStream: async () => calls.shift()() }
  const third = (await wrap(slow).doStream(request())).stream.getReader()
  const rest = (async () => {
    while (!(await third.read()).done) assert.ok(third)
  })()
  await reached
  await third.cancel()
  await rest
  resume()
  await pause(5)
  assert.deepEqual(cancelled, ['late'])
})

test('an aborted signal ends a hidden round with its reason, and the model gets the signal', async () => {
  const controller = new AbortController()
  const reason = new DOMException('stop', 'AbortError')
  const model = scripted('v4', [text('a'), (options) => (controller.abort(reason), retrieve('h1')(options))], [text('never')])
  const { stream } = await wrap(model).doStream(request({ abortSignal: controller.signal }))
  await assert.rejects(partsOf(stream), (error) => error === reason)
  assert.equal(model.calls.length, 1)
  assert.equal(model.signals[0], controller.signal)
  // While the model is being called again, too: an abort is no error of the answer.
  const later = new AbortController()
  const refusing = scripted('v4', [retrieve('h1')], [() => (later.abort(reason), assert.fail('fetch failed'))])
  await assert.rejects(partsOf((await wrap(refusing).doStream(request({ abortSignal: later.signal }))).stream))
})

test('a stream that breaks off breaks off, and one that ends without an end ends', async () => {
  const broken = new Error('connection lost')
  const list = pieces([text('a b')], 'v3', 'stop')
  const model = scripted('v3', { parts: [], stream: [...list.slice(0, 4), broken] }, { parts: [], stream: list.slice(0, 4) })
  const { stream } = await wrap(model).doStream(request())
  await assert.rejects(partsOf(stream), broken)
  assert.deepEqual(await partsOf((await wrap(model).doStream(request())).stream), list.slice(0, 4))
})

test('a call that was cut off is neither shown nor answered', async () => {
  for (const [word, list] of [
    ['length', [{ type: 'tool-input-start', id: 'h1', toolName: 'headroom_retrieve' }, { type: 'tool-input-delta', id: 'h1', delta: '{"re' }]],
    ['length', [call('h1', 'headroom_retrieve', { ref: '0'.repeat(32) })]],
    ['content-filter', [call('h1', 'headroom_retrieve', { ref: '0'.repeat(32) })]],
  ]) {
    const model = scripted('v4', { parts: [], stream: [...list, { type: 'finish', finishReason: finish('v4', word), usage: usage('v4', 1, 1) }] })
    const parts = await partsOf((await wrap(model).doStream(request())).stream)
    assert.deepEqual(parts.map(({ type, finishReason }) => finishReason?.unified ?? type), [word])
    assert.equal(model.calls.length, 1)
  }
})

test('an error the model tells in its stream is told', async () => {
  const list = [{ type: 'error', error: 'overloaded' }, { type: 'finish', finishReason: 'error', usage: usage('v2', 1, 1) }]
  const model = scripted('v2', { parts: [], stream: [retrieve('h1')(request({ prompt: [{ text: '0'.repeat(32) }] })), ...list] })
  const parts = await partsOf((await wrap(model).doStream(request())).stream)
  assert.deepEqual(parts.map(({ type, finishReason }) => finishReason ?? type), ['error', 'error'])
  assert.equal(model.calls.length, 1)
})

test('10,000 calls leave nothing behind', { timeout: 120_000 }, async () => {
  const controller = new AbortController()
  const round = async (wrapped) => {
    const { stream } = await wrapped.doStream({ ...request({ tools: [{ type: 'function', name: 'x' }], ...QUIET }), abortSignal: controller.signal })
    for await (const part of stream) assert.ok(part)
  }
  const hidden = call('h1', 'headroom_retrieve', { ref: '0'.repeat(32) })
  const model = (...answers) => {
    let at = 0
    return { modelId: 'gpt-4o', doGenerate() {}, doStream: async () => ({ stream: streamOf(answers[at++ % answers.length]) }) }
  }
  const lists = [pieces([text('a '), hidden], 'v4', 'tool-calls'), pieces([text('b')], 'v4', 'stop')]
  const wrapped = wrap(model(...lists))
  const sizes = []
  for (let count = 0; count < 10_000; count += 1) {
    await round(wrapped)
    if (count % 2_500 === 2_499) {
      collect()
      await pause(1)
      collect()
      sizes.push({ heap: process.memoryUsage().heapUsed, handles: process.getActiveResourcesInfo().length })
    }
  }
  assert.ok(sizes[3].heap - sizes[1].heap < 1_000_000, JSON.stringify(sizes))
  assert.ok(sizes[3].handles <= sizes[0].handles, JSON.stringify(sizes))
})

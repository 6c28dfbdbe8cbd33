/** `headroomFetch`: what it changes, and above all what it leaves alone. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, test } from 'node:test'

import './home.mjs'
import { HeadroomValidationError, PipelineStage, compress } from 'headroom'
import { headroomFetch } from 'headroom/fetch'
import { orders } from './conversations.mjs'
import { asks, events, json, request, says, streamed, upstream } from './upstream.mjs'

const TEXT = JSON.stringify(orders(300))
const HEADERS = { 'content-type': 'application/json', 'x-api-key': 'k', 'anthropic-version': '2023-06-01' }
const post = (body, more = {}) => ({ method: 'POST', headers: HEADERS, body: JSON.stringify(body), ...more })
const setUp = (options) => headroomFetch({ store: 'memory', ...options })

/** A `fetch` without a network: gives the responses in turn and remembers what it was called with. */
function scripted(...responses) {
  const calls = []
  const inner = async (...args) => {
    calls.push(args)
    const next = responses.shift()
    if (next instanceof Error) throw next
    return next
  }
  return { inner, calls }
}

const sse = (pieces, init = {}) => new Response(pieces.join(''), { headers: { 'content-type': 'text/event-stream' }, ...init })

test('a stream with a hidden round, over the wire', async () => {
  const provider = await upstream([streamed(asks()), streamed(says('None.'))])
  const response = await setUp()(`${provider.url}/v1/messages`, post(request(TEXT)))
  assert.equal(response.status, 200)
  assert.equal(response.headers.get('x-kept'), 'yes')
  assert.equal(response.url, `${provider.url}/v1/messages`)
  const text = await response.text()
  assert.match(text, /None\./)
  assert.doesNotMatch(text, /headroom_retrieve/)
  assert.equal(text.match(/event: message_start/g).length, 1)
  const [first, second] = provider.got
  assert.equal(provider.got.length, 2)
  assert.ok(first.body.length < JSON.stringify(request(TEXT)).length / 2)
  assert.match(first.body, /"headroom_retrieve"/)
  assert.equal(second.headers['x-api-key'], 'k')
  assert.deepEqual(JSON.parse(second.body).messages.slice(0, 3), JSON.parse(first.body).messages)
  await provider.close()
})

test('an answer in one piece waits for its rounds', async () => {
  const answer = (block, stop) => ({ id: 'm', content: [block], stop_reason: stop, usage: { input_tokens: 3, output_tokens: 4 } })
  const call = { type: 'tool_use', id: 'h1', name: 'headroom_retrieve', input: { ref: '0'.repeat(32) } }
  const provider = await upstream([json(answer(call, 'tool_use')), json(answer({ type: 'text', text: 'None.' }, 'end_turn'))])
  const response = await setUp()(`${provider.url}/v1/messages`, post(request(TEXT, false)))
  const body = await response.json()
  assert.deepEqual(body.content, [{ type: 'text', text: 'None.' }])
  assert.equal(body.usage.input_tokens, 6)
  await provider.close()
})

test('in one piece, a later round that is refused is the answer, and one that cannot be reached fails the body', async () => {
  const call = { type: 'tool_use', id: 'h1', name: 'headroom_retrieve', input: { ref: '0'.repeat(32) } }
  const asking = () => Response.json({ id: 'm', content: [call], stop_reason: 'tool_use', usage: { input_tokens: 3, output_tokens: 4 } })
  const refused = Response.json({ error: 'slow down' }, { status: 429 })
  const { inner } = scripted(asking(), refused, asking(), new TypeError('fetch failed'))
  const wrapped = setUp({ fetch: inner })
  const url = 'https://api.anthropic.com/v1/messages'
  assert.equal(await wrapped(url, post(request(TEXT, false))), refused)
  await assert.rejects((await wrapped(url, post(request(TEXT, false)))).text(), /fetch failed/)
})

test('what has not to be rewritten is the very response, and the call is the caller’s own', async () => {
  const get = new Response('[]')
  const other = new Response('{}')
  const refused = new Response('{}', { status: 429, headers: { 'content-type': 'application/json' } })
  const untouched = sse(says('hi'))
  const { inner, calls } = scripted(get, other, refused, untouched)
  const wrapped = setUp({ fetch: inner })
  assert.equal(await wrapped('https://api.anthropic.com/v1/models'), get)
  const init = post({ hello: 1 })
  assert.equal(await wrapped('https://example.com/api/things', init), other)
  assert.equal(calls[1][1], init)
  assert.equal(await wrapped('https://api.anthropic.com/v1/messages', post(request(TEXT))), refused)
  // Without tools nothing is offered, so nothing can have to be hidden.
  const plain = post({ model: 'm', stream: true, messages: [{ role: 'user', content: 'hi' }] })
  assert.equal(await wrapped('https://api.anthropic.com/v1/messages', plain), untouched)
  assert.equal(calls[3][1], plain)
})

test('every way to write a request is read; a stream goes on untouched', async () => {
  const text = JSON.stringify(request(TEXT))
  const bytes = new TextEncoder().encode(text)
  const url = 'https://api.anthropic.com/v1/messages'
  const init = { method: 'POST', headers: HEADERS }
  const ways = [
    [url, { ...init, body: text }],
    [new URL(url), { ...init, body: bytes }],
    [url, { ...init, body: bytes.buffer }],
    [url, { ...init, body: new Blob([text]) }],
    [url, { ...init, headers: { ...HEADERS, 'content-length': String(text.length) }, body: text }],
    [new Request(url, { ...init, body: text }), undefined],
    [new Request(url, init), { body: text }],
  ]
  for (const [input, given] of ways) {
    const { inner, calls } = scripted(sse(says('ok')))
    await (await setUp({ fetch: inner })(input, given)).text()
    const [sent, with_] = calls[0]
    const final = new Request(sent, with_)
    const body = await final.text()
    assert.ok(body.length < text.length / 2 && JSON.parse(body).tools.length === 2, String(input))
    assert.equal(final.headers.get('x-api-key'), 'k')
    assert.equal(final.headers.get('content-length'), null)
  }
  const untouched = [
    [url, { ...init, body: new Blob([text]).stream(), duplex: 'half' }],
    [url, { ...init, headers: { ...HEADERS, 'content-encoding': 'gzip' }, body: bytes }],
    [url, { ...init, headers: { ...HEADERS, 'x-headroom-bypass': 'true' }, body: text }],
  ]
  for (const args of untouched) {
    const response = sse(says('ok'))
    const { inner, calls } = scripted(response)
    assert.equal(await setUp({ fetch: inner })(...args), response)
    assert.equal(calls[0][1], args[1])
  }
})

test('the body that was given may be written to while it is read', async () => {
  const bytes = new TextEncoder().encode(JSON.stringify(request(TEXT)))
  const { inner, calls } = scripted(sse(says('ok')))
  const pending = setUp({ fetch: inner })('https://api.anthropic.com/v1/messages', { method: 'POST', body: bytes })
  bytes.fill(0)
  await pending
  assert.doesNotThrow(() => JSON.parse(Buffer.from(calls[0][1].body).toString()))
})

test('nothing is read before the client asks for it', async () => {
  let pulled = 0
  const [start, block, delta, ...end] = events({ type: 'text', text: '' }, { type: 'text_delta', text: 'x' }, 'end_turn')
  const pieces = [start, block, ...Array(50).fill(delta), ...end].map((piece) => new TextEncoder().encode(piece))
  const body = new ReadableStream(
    {
      pull(controller) {
        const piece = pieces[pulled]
        pulled += 1
        if (piece) controller.enqueue(piece)
        else controller.close()
      },
    },
    { highWaterMark: 0 },
  )
  const { inner } = scripted(new Response(body, { headers: { 'content-type': 'text/event-stream' } }))
  const response = await setUp({ fetch: inner })('https://api.anthropic.com/v1/messages', post(request(TEXT)))
  await new Promise((resolve) => setTimeout(resolve, 20))
  assert.equal(pulled, 0)
  const reader = response.body.getReader()
  for (let read = 1; read <= 5; read += 1) {
    await reader.read()
    await new Promise((resolve) => setTimeout(resolve, 5))
    assert.equal(pulled, read)
  }
  while (!(await reader.read()).done) assert.ok(pulled > 5)
  assert.ok(pulled >= pieces.length, String(pulled))
})

test('cancelling the answer reaches the provider, also while it is silent', async () => {
  let left
  const provider = await upstream([
    async (response) => {
      left = once(response, 'close')
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(says('x')[0])
    },
  ])
  const response = await setUp()(`${provider.url}/v1/messages`, post(request(TEXT)))
  const reader = response.body.getReader()
  await reader.read()
  const pending = reader.read()
  await reader.cancel()
  assert.equal((await pending).done, true)
  await left
  await provider.close()
})

test('aborting ends it: before it is sent, while it streams, and in a hidden round', async () => {
  const aborted = (error) => error.name === 'AbortError'
  const early = AbortSignal.abort()
  await assert.rejects(setUp()('http://127.0.0.1:9/v1/messages', post(request(TEXT), { signal: early })), aborted)

  const controller = new AbortController()
  const silent = async (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(says('x')[0])
  }
  let reached
  const second = new Promise((resolve) => (reached = resolve))
  const provider = await upstream([silent, streamed(asks()), async () => reached()])
  const wrapped = setUp()
  const streaming = await wrapped(`${provider.url}/v1/messages`, post(request(TEXT), { signal: controller.signal }))
  const reader = streaming.body.getReader()
  await reader.read()
  const pending = reader.read()
  controller.abort()
  await assert.rejects(pending, aborted)

  const later = new AbortController()
  const hidden = await wrapped(`${provider.url}/v1/messages`, post(request(TEXT), { signal: later.signal }))
  const text = hidden.text()
  await second
  later.abort()
  await assert.rejects(text, aborted)
  await provider.close()
})

test('aborting ends a later round that is streaming', async () => {
  const controller = new AbortController()
  const provider = await upstream([
    streamed(asks()),
    async (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      for (const piece of says('x').slice(0, 3)) response.write(piece)
    },
  ])
  const response = await setUp()(`${provider.url}/v1/messages`, post(request(TEXT), { signal: controller.signal }))
  const reader = response.body.getReader()
  let shown = ''
  while (!shown.includes('text_delta')) shown += Buffer.from((await reader.read()).value).toString()
  const pending = reader.read()
  controller.abort()
  await assert.rejects(pending, (error) => error.name === 'AbortError')
  await provider.close()
})

test('a later round that is refused or cannot be reached is an error event, never a clean end', async () => {
  const answers = [new Response('{"error":"slow down"}', { status: 429 }), new Error('no way')]
  for (const answer of answers) {
    const { inner } = scripted(sse(asks()), answer)
    const response = await setUp({ fetch: inner })('https://api.anthropic.com/v1/messages', post(request(TEXT)))
    const text = await response.text()
    assert.match(text, /event: error/)
    assert.match(text, answer instanceof Error ? /no way/ : /429/)
    assert.doesNotMatch(text, /message_stop/)
  }
})

test('an upstream that dies is what it would have been: a stream that fails', async () => {
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(says('x')[0]))
      setTimeout(() => controller.error(new TypeError('terminated')), 5)
    },
  })
  const { inner } = scripted(new Response(body, { headers: { 'content-type': 'text/event-stream' } }))
  const response = await setUp({ fetch: inner })('https://api.anthropic.com/v1/messages', post(request(TEXT)))
  await assert.rejects(response.text(), /terminated/)
  const refused = scripted(new TypeError('fetch failed'))
  await assert.rejects(setUp({ fetch: refused.inner })('https://api.anthropic.com/v1/messages', post(request(TEXT))), /fetch failed/)
})

test('a store that cannot be used leaves the call alone, and says so once', async () => {
  const warnings = []
  const listen = (warning) => warnings.push(warning)
  process.on('warning', listen)
  const { inner, calls } = scripted(sse(says('ok')), sse(says('ok')))
  const wrapped = headroomFetch({ fetch: inner, store: '/dev/null/none/store.db' })
  const init = post(request(TEXT))
  for (let call = 0; call < 2; call += 1) await (await wrapped('https://api.anthropic.com/v1/messages', init)).text()
  await new Promise((resolve) => setImmediate(resolve))
  process.off('warning', listen)
  for (const [, sent] of calls) assert.ok(JSON.parse(sent.body).messages.length === 3)
  assert.ok(warnings.length <= 1, String(warnings))
})

test('a report for each request, and options that make no sense are refused', async () => {
  const reports = []
  const { inner } = scripted(sse(says('ok')))
  const wrapped = setUp({ fetch: inner, ccr: 'off', onReport: (report) => reports.push(report) })
  await wrapped('https://api.anthropic.com/v1/messages', post(request(TEXT)))
  assert.ok(reports[0].tokensSaved > 0)
  assert.deepEqual(reports[0].refs, [])
  for (const options of [{ bogus: 1 }, { ccr: 'maybe' }, { minTokens: 'few' }, { fetch: 1 }, { store: 7 }]) {
    assert.throws(() => headroomFetch(options), (error) => HeadroomValidationError.isInstance(error), JSON.stringify(options))
  }
})

describe('hooks and extensions', () => {
  const MESSAGES = 'https://api.anthropic.com/v1/messages'
  const stagesOf = (seen) => seen.map(({ stage }) => stage)

  test('see all stages, the first three once, hidden rounds as part of the answer', async () => {
    const seen = []
    const extensions = [{ onPipelineEvent: (event) => void seen.push(event) }]
    const { inner } = scripted(sse(asks()), sse(says('None.')), sse(says('again')))
    const wrapped = setUp({ fetch: inner, extensions })
    const response = await wrapped(MESSAGES, post(request(TEXT)))
    assert.equal(seen.at(-1).stage, 'POST_SEND')
    assert.match(await response.text(), /None\./)
    assert.deepEqual(stagesOf(seen), Object.keys(PipelineStage))
    assert.ok(seen.every(({ operation, request: of }) => operation === 'fetch' && of === seen[0].request))
    assert.deepEqual(seen.at(-1).response, { status: 200, stream: true, failed: false, usage: { input: 20, output: 10 }, hiddenRounds: 1 })
    await (await wrapped(MESSAGES, post(request(TEXT)))).text()
    assert.deepEqual(stagesOf(seen.slice(11)), Object.keys(PipelineStage).slice(3))
    assert.notEqual(seen.at(-1).request.id, seen[0].request.id)
  })

  test('see the end of an answer in one piece, and the head of one that is not read', async () => {
    const seen = []
    const extensions = [{ onPipelineEvent: ({ stage, response }) => void (stage === 'RESPONSE_RECEIVED' && seen.push(response)) }]
    const answer = { id: 'm', content: [{ type: 'text', text: 'hi' }], stop_reason: 'end_turn', usage: { input_tokens: 3, output_tokens: 4 } }
    const refused = new Response('{}', { status: 429, headers: { 'content-type': 'application/json' } })
    const { inner } = scripted(Response.json(answer), refused)
    const wrapped = setUp({ fetch: inner, extensions })
    await wrapped(MESSAGES, post(request(TEXT, false)))
    assert.equal(await wrapped(MESSAGES, post(request(TEXT, false))), refused)
    await new Promise(setImmediate)
    assert.deepEqual(seen[0], { status: 200, stream: false, failed: false, usage: { input: 3, output: 4 }, hiddenRounds: 0 })
    assert.equal(seen[1].status, 429)
    // A stream that breaks off, and a client that has enough, are ends, too.
    const cut = new ReadableStream({ pull: (controller) => controller.error(new Error('cut')) })
    const endless = new ReadableStream({ pull: (controller) => controller.enqueue(new TextEncoder().encode(says('hi')[0])) })
    const headers = { 'content-type': 'text/event-stream' }
    const streams = setUp({ fetch: scripted(new Response(cut, { headers }), new Response(endless, { headers })).inner, extensions })
    await assert.rejects((await streams(MESSAGES, post(request(TEXT)))).text(), /cut/)
    await new Promise(setImmediate)
    assert.equal(seen[2].failed, true)
    const reader = (await streams(MESSAGES, post(request(TEXT)))).body.getReader()
    await reader.read()
    await reader.cancel()
    await new Promise(setImmediate)
    assert.equal(seen.length, 4)
    assert.equal(seen[3].failed, false)
  })

  test('keep a block; the report says so, and of what failed', async () => {
    let report
    const hooks = {
      preCompress({ plan, messages, request: of }) {
        assert.deepEqual(messages, request(TEXT).messages)
        assert.equal(of.format, 'anthropic')
        plan.decisions = plan.decisions.map((decision) => ({ ...decision, action: 'keep', reason: 'hook' }))
      },
      postCompress: () => assert.fail('by script'),
    }
    const { inner, calls } = scripted(sse(says('ok')))
    const wrapped = setUp({ fetch: inner, hooks, onReport: (done) => void (report = done) })
    await (await wrapped(MESSAGES, post(request(TEXT)))).text()
    assert.ok(calls[0][1].body.includes(JSON.stringify(TEXT)))
    assert.equal(report.blocks.at(-1).verdict, 'hook')
    assert.deepEqual(report.warnings.map(({ code, at }) => [code, at]), [['hook_failed', 'hooks.postCompress']])
  })

  test('that throw, garble or hang change nothing', async () => {
    const plain = scripted(sse(says('ok')))
    await setUp({ fetch: plain.inner })(MESSAGES, post(request(TEXT)))
    for (const preCompress of [
      () => assert.fail('by script'),
      async () => assert.fail('by script'),
      ({ plan }) => void (plan.decisions = 5),
      ({ plan }) => void plan.decisions.pop(),
      () => new Promise(() => {}),
    ]) {
      let report
      const { inner, calls } = scripted(sse(says('ok')))
      const wrapped = setUp({ fetch: inner, hooks: { preCompress }, hookTimeout: 0.1, onReport: (done) => void (report = done) })
      await (await wrapped(MESSAGES, post(request(TEXT)))).text()
      assert.equal(calls[0][1].body, plain.calls[0][1].body)
      assert.deepEqual(report.warnings.map(({ code }) => code), ['hook_failed'])
    }
  })

  test('cost no parsing of messages nobody looks at', async (t) => {
    const parse = t.mock.method(JSON, 'parse')
    const large = () => parse.mock.calls.filter((call) => call.arguments[0].includes('which rows are odd?')).length
    const seen = []
    const wrapped = setUp({ fetch: async () => sse(says('ok')), extensions: [{ onPipelineEvent: (event) => void seen.push(event) }] })
    await (await wrapped(MESSAGES, post(request(TEXT)))).text()
    assert.equal(large(), 0)
    assert.equal(seen.at(-1).messages, seen.at(-2).messages)
    assert.equal(seen[0].messages.length, 3)
    assert.equal(large(), 2)
  })

  test('of requests that are only measured see what would be done, and nothing of what is sent', async () => {
    for (const mode of ['audit', 'simulate']) {
      const seen = []
      const { inner, calls } = scripted(sse(says('ok')))
      const wrapped = setUp({ fetch: inner, mode, extensions: [{ onPipelineEvent: (event) => void seen.push(event) }] })
      await wrapped(MESSAGES, post(request(TEXT)))
      assert.deepEqual(stagesOf(seen), Object.keys(PipelineStage).slice(0, 7))
      assert.ok(seen.at(-1).result.tokensSaved > 1_000)
      assert.deepEqual(seen.at(-1).result.refs, [])
      assert.deepEqual(seen.at(-1).messages, request(TEXT).messages)
      assert.deepEqual(calls.map(([, { body }]) => body), mode === 'audit' ? [JSON.stringify(request(TEXT))] : [])
    }
  })

  test('are not waited for once the call is aborted', async () => {
    const hooks = { preCompress: () => new Promise(() => {}) }
    const inner = async (_input, { signal }) => signal.throwIfAborted()
    const begun = performance.now()
    await assert.rejects(setUp({ fetch: inner, hooks })(MESSAGES, post(request(TEXT), { signal: AbortSignal.timeout(100) })), { name: 'TimeoutError' })
    assert.ok(performance.now() - begun < 3_000)
  })

  test('may make requests of their own: no thread of the pool waits for them', async () => {
    const wrapped = setUp({
      fetch: async () => sse(says('ok')),
      hooks: { preCompress: async () => void (await compress([{ role: 'user', content: 'hi' }])) },
    })
    const answers = Array.from({ length: 12 }, async () => (await wrapped(MESSAGES, post(request(TEXT)))).text())
    for (const text of await Promise.all(answers)) assert.match(text, /ok/)
  })

  test('that make no sense are refused', () => {
    for (const options of [{ hooks: 1 }, { extensions: [{}] }, { hookTimeout: -1 }, { hooks: { preCompress: 'x' } }]) {
      assert.throws(() => setUp(options), (error) => HeadroomValidationError.isInstance(error), JSON.stringify(options))
    }
  })
})

/** Hooks, extensions and routes of a proxy: what they see, what they may change, and that no request fails for them. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'

import './home.mjs'
import { HeadroomError, HeadroomValidationError, PipelineStage } from 'headroom'
import { startProxy } from 'headroom/proxy'
import { orders } from './conversations.mjs'
import { asks, json, request, says, streamed, upstream } from './upstream.mjs'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const TEXT = JSON.stringify(orders(300))
const START = ['SETUP', 'PRE_START', 'POST_START']
const REQUEST = Object.keys(PipelineStage).slice(3)

const warned = []
process.on('warning', ({ code, message }) => code === 'HEADROOM_HOOK' && warned.push(message))

const post = (url, body, more = {}) =>
  fetch(`${url}/v1/messages`, { method: 'POST', headers: { 'content-type': 'application/json', 'x-api-key': 'k' }, body: JSON.stringify(body), ...more })

const start = (provider, more = {}) => startProxy({ port: 0, store: 'memory', upstreams: { anthropic: provider.url }, ...more })

function recorder(onEvent = () => {}) {
  const events = []
  const onPipelineEvent = (event) => {
    events.push(event)
    return onEvent(event)
  }
  return { name: 'recorder', events, onPipelineEvent }
}

const stagesOf = ({ events }) => events.map(({ stage }) => stage)

/** Waits, not for ever, until something holds. */
async function until(holds) {
  for (let tries = 0; !holds(); tries += 1) {
    assert.ok(tries < 250, 'it never was so')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** A proxy that got one request, and what came of it. */
async function one(more, { replies = [streamed(says('ok'))], body = request(TEXT), init = {} } = {}) {
  const provider = await upstream(replies)
  const proxy = await start(provider, more)
  const response = await post(proxy.url, body, init)
  const text = await response.text()
  await proxy.close()
  await provider.close()
  return { response, text, sent: provider.got.map(({ body: bytes }) => bytes), header: (name) => response.headers.get(`x-headroom-${name}`) }
}

describe('extensions', () => {
  test('see all eleven stages, of a stream with a hidden round', async () => {
    const extension = recorder()
    const { text, header } = await one({ extensions: [extension] }, { replies: [streamed(asks()), streamed(says('None.'))] })
    assert.match(text, /None\./)
    await until(() => extension.events.length >= 11)
    assert.deepEqual(stagesOf(extension), Object.keys(PipelineStage))
    assert.ok(extension.events.every(({ operation }) => operation === 'proxy'))
    const at = Object.fromEntries(extension.events.map((event) => [event.stage, event]))
    assert.deepEqual(at.SETUP.messages, [])
    assert.equal(at.SETUP.request, undefined)
    assert.deepEqual(at.INPUT_RECEIVED.request, { id: header('request-id'), provider: 'anthropic', format: 'anthropic', kind: 'generate' })
    for (const stage of REQUEST) {
      assert.equal(at[stage].request, at.INPUT_RECEIVED.request)
      assert.equal(at[stage].model, 'claude-sonnet-4-5')
    }
    assert.deepEqual(at.INPUT_RECEIVED.messages, request(TEXT).messages)
    assert.equal(at.INPUT_RECEIVED.messages, at.INPUT_ROUTED.messages)
    assert.deepEqual(at.INPUT_ROUTED.plan.decisions.at(-1).path.slice(0, 2), ['messages', 2])
    assert.ok(JSON.stringify(at.INPUT_COMPRESSED.messages).length < TEXT.length / 2)
    assert.equal(at.INPUT_COMPRESSED.messages, at.PRE_SEND.result.messages)
    assert.equal(String(at.PRE_SEND.result.tokensSaved), header('tokens-saved'))
    assert.equal(at.PRE_SEND.response, undefined)
    assert.deepEqual(at.POST_SEND.response, { status: 200 })
    const { usage, ...response } = at.RESPONSE_RECEIVED.response
    assert.deepEqual(response, { status: 200, stream: true, failed: false, hiddenRounds: 1 })
    assert.deepEqual(usage, { input: 20, output: 10 })
  })

  test('see the same of an answer in one piece, and of two requests at once each in order', async () => {
    const answer = { id: 'm', content: [{ type: 'text', text: 'hi' }], stop_reason: 'end_turn', usage: { input_tokens: 3, output_tokens: 4 } }
    const extension = {
      events: [],
      async onPipelineEvent(event) {
        await new Promise((resolve) => setTimeout(resolve, event.stage === 'POST_SEND' ? 60 : 1))
        this.events.push(event)
      },
    }
    const provider = await upstream([json(answer), json(answer)])
    const proxy = await start(provider, { extensions: [extension] })
    const both = [1, 2].map(async () => (await post(proxy.url, request(TEXT, false))).json())
    assert.deepEqual((await Promise.all(both)).map(({ content }) => content), [answer.content, answer.content])
    await until(() => extension.events.length >= 19)
    assert.deepEqual(stagesOf(extension).slice(0, 3), START)
    for (const id of new Set(extension.events.slice(3).map((event) => event.request.id))) {
      const own = extension.events.filter((event) => event.request?.id === id)
      assert.deepEqual(stagesOf({ events: own }), REQUEST)
      assert.deepEqual(own.at(-1).response, { status: 200, stream: false, failed: false, usage: { input: 3, output: 4 }, hiddenRounds: 0 })
    }
    await proxy.close()
    await provider.close()
  })

  test('hold a request back before it is sent', async () => {
    let sent = false
    const provider = await upstream([
      async (response) => {
        sent = true
        await streamed(says('ok'))(response)
      },
    ])
    let seen
    const gate = recorder(async ({ stage }) => {
      if (stage !== 'PRE_SEND') return
      await new Promise((resolve) => setTimeout(resolve, 50))
      seen = sent
    })
    const proxy = await start(provider, { extensions: [gate] })
    await (await post(proxy.url, request(TEXT))).text()
    assert.equal(seen, false)
    await proxy.close()
    await provider.close()
  })
})

describe('hooks', () => {
  const keepAll = {
    preCompress({ plan }) {
      plan.decisions = plan.decisions.map((decision) => ({ ...decision, action: 'keep', reason: 'hook' }))
    },
  }

  test('keep a block, and see what was done', async () => {
    let result
    const { header, sent } = await one({ hooks: { ...keepAll, postCompress: (done) => void (result = done) } })
    assert.equal(header('tokens-saved'), '0')
    assert.match(header('verdicts'), /hook=1/)
    assert.equal(header('warnings'), null)
    assert.ok(sent[0].includes(JSON.stringify(TEXT)))
    assert.equal(result.blocks.at(-1).verdict, 'hook')
    assert.deepEqual(result.messages, request(TEXT).messages)
  })

  test('keep more or less of a block', async () => {
    const sizes = []
    for (const bias of [0.2, 1, 5]) {
      const { sent } = await one({ hooks: { computeBiases: async ({ plan }) => plan.decisions.map(() => bias) } })
      sizes.push(sent[0].length)
    }
    assert.ok(sizes[0] < sizes[1] && sizes[1] < sizes[2], String(sizes))
  })

  test('that throw, reject, garble the plan or answer nonsense change nothing', async () => {
    const plain = (await one()).sent[0]
    const cyclic = (plan) => Object.assign(plan, { self: plan })
    for (const hooks of [
      { preCompress: () => assert.fail('by script') },
      { preCompress: async () => assert.fail('by script') },
      { preCompress: ({ plan }) => void (plan.decisions = 5) },
      { preCompress: ({ plan }) => void plan.decisions.pop() },
      { preCompress: ({ plan }) => void cyclic(plan) },
      { preCompress: ({ plan }) => void Object.assign(plan.decisions.at(-1), { action: 'compress', with: 'nobody', elide: false, bias: 1 }) },
      { computeBiases: () => 'lots' },
      { computeBiases: () => [-1] },
      { postCompress: () => assert.fail('by script') },
    ]) {
      const { text, sent, header } = await one({ hooks })
      assert.match(text, /ok/)
      assert.equal(sent[0], plain, String(hooks.preCompress))
      assert.match(header('warnings'), /^hook_failed=\d$/)
    }
    const loud = recorder(() => assert.fail('by script'))
    const { sent, header } = await one({ extensions: [loud] })
    assert.equal(sent[0], plain)
    assert.match(header('warnings'), /^hook_failed=\d$/)
    assert.ok(warned.some((message) => /by script/.test(message)))
  })

  test('that hang are waited for as long as allowed, each time', async () => {
    const hang = () => new Promise(() => {})
    const begun = performance.now()
    const extension = recorder(({ stage }) => (stage === 'PRE_SEND' ? hang() : undefined))
    const { text, header } = await one({ hooks: { preCompress: hang, postCompress: hang }, extensions: [extension], hookTimeout: 0.1 })
    const waited = performance.now() - begun
    assert.match(text, /ok/)
    assert.ok(waited >= 290 && waited < 5_000, String(waited))
    assert.match(header('warnings'), /^hook_failed=\d$/)
    assert.ok(Number(header('tokens-saved')) > 1_000)
    await until(() => extension.events.length >= 11)
    const { result } = extension.events.at(-1)
    assert.deepEqual(result.warnings.map(({ at }) => at), ['hooks.preCompress', 'hooks.postCompress', 'recorder.onPipelineEvent(PRE_SEND)'])
    assert.match(result.warnings[0].message, /no answer within 0.1 s/)
  })

  test('that keep JavaScript busy hold a request up no longer', async () => {
    const provider = await upstream([streamed(says('ok'))])
    const worker = new Worker(
      `
      const { parentPort, workerData } = require('node:worker_threads')
      const { startProxy } = require('headroom/proxy')
      const preCompress = () => { for (const end = performance.now() + 20_000; performance.now() < end;); }
      startProxy({ ...workerData, hooks: { preCompress }, hookTimeout: 0.1 }).then(({ url }) => parentPort.postMessage(url))
      `,
      { eval: true, workerData: { port: 0, store: 'memory', upstreams: { anthropic: provider.url } } },
    )
    const [url] = await once(worker, 'message')
    const begun = performance.now()
    const response = await post(url, request(TEXT))
    assert.match(await response.text(), /ok/)
    assert.match(response.headers.get('x-headroom-warnings'), /^hook_failed=\d$/)
    assert.ok(performance.now() - begun < 10_000)
    await worker.terminate()
    await provider.close()
  })

  test('run in the worker that started the proxy', async () => {
    const provider = await upstream([streamed(says('ok')), streamed(says('still'))])
    const worker = new Worker(
      `
      const { parentPort, workerData } = require('node:worker_threads')
      const { startProxy } = require('headroom/proxy')
      const seen = []
      const onPipelineEvent = ({ stage }) => { seen.push(stage); if (stage === 'RESPONSE_RECEIVED') parentPort.postMessage(seen) }
      startProxy({ ...workerData, extensions: [{ onPipelineEvent }] }).then(({ url }) => parentPort.postMessage(url))
      `,
      { eval: true, workerData: { port: 0, store: 'memory', upstreams: { anthropic: provider.url } } },
    )
    const [url] = await once(worker, 'message')
    const told = once(worker, 'message')
    assert.match(await (await post(url, request(TEXT))).text(), /ok/)
    assert.deepEqual((await told)[0], Object.keys(PipelineStage))
    await worker.terminate()
    await provider.close()
  })

  test('of a client that has left are not waited for, nor does closing wait longer than allowed', async () => {
    const provider = await upstream([streamed(says('ok'))])
    let begun = 0
    const hooks = { preCompress: () => new Promise(() => void (begun += 1)) }
    const proxy = await start(provider, { hooks, hookTimeout: 60 })
    await assert.rejects(post(proxy.url, request(TEXT), { signal: AbortSignal.timeout(300) }))
    assert.equal(begun, 1)
    const before = performance.now()
    await proxy.close()
    assert.ok(performance.now() - before < 2_000)
    assert.equal(provider.got.length, 0)
    // Nothing of the minute is still waited for.
    await until(() => !process.getActiveResourcesInfo().includes('Timeout'))

    const other = await start(provider, { hooks, hookTimeout: 0.5 })
    const answer = post(other.url, request(TEXT)).then((response) => response.text())
    await until(() => begun === 2)
    await other.close()
    assert.match(await answer, /ok/)
    await provider.close()
  })
})

test('proxies with extensions leave nothing behind, and the process ends', { timeout: 60_000 }, () => {
  const script = `
    import { readdirSync } from 'node:fs'
    import { startProxy } from 'headroom/proxy'
    const handle = () => new Response('pong')
    const extensions = [{ onPipelineEvent() {}, routes: [{ method: 'GET', path: '/ping', handle }] }]
    const held = () => (process.platform === 'linux' ? readdirSync('/proc/self/fd').length + readdirSync('/proc/self/task').length : 0)
    async function cycle() {
      const proxy = await startProxy({ port: 0, store: 'memory', extensions })
      if ((await (await fetch(proxy.url + '/ping', { headers: { connection: 'close' } })).text()) !== 'pong') throw new Error('no pong')
      await proxy.close()
    }
    for (let count = 0; count < 10; count += 1) await cycle()
    const before = held()
    for (let count = 0; count < 60; count += 1) await cycle()
    console.log(held() < before + 20 ? 'nothing' : 'something')
    await startProxy({ port: 0, store: 'memory', extensions }).then((proxy) => proxy.close())
  `
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], { cwd: ROOT, encoding: 'utf8', timeout: 50_000 })
  assert.equal(stdout, 'nothing\n', stderr)
  assert.equal(status, 0)
})

describe('starting', () => {
  test('is refused by an extension, and nothing listens then', async () => {
    const order = []
    const policy = {
      name: 'policy',
      onPipelineEvent: ({ stage }) => void order.push(stage),
      async onStart(proxy) {
        order.push(proxy)
        if (!proxy.token) throw new Error('a token is wanted here')
      },
    }
    const options = { port: 0, store: 'memory', upstreams: { anthropic: 'http://127.0.0.1:9' }, extensions: [policy] }
    await assert.rejects(startProxy(options), (error) => {
      assert.ok(HeadroomError.isInstance(error))
      assert.equal(error.code, 'start_refused')
      assert.match(error.message, /^the extension policy refuses the start of the proxy\n {2}cause: a token is wanted here$/)
      return true
    })
    assert.deepEqual(order.splice(0), [
      'SETUP',
      { host: '127.0.0.1', port: 0, tls: false, token: false, allowedHosts: [], upstreams: options.upstreams, ccr: 'hidden' },
    ])
    const proxy = await startProxy({ ...options, token: 'secret' })
    assert.deepEqual([order[0], order[1].token, ...order.slice(2)], ['SETUP', true, 'PRE_START', 'POST_START'])
    assert.doesNotMatch(JSON.stringify(order), /secret/)
    await proxy.close()
  })

  test('with what is no extension, hook or route is refused', async () => {
    const handle = () => new Response('')
    const route = (more) => ({ extensions: [{ routes: [{ method: 'GET', path: '/x', handle, ...more }] }] })
    for (const options of [
      { hooks: 1 },
      { hooks: { preCompress: 1 } },
      { hookTimeout: 0 },
      { hookTimeout: Number.POSITIVE_INFINITY },
      { extensions: {} },
      { extensions: [null] },
      { extensions: [{}] },
      { extensions: [{ onStart: 1 }] },
      { extensions: [{ onPipelineEvent: 'x' }] },
      { extensions: [{ routes: {} }] },
      { extensions: [{ routes: [null] }] },
      route({ handle: 1 }),
      route({ path: '/livez' }),
      route({ path: '/v1/messages' }),
      route({ path: '/v1/files' }),
      route({ path: 'x' }),
      route({ method: 'NO SUCH' }),
      { extensions: [...route({}).extensions, ...route({ method: 'get' }).extensions] },
    ]) {
      await assert.rejects(startProxy({ port: 0, store: 'memory', ...options }), (error) => HeadroomValidationError.isInstance(error), JSON.stringify(options))
    }
  })
})

describe('routes', () => {
  /** A proxy with routes; closed when the test is over. */
  async function routed(t, routes, more = {}) {
    const proxy = await startProxy({ port: 0, store: 'memory', upstreams: { openai: 'http://127.0.0.1:9' }, extensions: [{ routes }], ...more })
    t.after(() => proxy.close())
    return proxy
  }

  test('answer requests with responses', async (t) => {
    const seen = []
    const echo = async (asked) => {
      seen.push(asked)
      const headers = { 'x-had': asked.headers.get('x-own'), 'content-type': 'text/plain' }
      return new Response(`${asked.method} ${asked.url} ${await asked.text()}`, { status: 202, headers })
    }
    const { url } = await routed(t, [
      { method: 'GET', path: '/own', handle: echo },
      { method: 'post', path: '/own', handle: echo },
      { method: 'GET', path: '/none', handle: () => new Response(null, { status: 204 }) },
      { method: 'GET', path: '/cookies', handle: () => new Response('', { headers: [['set-cookie', 'a=1'], ['set-cookie', 'b=2']] }) },
    ])
    const got = await fetch(`${url}/own?q=1`, { headers: { 'x-own': 'yes' } })
    assert.equal(got.status, 202)
    assert.equal(got.headers.get('x-had'), 'yes')
    assert.equal(await got.text(), `GET ${url}/own?q=1 `)
    const body = 'ä'.repeat(200_000)
    assert.equal(await (await fetch(`${url}/own`, { method: 'POST', body, headers: { 'x-own': 'no' } })).text(), `POST ${url}/own ${body}`)
    assert.ok(seen.every((asked) => asked instanceof Request))
    assert.equal((await fetch(`${url}/none`)).status, 204)
    assert.deepEqual((await fetch(`${url}/cookies`)).headers.getSetCookie(), ['a=1', 'b=2'])
    const refused = await fetch(`${url}/own`, { method: 'DELETE' })
    assert.equal(refused.status, 405)
    assert.equal(refused.headers.get('allow'), 'GET, POST')
    assert.equal((await fetch(`${url}/livez`)).status, 200)
  })

  test('a body is limited, a page of somebody else is refused', async (t) => {
    let called = 0
    const handle = () => new Response(String((called += 1)))
    const { url } = await routed(t, [{ method: 'POST', path: '/own', handle }], { maxBodyBytes: 1_000 })
    assert.equal((await fetch(`${url}/own`, { method: 'POST', body: 'x'.repeat(1_001) })).status, 413)
    assert.equal((await fetch(`${url}/own`, { method: 'POST', headers: { origin: 'https://evil.example' } })).status, 403)
    assert.equal(called, 0)
  })

  test('a stream is read no faster than the client reads, and ends with it', async (t) => {
    let made = 0
    let cancelled
    const gone = new Promise((resolve) => (cancelled = resolve))
    let aborted = false
    const handle = ({ signal }) => {
      signal.addEventListener('abort', () => (aborted = true))
      const pull = (controller) => {
        made += 1
        controller.enqueue(new Uint8Array(64 << 10))
      }
      return new Response(new ReadableStream({ pull, cancel: cancelled }, { highWaterMark: 0 }))
    }
    const { url } = await routed(t, [{ method: 'GET', path: '/endless', handle }])
    const reader = (await fetch(`${url}/endless`)).body.getReader()
    assert.ok((await reader.read()).value.length > 0)
    await new Promise((resolve) => setTimeout(resolve, 300))
    // Sockets hold some megabytes, not what an endless stream gives in 300 ms.
    const before = made
    await new Promise((resolve) => setTimeout(resolve, 100))
    assert.equal(made, before)
    await reader.cancel()
    await gone
    await until(() => aborted)
  })

  test('what fails is an answer of 500 or a body that breaks off', async (t) => {
    const pull = async (controller) => {
      controller.enqueue(new TextEncoder().encode('some'))
      await new Promise((resolve) => setTimeout(resolve, 50))
      controller.error(new Error('by script'))
    }
    const { url } = await routed(t, [
      { method: 'GET', path: '/throws', handle: () => assert.fail('a secret') },
      { method: 'GET', path: '/rejects', handle: async () => assert.fail('a secret') },
      { method: 'GET', path: '/nothing', handle: () => undefined },
      { method: 'GET', path: '/error', handle: () => Response.error() },
      { method: 'GET', path: '/breaks', handle: () => new Response(new ReadableStream({ pull })) },
    ])
    for (const path of ['/throws', '/rejects', '/nothing', '/error']) {
      const response = await fetch(url + path)
      assert.equal(response.status, 500, path)
      assert.deepEqual(await response.json(), { error: { type: 'route_failed', message: 'the route failed' } })
    }
    const response = await fetch(`${url}/breaks`)
    assert.equal(response.status, 200)
    await assert.rejects(response.text())
  })
})

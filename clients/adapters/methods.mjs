/**
 * Every method of a client's resources, called straight, through the proxy as it passes requests on, and through the
 * proxy as it makes them smaller: the client gets the same, and so does the provider, but for what is said here.
 */
import assert from 'node:assert/strict'

import { startProxy } from 'headroom/proxy'
import { argumentsOf, isRead, mayStream, sendsForm } from '../methods/arguments.mjs'
import { got, outcome } from '../methods/see.mjs'
import { methods } from '../methods/walk.mjs'

/** Headers of one connection, of the moment, of the address that was called, or the proxy's own. */
const OF_THE_WAY = /^(host|connection|keep-alive|transfer-encoding|date|x-headroom-.*)$/

/** Headers that say how a body is coded: one that is read goes on with a length of its own, and is answered plain. */
const OF_THE_CODING = /^(accept-encoding|content-encoding|content-length)$/

/** Statuses of errors; each method meets one of them. */
const FAILURES = [400, 401, 403, 404, 409, 422, 429, 500, 529]

/** Texts up to this many characters stay as they are. */
const SHORT = 500

/** A body as both ways of sending it must have it: long texts and the tool that is offered may differ. */
function essence(body) {
  const text = (key, value) => (typeof value === 'string' && value.length > SHORT ? 'a long text' : value)
  const { tools, stream_options: _options, ...rest } = JSON.parse(body, text)
  return { ...rest, tools: tools?.filter(({ name, function: { name: inner } = {} }) => ![name, inner].includes('headroom_retrieve')) }
}

/** Pairs that must be equal. */
const kept = (pairs, coded) => pairs?.filter(([name]) => !OF_THE_WAY.test(name) && !(coded && OF_THE_CODING.test(name)))

/** What must be equal of one way; `read`: the proxy reads the request and its answer. */
function comparable({ result, requests }, read) {
  return {
    result: { ...result, headers: kept(result.headers, read) },
    requests: requests.map(({ body, ...request }) => ({
      ...request,
      headers: kept(request.headers, read),
      body: read && body ? essence(body) : body,
    })),
  }
}

/** The ways, each a function of `x-mock` and of how often the client may come again that makes a client. */
function waysOf(make, direct, proxied) {
  const way = (base, more) => (mock, retries) => make(base, { 'x-mock': mock, ...more }, retries)
  return { straight: way(direct), passed: way(proxied, { 'x-headroom-mode': 'passthrough' }), smaller: way(proxied) }
}

/**
 * The calls of a method: what is asked of the mock, and what more goes into the body. `once`: the client never ends when
 * it is to send a form again, which it has read already.
 */
function* calls(method, number, once) {
  yield { kind: 'answered', mock: 'ok' }
  if (mayStream(method)) yield { kind: 'streamed', mock: 'ok', more: { stream: true } }
  yield { kind: 'refused', mock: String(FAILURES[number % FAILURES.length]) }
  if (!(once && sendsForm(method))) yield { kind: 'repeated', mock: 'again', retries: 1 }
}

/** Makes one call of a method in one way. */
async function take(way, method, { mock, more, retries = 0 }, provider) {
  provider.script()
  const client = way(mock, retries)
  const owner = method.path.slice(0, -1).reduce((node, key) => node[key], client)
  const result = await outcome(() => owner[method.path.at(-1)](...argumentsOf(method, more)))
  return { result, requests: provider.got.map(got) }
}

/** What is wrong with a call, in words; nothing where all is well. */
async function judge(ways, method, call, provider, count) {
  const straight = await take(ways.straight, method, call, provider)
  count(straight, call)
  const wrong = []
  for (const [name, way] of [['passed', ways.passed], ['smaller', ways.smaller]]) {
    const taken = await take(way, method, call, provider)
    const read = name === 'smaller' && isRead(method)
    try {
      assert.deepEqual(comparable(taken, read), comparable(straight, read))
      if (read) assert.ok(taken.requests[0].body.length < straight.requests[0].body.length, 'nothing was made smaller')
    } catch (error) {
      wrong.push(`${method.path.join('.')} ${call.kind}, ${name}: ${error.message.slice(0, 1_500)}`)
    }
  }
  return wrong
}

/** Calls every method of the client that `make` makes, of which there are at least `least` that ask the provider. */
async function walk({ make, upstream, least, once }, { provider, note }) {
  // Other providers are out of reach: nothing may be sent there.
  const nowhere = Object.fromEntries(['anthropic', 'openai', 'gemini'].map((name) => [name, 'http://127.0.0.1:1']))
  const proxy = await startProxy({ port: 0, store: 'memory', upstreams: { ...nowhere, [upstream]: provider.url } })
  const ways = waysOf(make, provider.url, proxy.url)
  const wrong = []
  const asking = new Set()
  const unable = new Set()
  let requests = 0
  try {
    for (const [number, method] of [...methods(make(provider.url, {}, 0))].entries()) {
      const name = method.path.join('.')
      const count = (straight, { kind }) => {
        requests += straight.requests.length
        if (straight.requests.length > 0) asking.add(name)
        if (kind !== 'refused' && straight.result.thrown) unable.add(`${name} ${kind}: ${straight.result.message?.slice(0, 80)}`)
      }
      for (const call of calls(method, number, once)) wrong.push(...(await judge(ways, method, call, provider, count)))
    }
  } finally {
    await proxy.close()
  }
  note(`${asking.size} methods, ${requests} requests upstream each way; not answered: ${[...unable].join(', ') || 'none'}`)
  assert.ok(wrong.length === 0, `${wrong.length} calls differ:\n${wrong.slice(0, 10).join('\n')}`)
  assert.ok(asking.size >= least, `only ${asking.size} methods ask the provider`)
}

/** A client of which all methods are called; its facts as `walk` has them. */
const client = (upstream, { least, once = false }, open) => async (load) => {
  const make = await open(load)
  return { alone: true, checks: { methods: (world) => walk({ make, upstream, least, once }, world) } }
}

/** The `openai` package. */
export const openai = (facts) => client('openai', facts, async (load) => {
  const { OpenAI } = await load('openai')
  const keys = { apiKey: 'key', adminAPIKey: 'admin', webhookSecret: 'whsec_AAAA' }
  return (base, defaultHeaders, maxRetries) => new OpenAI({ ...keys, baseURL: `${base}/v1`, defaultHeaders, maxRetries })
})

/** The `@anthropic-ai/sdk` package. */
export const anthropic = (facts) => client('anthropic', facts, async (load) => {
  const { Anthropic } = await load('@anthropic-ai/sdk')
  return (baseURL, defaultHeaders, maxRetries) => new Anthropic({ apiKey: 'key', baseURL, defaultHeaders, maxRetries })
})

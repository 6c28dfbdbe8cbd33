/**
 * The doors of SDKs with clients that are like the real ones where it matters: how they are made, what is private in
 * them, when they sign. The real ones are in `clients/`.
 */
// oxlint-disable no-underscore-dangle, typescript/no-extraneous-class -- as the real ones are
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'

import { HOME } from './home.mjs'
import { HeadroomClient, HeadroomValidationError, retrieve } from 'headroom'
import { withHeadroom as withAnthropic } from 'headroom/anthropic'
import { withHeadroom as withGemini } from 'headroom/gemini'
import { withHeadroom as withGoogle } from 'headroom/google'
import { withHeadroom as withOpenAI } from 'headroom/openai'
import { orders } from './conversations.mjs'
import { asks, request, says } from './upstream.mjs'

const TEXT = JSON.stringify(orders(300))
const OPTIONS = { store: 'memory' }
const isInvalid = (error) => HeadroomValidationError.isInstance(error)

const events = (pieces) => new Response(pieces.join(''), { headers: { 'content-type': 'text/event-stream' } })

/** A `fetch` that answers by script and remembers what it was called with. */
function scripted(...answers) {
  const calls = []
  const fetch = async (url, init) => {
    calls.push({ url: String(url), ...init })
    const next = answers.shift()
    if (next instanceof Error) throw next
    return next ?? events(says('ok'))
  }
  return { fetch, calls }
}

class Resource {
  constructor(client) {
    this._client = client
  }
}

class Messages extends Resource {
  constructor(client) {
    super(client)
    this.batches = new Resource(client)
  }
  create(body) {
    return this._client.post('/v1/messages', body)
  }
}

/** What a client does with a request in the end. */
async function send(client, path, body) {
  const init = { method: 'POST', headers: new Headers({ 'anthropic-version': '2023-06-01' }), body: JSON.stringify(body) }
  await client.prepareRequest(init, { url: client.baseURL + path, options: { path } })
  return client.fetch.call(undefined, client.baseURL + path, init)
}

/** As openai 4 has it: no `withOptions`, nothing private. */
class OldClient {
  constructor(options) {
    this._options = options
    this.baseURL = options.baseURL ?? 'https://api.example.com'
    this.fetch = options.fetch
    this.messages = new Messages(this)
  }
  async prepareRequest() {}
  post(path, body) {
    return send(this, path, body)
  }
}

/** As newer ones have it: private fields, `withOptions`. */
class Client {
  #encoder = 'private'
  constructor({ baseURL = 'https://api.example.com', ...options }) {
    this._options = { ...options, baseURL }
    this.baseURL = baseURL
    this.maxRetries = options.maxRetries ?? 2
    this.fetch = options.fetch
    this.messages = new Messages(this)
  }
  withOptions(options) {
    return new this.constructor({ ...this._options, maxRetries: this.maxRetries, fetch: this.fetch, ...options })
  }
  async prepareRequest() {}
  backendMiddleware() {
    return []
  }
  post(path, body) {
    assert.equal(this.#encoder, 'private')
    return send(this, path, body)
  }
}

/** A subclass that wants more than it leaves among the options, as the one for Azure. */
class Regional extends Client {
  #made = true
  constructor({ region, token, ...options }) {
    if (!region) throw new Error('no region was given')
    super(options)
    this.region = region
    this._token = token ?? 'none'
  }
  get made() {
    return this.#made
  }
}

/** A subclass that signs what it is about to send, as older ones for Bedrock. */
class Signing extends Client {
  secret = 's'
  async prepareRequest(init, { options }) {
    init.headers = new Headers({ ...Object.fromEntries(init.headers), signature: `${this.secret} ${options.path} ${init.body.length}` })
  }
}

/** A client with middleware, and a backend that rewrites and signs behind it, as newer ones for Bedrock. */
class Backend extends Client {
  constructor(options) {
    super(options)
    this.middleware = [...(options.middleware ?? [])]
  }
  async post(path, body) {
    const sign = async ({ url, ...init }) => this.fetch(url.replace('/v1/messages', '/model/m/invoke'), { ...init, signature: init.body.length })
    const next = this.middleware.reduceRight((inner, middleware) => (asked) => middleware(asked, inner), sign)
    return next({ url: this.baseURL + path, method: 'POST', headers: new Headers(), body: JSON.stringify(body) })
  }
  backendMiddleware() {
    return []
  }
}

const MADE = [OldClient, Client].map((Kind) => [Kind.name, Kind])

for (const [name, Kind] of MADE) {
  test(`a client like another one but smaller on the wire: ${name}`, async () => {
    const { fetch, calls } = scripted(events(asks()), events(says('None.')))
    const client = new Kind({ fetch })
    const wrapped = withOpenAI(client, OPTIONS)
    assert.ok(wrapped instanceof Kind)
    assert.notEqual(wrapped, client)
    assert.equal(client.fetch, fetch, 'the client passed in was changed')
    assert.equal(wrapped.messages._client, wrapped)
    assert.equal(wrapped.messages.batches._client, wrapped)
    const text = await (await wrapped.messages.create(request(TEXT))).text()
    assert.match(text, /None\./)
    assert.doesNotMatch(text, /headroom_retrieve/)
    assert.equal(calls.length, 2)
    assert.ok(calls[0].body.length < TEXT.length / 2)
    await client.messages.create(request(TEXT))
    assert.deepEqual(JSON.parse(calls[2].body), request(TEXT))
  })
}

test('what a subclass adds goes along, whether its constructor takes it back or not', async () => {
  const { fetch, calls } = scripted()
  const client = new Regional({ fetch, region: 'eu', token: 't' })
  client.maxRetries = 7
  const wrapped = withAnthropic(client, OPTIONS)
  assert.deepEqual([wrapped.region, wrapped._token, wrapped.maxRetries, wrapped.made], ['eu', 't', 7, true])
  await wrapped.messages.create(request(TEXT))
  assert.ok(calls[0].body.length < TEXT.length / 2)
})

test('what is signed is what leaves, in every round', async () => {
  const { fetch, calls } = scripted(events(asks()), events(says('None.')))
  const wrapped = withAnthropic(new Signing({ fetch }), OPTIONS)
  await (await wrapped.messages.create(request(TEXT))).text()
  assert.equal(calls.length, 2)
  for (const { headers, body } of calls) assert.equal(headers.get('signature'), `s /v1/messages ${body.length}`)
  assert.ok(calls[1].body.length > calls[0].body.length)
})

test('with middleware the request is made smaller before the backend sees it', async () => {
  const { fetch, calls } = scripted(events(asks()), events(says('None.')))
  const order = []
  const own = (asked, next) => {
    order.push(asked.body.length)
    return next(asked)
  }
  const client = new Backend({ fetch, middleware: [own] })
  const wrapped = withAnthropic(client, OPTIONS)
  assert.equal(client.middleware.length, 1)
  const text = await (await wrapped.messages.create(request(TEXT))).text()
  assert.match(text, /None\./)
  assert.equal(calls.length, 2)
  for (const { url, signature, body } of calls) {
    assert.equal(url, 'https://api.example.com/model/m/invoke')
    assert.equal(signature, body.length)
    assert.ok(body.length < TEXT.length / 2)
  }
  assert.deepEqual(order, [JSON.stringify(request(TEXT)).length], 'its own middleware sees what the application said')
})

/** As `@google/genai` has it: modules whose methods know who they were made for. */
class ApiClient {
  constructor(httpOptions) {
    this.clientOptions = { apiKey: 'k', httpOptions }
  }
  request(path, body) {
    return this.apiCall(`https://gemini.example/v1beta/models/m:${path}`, { method: 'POST', body: JSON.stringify(body) })
  }
}

class OldApiClient extends ApiClient {
  async apiCall(url, init) {
    return globalThis.fetch(url, init)
  }
}

class NewApiClient extends ApiClient {
  request(path, body) {
    return this.apiCall(`https://gemini.example/v1beta/models/m:${path}`, { method: 'POST', body: JSON.stringify(body) }, undefined, undefined, undefined, this.clientOptions.httpOptions.fetch)
  }
  async apiCall(url, init, _retries, _timeout, _signal, fetch = globalThis.fetch) {
    return fetch(url, init)
  }
}

class Models {
  constructor(apiClient) {
    this.apiClient = apiClient
    this.generateContent = async (body) => (await this.apiClient.request('generateContent', body)).json()
  }
}

class Chats {
  constructor(models, apiClient) {
    this.models = models
    this.apiClient = apiClient
  }
  send(body) {
    return this.models.generateContent(body)
  }
}

class GoogleGenAI {
  constructor(apiClient) {
    this.apiClient = apiClient
    this.models = new Models(apiClient)
    this.chats = new Chats(this.models, apiClient)
    this.files = { of: apiClient }
  }
}

const GEMINI = {
  contents: [
    { role: 'user', parts: [{ text: 'which rows are odd?' }] },
    { role: 'model', parts: [{ functionCall: { name: 'list', args: {} } }] },
    { role: 'user', parts: [{ functionResponse: { name: 'list', response: { output: TEXT } } }] },
  ],
  tools: [{ functionDeclarations: [{ name: 'list' }] }],
}

const gemini = (part) => Response.json({ candidates: [{ content: { role: 'model', parts: [part] }, finishReason: 'STOP' }], usageMetadata: {} })

for (const [version, make] of [['1', (fetch) => [new OldApiClient({}), fetch]], ['2', (fetch) => [new NewApiClient({ fetch }), undefined]]]) {
  test(`models and chats of genai ${version} go through the door, all else stays`, async (t) => {
    const call = { functionCall: { name: 'headroom_retrieve', args: { ref: '0'.repeat(32) } } }
    const { fetch, calls } = scripted(gemini(call), gemini({ text: 'None.' }), gemini({ text: 'Bye.' }))
    const [apiClient, global] = make(fetch)
    if (global) t.mock.method(globalThis, 'fetch', global)
    const client = new GoogleGenAI(apiClient)
    const wrapped = withGoogle(client, OPTIONS)
    assert.ok(wrapped instanceof GoogleGenAI && wrapped.models instanceof Models && wrapped.chats instanceof Chats)
    assert.equal(wrapped.files, client.files)
    const answer = await wrapped.chats.send(GEMINI)
    assert.deepEqual(answer.candidates[0].content.parts, [{ text: 'None.' }])
    assert.equal(calls.length, 2)
    assert.ok(calls[0].body.length < TEXT.length / 2)
    await client.models.generateContent(GEMINI)
    assert.deepEqual(JSON.parse(calls[2].body), GEMINI, 'the client passed in was changed')
  })
}

test('what is no client of the package is refused, with a hint', () => {
  for (const wrap of [withOpenAI, withAnthropic, withGoogle, withGemini]) {
    for (const client of [{}, { fetch }, null, undefined, 'openai']) {
      assert.throws(() => wrap(client), (error) => isInvalid(error) && /no client of/.test(error.title) && error.hint.length > 0)
    }
  }
  assert.throws(() => withOpenAI(new Client({ fetch }), { bogus: 1 }), isInvalid)
  assert.throws(() => withGoogle(new GoogleGenAI(new NewApiClient({})), { mode: 'both' }), isInvalid)
  assert.throws(() => withOpenAI(new Client({ fetch }), { onReport: 1 }), isInvalid)
})

test('a store that cannot be used leaves calls as they were', async () => {
  const { fetch, calls } = scripted()
  const wrapped = withOpenAI(new Client({ fetch }), { store: '/dev/null/none/store.db' })
  const text = await (await wrapped.messages.create(request(TEXT))).text()
  assert.match(text, /ok/)
  assert.equal(calls.length, 1)
  assert.match(JSON.parse(calls[0].body).messages[2].content[0].content, /10041/)
})

test('HeadroomClient: the client with an account', async () => {
  const { fetch, calls } = scripted()
  const client = new HeadroomClient(new Client({ fetch }), OPTIONS)
  assert.ok(client instanceof Client)
  await client.messages.create(request(TEXT))
  await client.messages.create(request('[]'))
  assert.ok(calls[0].body.length < TEXT.length / 2)
  const stats = client.stats()
  assert.equal(stats.calls, 2)
  assert.ok(stats.tokensSaved > 1000)
  const [first, second] = client.getMetrics()
  assert.deepEqual([first.format, first.mode, second.tokensSaved], ['anthropic', 'optimize', 0])
  assert.equal(first.tokensSaved, stats.tokensSaved)
  assert.deepEqual(client.getMetrics({ limit: 1 }), [second])
  assert.deepEqual(client.getMetrics({ limit: 0 }), [])
})

test('HeadroomClient: nothing is saved where tokens are only counted', async () => {
  const { fetch, calls } = scripted()
  const client = new HeadroomClient(new Client({ fetch }), OPTIONS)
  await client.post('/v1/messages/count_tokens', request(TEXT))
  assert.ok(calls[0].body.length < TEXT.length / 2, 'or the meter would lie')
  assert.deepEqual([client.getMetrics()[0].kind, client.stats().calls, client.stats().tokensSaved], ['count', 0, 0])
})

test('what fails here leaves calls as they were, is counted every time and said once', async () => {
  const warnings = []
  const listen = ({ code, message }) => warnings.push({ code, message })
  process.on('warning', listen)
  const { fetch, calls } = scripted()
  const onReport = () => {
    throw new Error('no pen')
  }
  const client = new HeadroomClient(new Client({ fetch }), { onReport, ...OPTIONS })
  for (let call = 0; call < 2; call += 1) await client.messages.create(request(TEXT))
  await new Promise((resolve) => setImmediate(resolve))
  process.off('warning', listen)
  for (const { body } of calls) assert.equal(body, JSON.stringify(request(TEXT)))
  assert.deepEqual([client.stats().failures, client.stats().calls, client.getMetrics()], [2, 0, []])
  assert.deepEqual(warnings, [{ code: 'HEADROOM_CLIENT', message: 'requests go on uncompressed: no pen' }])
})

test('HeadroomClient: simulating stores and sends nothing, and is not counted', async () => {
  const { fetch, calls } = scripted()
  const client = new HeadroomClient(new Client({ fetch }), OPTIONS)
  const { tokensSaved, refs, messages } = await client.simulate(request(TEXT))
  assert.ok(tokensSaved > 1000)
  assert.deepEqual([refs, messages, calls.length, client.stats().calls], [[], request(TEXT).messages, 0, 0])
  const google = new HeadroomClient(new GoogleGenAI(new NewApiClient({ fetch })), { ccr: 'off', ...OPTIONS })
  const lossless = await google.simulate(GEMINI)
  assert.ok(lossless.tokensSaved > 0 && lossless.tokensSaved < tokensSaved)
})

test('audit sends what it was given and says what could be saved', async () => {
  const { fetch, calls } = scripted(events(asks()))
  const client = new HeadroomClient(new Client({ fetch }), { mode: 'audit', ...OPTIONS })
  const text = await (await client.messages.create(request(TEXT))).text()
  assert.match(text, /headroom_retrieve/, 'nothing is hidden of an answer')
  assert.equal(calls[0].body, JSON.stringify(request(TEXT)))
  assert.ok(client.stats().tokensSaved > 1000)
  const [{ mode, refs }] = client.getMetrics()
  assert.deepEqual([mode, refs], ['audit', []], 'what is not stored has no ref')
})

test('what is measured is not stored', async () => {
  const store = join(HOME, 'audit.db')
  const { fetch } = scripted()
  const refs = []
  const kept = withOpenAI(new Client({ fetch }), { ...OPTIONS, onReport: (report) => refs.push(...report.refs) })
  const measured = withOpenAI(new Client({ fetch }), { store, mode: 'audit' })
  for (const client of [kept, measured]) await client.messages.create(request(TEXT))
  assert.equal((await retrieve(refs[0], {}, OPTIONS)).found, true)
  assert.equal((await retrieve(refs[0], {}, { store })).found, false)
})

test('simulate sends nothing for a model; the report is its answer', async () => {
  const { fetch, calls } = scripted()
  const client = new HeadroomClient(new Client({ fetch }), { mode: 'simulate', ...OPTIONS })
  const report = await (await client.messages.create(request(TEXT))).json()
  assert.ok(report.tokensSaved > 1000)
  assert.deepEqual([report.refs, report.blocks.filter(({ ref }) => ref), calls.length], [[], [], 0])
  await client.post('/v1/files', {})
  assert.equal(calls.length, 1)
})

test('a request may want another mode than its client', async () => {
  const { fetch, calls } = scripted()
  const client = withOpenAI(new Client({ fetch }), { mode: 'audit', ...OPTIONS })
  const init = (mode) => ({ method: 'POST', headers: { 'x-headroom-mode': mode }, body: JSON.stringify(request(TEXT)) })
  for (const mode of ['optimize', 'audit', 'off']) await client.fetch('https://api.example.com/v1/messages', init(mode))
  assert.deepEqual(calls.map(({ body }) => body.length < TEXT.length / 2), [true, false, false])
  for (const { headers } of calls.slice(0, 2)) assert.equal(new Headers(headers).has('x-headroom-mode'), false)
  await client.fetch('https://api.example.com/v1/messages', init('simulate'))
  assert.equal(calls.length, 3)
})

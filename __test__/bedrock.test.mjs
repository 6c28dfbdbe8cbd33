/** `headroom/bedrock` with a client whose middleware is in the order of the real one's; that one is in `clients/`. */
import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { test } from 'node:test'

import './home.mjs'
import { HeadroomClient, HeadroomValidationError } from 'headroom'
import { headroomPlugin, withHeadroom } from 'headroom/bedrock'
import * as mock from '../clients/mock/bedrock.mjs'
import { PAUSE } from '../clients/mock/turn.mjs'
import { orders } from './conversations.mjs'

const TEXT = JSON.stringify(orders(300))
const OPTIONS = { store: 'memory' }
const INPUT = {
  modelId: 'anthropic.claude-sonnet-4-5-20250929-v1:0',
  messages: [
    { role: 'user', content: [{ text: 'which rows are odd?' }] },
    { role: 'assistant', content: [{ toolUse: { toolUseId: 't1', name: 'list', input: {} } }] },
    { role: 'user', content: [{ toolResult: { toolUseId: 't1', content: [{ text: TEXT }] } }] },
  ],
  toolConfig: { tools: [{ toolSpec: { name: 'list', inputSchema: { json: { type: 'object' } } } }] },
}

const STEPS = ['initialize', 'serialize', 'build', 'finalizeRequest', 'deserialize']
const PRIORITIES = ['high', 'normal', 'low']

class Stack {
  #entries = []
  add(middleware, { step, priority = 'normal' }) {
    this.#entries.push({ middleware, at: STEPS.indexOf(step) * 3 + PRIORITIES.indexOf(priority) })
  }
  use(plugin) {
    plugin.applyToStack(this)
  }
  clone() {
    const made = new Stack()
    made.#entries = [...this.#entries]
    return made
  }
  resolve(handler) {
    const ordered = this.#entries.toSorted((one, other) => one.at - other.at)
    return ordered.reduceRight((next, { middleware }) => middleware(next, {}), handler)
  }
}

/** What the wire gives back. */
const answer = (statusCode, contentType, body) => ({ statusCode, headers: { 'content-type': contentType, 'x-kept': 'yes' }, body: Readable.from(body.map((piece) => Buffer.from(piece))) })

/** What a command adds: the request, its length, retries, the signature, and reading the answer. */
function command(path) {
  return (stack) => {
    stack.add((next) => ({ input: { modelId, ...body } }) => {
      const request = { method: 'POST', path: `/model/${encodeURIComponent(modelId)}/${path}`, headers: {}, body: JSON.stringify(body) }
      return next({ input: { modelId, ...body }, request })
    }, { step: 'serialize' })
    stack.add((next) => (args) => next({ ...args, request: { ...args.request, headers: { 'content-length': String(args.request.body.length) } } }), { step: 'build' })
    stack.add((next) => async (args) => {
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await next(args)
        } catch (error) {
          if (error.status !== 429 || attempt === 2) throw error
        }
      }
    }, { step: 'finalizeRequest', priority: 'high' })
    stack.add((next) => (args) => next({ ...args, request: { ...args.request, signature: String(args.request.body) } }), { step: 'finalizeRequest' })
    stack.add((next) => async (args) => {
      const { response } = await next(args)
      if (response.statusCode >= 300) {
        const { message } = JSON.parse(Buffer.concat(await response.body.toArray()))
        throw Object.assign(new Error(message), { status: response.statusCode, response })
      }
      if (path.includes('stream')) return { response, output: { stream: response.body, $metadata: {} } }
      const text = Buffer.concat(await response.body.toArray()).toString()
      return { response, output: { ...JSON.parse(text || '{}'), $metadata: {} } }
    }, { step: 'deserialize' })
  }
}

class BedrockRuntimeClient {
  middlewareStack = new Stack()
  handlers = new WeakMap()
  constructor(...answers) {
    const calls = []
    this.calls = calls
    this.config = {
      requestHandler: async ({ request }) => {
        calls.push(request)
        const next = answers.shift()
        if (next instanceof Error) throw next
        return { response: next }
      },
    }
  }
  async send(addTo, input = INPUT) {
    const stack = this.middlewareStack.clone()
    addTo(stack)
    return (await stack.resolve(this.config.requestHandler)({ input })).output
  }
}

const retrieve = { call: { id: 'h1', name: 'headroom_retrieve', input: { ref: '0'.repeat(32) } } }
const whole = (...say) => answer(200, 'application/json', [JSON.stringify(mock.whole({ say }))])
const stream = (...say) => answer(200, 'application/vnd.amazon.eventstream', [...mock.stream({ say })].filter((frame) => frame !== PAUSE))
const refused = (status) => answer(status, 'application/json', ['{"message":"slow down"}'])

/** What is signed is what leaves, and its length is told right. */
function assertSigned(calls) {
  for (const { headers, body, signature } of calls) {
    assert.equal(String(body), signature)
    assert.equal(headers['content-length'], String(Buffer.byteLength(signature)))
  }
}

test('requests are made smaller before they are signed, and hidden rounds are signed, too', async () => {
  const client = new BedrockRuntimeClient(whole(retrieve), whole({ text: 'None.' }))
  const wrapped = withHeadroom(client, OPTIONS)
  assert.ok(wrapped instanceof BedrockRuntimeClient)
  assert.notEqual(wrapped.middlewareStack, client.middlewareStack)
  const { output, usage } = await wrapped.send(command('converse'))
  assert.deepEqual(output.message.content, [{ text: 'None.' }])
  assert.equal(usage.inputTokens, 20)
  assert.equal(client.calls.length, 2)
  assert.ok(client.calls[0].body.length < TEXT.length / 2)
  assert.match(String(client.calls[0].body), /headroom_retrieve/)
  assertSigned(client.calls)
})

test('a stream with a hidden round', async () => {
  const client = new BedrockRuntimeClient(stream({ text: 'So.' }, retrieve), stream({ text: 'None.' }))
  client.middlewareStack.use(headroomPlugin(OPTIONS))
  const output = await client.send(command('converse-stream'))
  const text = Buffer.concat(await output.stream.toArray()).toString('latin1')
  assert.deepEqual([...text.matchAll(/"text":"(.*?)"/g)].map(([, said]) => said).join(''), 'So.None.')
  assert.doesNotMatch(text, /headroom_retrieve/)
  assert.equal(text.match(/messageStart/g).length, 1)
  assert.equal(client.calls.length, 2)
  assertSigned(client.calls)
})

test('what has not to be rewritten is the very answer', async () => {
  const plain = { modelId: INPUT.modelId, messages: [{ role: 'user', content: [{ text: 'Hi' }] }] }
  const hello = stream({ text: 'Hello.' })
  const wrapped = withHeadroom(new BedrockRuntimeClient(hello), OPTIONS)
  assert.equal((await wrapped.send(command('converse-stream'), plain)).stream, hello.body)
  assert.equal(wrapped.calls[0].body, JSON.stringify({ messages: plain.messages }))
  const no = refused(400)
  await assert.rejects(withHeadroom(new BedrockRuntimeClient(no), OPTIONS).send(command('converse')), ({ response }) => response === no)
})

test('errors are the client’s own, and its retries those of the whole call', async () => {
  const slow = ({ message, status }) => message === 'slow down' && status === 429
  await assert.rejects(withHeadroom(new BedrockRuntimeClient(refused(429), refused(429)), OPTIONS).send(command('converse')), slow)
  const later = new BedrockRuntimeClient(whole(retrieve), refused(429), whole(retrieve), refused(429))
  await assert.rejects(withHeadroom(later, OPTIONS).send(command('converse')), slow)
  assert.equal(later.calls.length, 4)
  const retried = new BedrockRuntimeClient(whole(retrieve), refused(429), whole({ text: 'None.' }))
  const { output, usage } = await withHeadroom(retried, OPTIONS).send(command('converse'))
  assert.deepEqual([output.message.content, usage.inputTokens], [[{ text: 'None.' }], 10], 'the call starts anew')
  const refusedFirst = new BedrockRuntimeClient(refused(429), whole(retrieve), whole({ text: 'None.' }))
  assert.deepEqual((await withHeadroom(refusedFirst, OPTIONS).send(command('converse'))).output.message.content, [{ text: 'None.' }])
  const streamed = withHeadroom(new BedrockRuntimeClient(stream(retrieve), refused(503)), OPTIONS)
  const frames = Buffer.concat(await (await streamed.send(command('converse-stream'))).stream.toArray()).toString('latin1')
  assert.match(frames, /xception/)
  assert.doesNotMatch(frames, /messageStop/)
})

test('aborting in a hidden round ends the stream with that error', async () => {
  const aborted = Object.assign(new Error('aborted'), { name: 'AbortError' })
  const wrapped = withHeadroom(new BedrockRuntimeClient(stream(retrieve), aborted), OPTIONS)
  const { stream: body } = await wrapped.send(command('converse-stream'))
  await assert.rejects(body.toArray(), { name: 'AbortError' })
})

test('a store that cannot be used leaves calls as they were', async () => {
  const wrapped = withHeadroom(new BedrockRuntimeClient(whole({ text: 'None.' })), { store: '/dev/null/none/store.db' })
  const { output } = await wrapped.send(command('converse'))
  assert.deepEqual(output.message.content, [{ text: 'None.' }])
  assert.ok(String(wrapped.calls[0].body).includes('10041'))
})

test('other commands, other clients and options that make no sense', async () => {
  const wrapped = withHeadroom(new BedrockRuntimeClient(whole({ text: 'None.' })), OPTIONS)
  await wrapped.send(command('apply-guardrail'))
  assert.equal(typeof wrapped.calls[0].body, 'string')
  for (const client of [{}, null, { middlewareStack: {} }]) {
    assert.throws(() => withHeadroom(client), (error) => HeadroomValidationError.isInstance(error))
  }
  assert.throws(() => headroomPlugin({ bogus: 1 }), (error) => HeadroomValidationError.isInstance(error))
})

test('HeadroomClient takes it: audit sends what it was given, simulate nothing', async () => {
  const audit = new HeadroomClient(new BedrockRuntimeClient(whole({ text: 'None.' })), { mode: 'audit', ...OPTIONS })
  await audit.send(command('converse'))
  assert.equal(typeof audit.calls[0].body, 'string')
  assert.ok(audit.stats().tokensSaved > 1000)
  assert.deepEqual([audit.getMetrics()[0].format, audit.getMetrics()[0].mode], ['bedrock', 'audit'])
  const simulate = new HeadroomClient(new BedrockRuntimeClient(), { mode: 'simulate', ...OPTIONS })
  assert.ok((await simulate.send(command('converse'))).tokensSaved > 1000)
  assert.equal(simulate.calls.length, 0)
})

/**
 * One client against the mock, through the proxy or wrapped in this process: what an application sees is what it sees
 * without, and what the provider sees is smaller and grows only at its end. `run.mjs` starts it once for each client:
 *
 *   HEADROOM_CLIENT='openai 6: chat' HEADROOM_FOLDER=/tmp/… node clients/suite.mjs
 */
import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'

import { startProxy } from 'headroom/proxy'
import { REF, orders } from '../__test__/conversations.mjs'
import { folder, load } from '../scripts/installed.mjs'
import { list, retrieve } from './adapters/tools.mjs'
import { upstream } from './mock/upstream.mjs'
import { clients } from './clients.mjs'

const QUESTION = 'Which order failed?'
const ORDERS = JSON.stringify(orders(300))

/** This client. */
const client = clients.find(({ name }) => name === process.env.HEADROOM_CLIENT)
const provider = await upstream()
const { anthropic, openai, gemini, bedrock } = Object.fromEntries(['anthropic', 'openai', 'gemini', 'bedrock'].map((name) => [name, provider.url]))
const aws = { accessKeyId: 'AKIDPROXY', secretAccessKey: 'secret', region: 'us-east-1' }
const { door } = client
const { withHeadroom } = door ? await import(`headroom/${door}`) : {}
const proxy = door ? undefined : await startProxy({ port: 0, store: 'memory', token: client.token, aws, upstreams: { anthropic, openai, gemini, bedrock } })

const same = (made) => made
const open = (base, wrap) => client.open(load, base, { folder, door, wrap })
const through = await (door ? open(provider.url, (made) => withHeadroom(made, { store: 'memory' })) : open(proxy.url, same))
const direct = through.indirect || through.alone ? undefined : await open(provider.url, same)
const kinds = (through.alone ? [] : [false, true]).map((stream) => [stream, stream ? 'stream' : 'create'])

after(async () => {
  await through.close?.()
  await direct?.close?.()
  await proxy?.close()
  await provider.close()
})

/** What came upstream for one model. */
const asked = () => provider.got.filter(({ wire }) => wire)

/** A text of JSON without the space between its tokens: openai 4 indents, and what the model said unseen is put back as it said it. */
const dense = (text) => text.replaceAll(/("(?:[^"\\]|\\.)*")|\s+/g, '$1')

/** What the model said, whatever the order a client writes it in; arguments in their own. */
function said(value, key) {
  if (Array.isArray(value)) return value.map((item) => said(item))
  if (value === null || typeof value !== 'object' || ['args', 'input'].includes(key)) return value
  return Object.fromEntries(Object.keys(value).toSorted().map((name) => [name, said(value[name], name)]))
}

/** A message as the next request must have it: the model's in its words, all others in their bytes. */
function kept(text) {
  const value = JSON.parse(text)
  if (!['assistant', 'model', 'reasoning', 'function_call'].includes(value.role ?? value.type)) return dense(text)
  // Some clients write a message of the responses API the short way.
  const [part] = Array.isArray(value.content) ? value.content : []
  if (part?.type === 'output_text') return JSON.stringify({ content: part.text, role: value.role })
  return JSON.stringify(said(value))
}

/** Messages that came earlier stand unchanged before those that came later. */
function assertContinues(earlier, later) {
  assert.ok(later.items.length > earlier.items.length, `${later.items.length} messages after ${earlier.items.length}`)
  for (const [index, item] of earlier.items.entries()) assert.equal(kept(later.items[index]), kept(item), `message ${index}`)
  assert.equal(later.tools, earlier.tools)
}

/** Every object in a value, from the outside in. */
function* objects(value) {
  if (typeof value !== 'object' || value === null) return
  yield value
  for (const part of Object.values(value)) yield* objects(part)
}

/** Every call has a result and every result a call. */
function assertPaired(seen) {
  const all = [...objects(seen.items.map((item) => JSON.parse(item)))]
  for (const [call, result] of [
    [({ type, id }) => type === 'tool_use' && id, ({ tool_use_id: id }) => id],
    [({ toolUse }) => toolUse?.toolUseId, ({ toolResult }) => toolResult?.toolUseId],
  ]) {
    const ids = (of) => all.map(of).filter(Boolean).toSorted()
    assert.deepEqual(ids(call), ids(result), seen.items.join('\n'))
  }
}

/** Asks, and adds question and answer to the conversation. */
async function turn(conversation, more, options) {
  const sent = through.forgets ? more : [...conversation, ...more]
  const answer = await through.ask(sent, options)
  conversation.push(...more, ...answer.said)
  return answer
}

/** A recorded message of the model as a turn of it. */
const recorded = ({ content, tool_calls: calls = [] }) => [
  ...(content ? [{ text: content }] : []),
  ...calls.map(({ id, function: { name, arguments: input } }) => ({ call: { id, name, input: object(input) } })),
]

function object(text) {
  try {
    return Object(JSON.parse(text))
  } catch {
    return {}
  }
}

/**
 * Replays a recorded session turn by turn. Where something new was left out of a request, and at every third answer
 * anyway, the model reads back before it says what it said; at every fifth it does so beside its own calls.
 */
async function replay(messages, stream) {
  const tools = [...new Set(messages.flatMap(({ tool_calls: calls = [] }) => calls.map((call) => call.function.name)))]
  const conversation = []
  const known = new Set()
  let hidden = 0
  let answers = 0
  let requests = 0
  let last
  let more = ''
  let calls = []
  let outputs = []
  for (const message of messages) {
    if (message.role === 'system') more = `${message.content}\n\n`
    else if (message.role === 'user') {
      more += message.content
    } else if (message.role === 'tool') {
      outputs.push({ call: calls[outputs.length], text: message.content })
    } else {
      if (outputs.length < calls.length) break
      const sent = [...(outputs.length > 0 ? through.results(outputs) : []), ...(more ? through.user(more) : [])]
      const told = { say: recorded(message) }
      provider.script((seen) => {
        const ref = REF.exec(seen.items.at(-1))?.[0]
        const isNew = ref && !known.has(ref)
        known.add(ref)
        answers += 1
        const call = retrieve(`hidden_${hidden}`, ref ?? '0'.repeat(32), { lines: '1-3' })
        if (isNew || answers % 3 === 0) {
          hidden += 1
          return { say: [{ think: `hm ${hidden}` }, call] }
        }
        if (answers % 5 > 0 || !told.say.some((item) => item.call)) return told
        hidden += 1
        return { say: answers % 2 ? [...told.say, call] : [...told.say.filter((item) => item.text), call, ...told.say.filter((item) => item.call)] }
      }, told)
      const answer = await turn(conversation, sent, { stream, tools, first: !last })
      for (const seen of asked()) {
        if (last) assertContinues(last, seen)
        assertPaired(seen)
        last = seen
        requests += 1
      }
      assert.doesNotMatch(JSON.stringify(answer.said), /headroom_retrieve|hidden_/)
      ;({ calls } = answer)
      assert.equal(calls.length, told.say.filter(({ call }) => call).length)
      outputs = []
      more = ''
    }
  }
  return { hidden, requests }
}

for (const [stream, kind] of kinds) {
  test(kind, async () => {
    const say = [{ text: 'Good morning, world.' }]
    const answers = []
    for (const one of direct ? [through, direct] : [through]) {
      provider.script({ say })
      answers.push(await one.ask(one.user('Hello'), { stream, first: true }))
    }
    assert.equal(answers[0].text, 'Good morning, world.')
    if (direct) assert.deepEqual(answers[0].text, answers[1].text)
  })

  test(`tools ${kind}`, async () => {
    const conversation = []
    const think = (text) => [{ think: text }]
    const options = { stream, tools: ['list'] }
    let ref

    provider.script({ say: [...think('hm'), { text: 'Let me see.' }, list('call_1')] })
    const first = await turn(conversation, through.user(QUESTION), { ...options, first: true })
    assert.deepEqual(first.calls.map(({ name, input }) => ({ name, input })), [{ name: 'list', input: { page: 1 } }])
    assert.equal(first.text, 'Let me see.')
    let last = asked().at(-1)
    assert.match(last.tools, /headroom_retrieve/)

    // A round that the client must not see.
    provider.script(
      (seen) => {
        ref = REF.exec(seen.items.at(-1))?.[0]
        const words = through.joins ? [] : [{ text: 'It is ' }]
        return { say: [...think('what'), ...words, retrieve('hidden_1', ref, { rows: '42' })] }
      },
      { say: [...think('so'), { text: 'order 10041.' }] },
    )
    const second = await turn(conversation, through.results([{ call: first.calls[0], text: ORDERS }]), options)
    assert.ok(ref, 'the output was not made smaller')
    assert.equal(second.calls.length, 0)
    assert.match(second.text, /^(It is )?order 10041\.$/)
    assert.equal(asked().length, 2)
    assertContinues(last, asked()[0])
    assertContinues(asked()[0], asked()[1])
    assert.ok(asked()[0].items.at(-1).length < ORDERS.length / 2)
    assert.match(asked()[1].items.at(-1), /10041|error: card declined/)
    last = asked()[1]
    assertPaired(last)

    provider.script({ say: [{ text: 'Welcome.' }] })
    await turn(conversation, through.user('Thanks'), options)
    assertContinues(last, asked()[0])
    assertPaired(asked()[0])
    last = asked()[0]

    // A round with a call of either kind.
    provider.script({ say: [{ text: 'Both.' }, retrieve('hidden_2', ref), list('call_2')] })
    const mixed = await turn(conversation, through.user('And the next page?'), options)
    assert.deepEqual(mixed.calls.map(({ name }) => name), ['list'])
    assertContinues(last, asked()[0])
    last = asked()[0]

    provider.script({ say: [{ text: 'Nothing there.' }] })
    const fifth = await turn(conversation, through.results([{ call: mixed.calls[0], text: '[]' }]), options)
    assert.equal(fifth.text, 'Nothing there.')
    assertContinues(last, asked()[0])
    assert.match(asked()[0].items.join(), /"rows\\*":\\*"42[^]*"ref\\*":\\*"\w{32}\\*"\}/, "the call beside the client's is missing")
    assertPaired(asked()[0])
    last = asked()[0]

    provider.script({ say: [{ text: 'Bye.' }] })
    await turn(conversation, through.user('Bye'), options)
    assertContinues(last, asked()[0])
    const told = JSON.stringify(conversation)
    assert.doesNotMatch(told, /headroom_retrieve|hidden_/)
  })

  test(`errors ${kind}`, async () => {
    for (const [status, headers] of [[400, {}], [429, { 'retry-after': '1' }], [529, {}]]) {
      const failures = []
      for (const one of direct ? [through, direct] : [through]) {
        provider.script({ status, text: `it failed with ${status}`, headers })
        const error = await one.ask(one.user('Hello'), { stream, first: true }).then(() => assert.fail('no error'), (thrown) => thrown)
        if (error instanceof assert.AssertionError) throw error
        failures.push(one.failure(error))
      }
      assert.equal(failures[0].own, true, JSON.stringify(failures[0]))
      assert.match(String(failures[0].text), new RegExp(`it failed with ${status}`))
      if (direct) assert.deepEqual(failures[0], failures[1])
      else assert.equal(failures[0].status, status)
    }
  })
}

const { HEADROOM_CLIENT_SESSIONS: sessions } = process.env
for (const [stream, kind] of sessions ? kinds : []) {
  test(`sessions ${kind}`, async (t) => {
    let hidden = 0
    let requests = 0
    for (const file of readdirSync(sessions).filter((name) => /^(swe|tau)_.*\.json$/.test(name)).toSorted()) {
      const { messages } = JSON.parse(readFileSync(join(sessions, file), 'utf8'))
      const did = await replay(messages, stream)
      hidden += did.hidden
      requests += did.requests
    }
    assert.ok(hidden > 0, 'nothing was left out')
    t.diagnostic(`${kind}: ${requests} requests upstream, ${hidden} hidden rounds`)
  })
}

/** The upstream's side of an answer ends before it is whole. */
async function assertCut(closed) {
  const whole = await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, 5_000, 'open'))])
  assert.equal(whole, false, 'the upstream was not told')
}

if (!through.alone) {
  test('abort stream', async () => {
    const controller = new AbortController()
    provider.script({ say: [{ text: 'One, two, three.' }], pause: () => new Promise(() => {}) })
    let heard = ''
    const onText = (text) => {
      heard += text
      controller.abort()
    }
    const asking = through.ask(through.user('Count'), { stream: true, signal: controller.signal, onText, first: true })
    const error = await asking.then(() => undefined, (thrown) => thrown)
    assert.equal(heard, 'One, two', 'the text did not come as it was said')
    // Some clients end the stream without a word.
    if (error) assert.ok(through.aborted(error), String(error))
    await assertCut(asked()[0].closed)
  })

  test('abort waiting', async () => {
    const controller = new AbortController()
    provider.script(() => {
      setTimeout(() => controller.abort(), 20)
      return { silent: true }
    })
    await assert.rejects(through.ask(through.user('Hello'), { stream: false, signal: controller.signal, first: true }), (error) => through.aborted(error))
    await assertCut(asked()[0].closed)
  })
}

/** A conversation whose next answer begins with a hidden round. */
async function readsBack(stream, ...next) {
  const conversation = []
  provider.script({ say: [list('call_1')] })
  const { calls } = await turn(conversation, through.user(QUESTION), { stream, tools: ['list'], first: true })
  provider.script((seen) => ({ say: [retrieve('hidden_1', REF.exec(seen.items.at(-1))[0], { rows: '42' })] }), ...next)
  const more = through.results([{ call: calls[0], text: ORDERS }])
  return (options) => turn(conversation, more, { stream, tools: ['list'], ...options })
}

const rejected = (promise) => promise.then((answer) => assert.fail(`no error but ${JSON.stringify(answer)}`), (error) => error)

for (const [stream, kind] of kinds) {
  test(`hidden error ${kind}`, { skip: stream && client.deaf }, async () => {
    const ask = await readsBack(stream, { status: 529, text: 'too much of it' })
    const error = await rejected(ask())
    if (error instanceof assert.AssertionError) throw error
    if (!stream) assert.match(String(through.failure(error).text), /too much of it/)
    assert.equal(provider.left(), 0)
  })
}

if (!through.alone) {
  test('hidden abort', async () => {
    const controller = new AbortController()
    const ask = await readsBack(true, () => {
      setTimeout(() => controller.abort(), 20)
      return { silent: true }
    })
    const error = await ask({ signal: controller.signal }).then(() => undefined, (thrown) => thrown)
    if (error) assert.ok(through.aborted(error), String(error))
    assert.equal(asked().length, 2)
    await assertCut(asked()[1].closed)
  })

  test('cut stream', async () => {
    provider.script({ say: [{ text: 'One, two, three.' }], pause: () => assert.fail('the upstream broke off') })
    const error = await rejected(through.ask(through.user('Count'), { stream: true, first: true }))
    if (error instanceof assert.AssertionError) throw error
  })
}

for (const name of Object.keys(through.unknown ?? {})) {
  test(`pass ${name}`, async () => {
    const seen = []
    const answers = []
    for (const one of direct ? [through, direct] : [through]) {
      provider.script()
      answers.push(await one.unknown[name]())
      const { method, path, bytes } = provider.got[0]
      // What separates the parts of a form is drawn by lot.
      seen.push({ method, path, body: bytes.toString('latin1').replaceAll(/[-\w]{20,}/g, '') })
    }
    assert.deepEqual(answers[0], answers.at(-1))
    assert.deepEqual(seen[0], seen.at(-1))
  })
}

for (const [name, check] of Object.entries(through.checks ?? {})) {
  test(name, (t) => check({ provider, orders: ORDERS, note: (text) => t.diagnostic(text) }))
}

/** `CcrStream`: hidden retrieval for those who move the bytes themselves. */
import assert from 'node:assert/strict'
import { test } from 'node:test'

import './home.mjs'
import { CcrStream, HeadroomValidationError, compress, retrieveTool } from 'headroom'
import { orders } from './conversations.mjs'
import { asks, request, says } from './upstream.mjs'

const bytes = (pieces) => Buffer.from(pieces.join(''))

/** Moves an exchange on to its end; `answers` in turn, cut into chunks. */
async function run(stream, answers, size) {
  const sent = [Buffer.from(stream.request).toString()]
  const shown = []
  for (const answer of answers) {
    let step = 'more'
    for (let at = 0; step === 'more' && at < answer.length; at += size) {
      const pushed = stream.push(answer.subarray(at, at + size))
      shown.push(pushed.bytes)
      step = pushed.step
    }
    if (step === 'more') {
      const ended = stream.end()
      shown.push(ended.bytes)
      step = ended.step
    }
    if (step !== 'settle') break
    const settled = await stream.settle()
    shown.push(settled.bytes)
    if (!settled.body) break
    sent.push(Buffer.from(settled.body).toString())
  }
  return { sent, text: Buffer.concat(shown).toString() }
}

test('what was left out is read back unseen, whatever the chunks are', async () => {
  const { messages, refs } = await compress(request(JSON.stringify(orders(300))).messages, { format: 'anthropic', ccr: true, store: 'memory' })
  const body = JSON.stringify({ ...request(''), messages, tools: [{ name: 'list', input_schema: {} }, retrieveTool('anthropic')] })
  const found = new Set()
  for (const size of [1, 7, 64, 1 << 20]) {
    const stream = new CcrStream('anthropic', { body, store: 'memory' })
    assert.equal(Buffer.from(stream.request).toString(), body)
    const { sent, text } = await run(stream, [bytes(asks({ ref: refs[0], rows: '3-3' })), bytes(says('Row 3.'))], size)
    assert.equal(sent.length, 2)
    assert.match(sent[1], /10002/)
    assert.ok(sent[1].startsWith(body.slice(0, body.indexOf('"messages"') + 200).slice(0, 100)))
    assert.match(text, /Row 3\./)
    assert.doesNotMatch(text, /headroom_retrieve/)
    found.add(text)
  }
  assert.equal(found.size, 1)
})

test('the tool is offered where it is missing, and hidden rounds come back with the next request', async () => {
  const first = request('short')
  const stream = new CcrStream('anthropic', { body: JSON.stringify(first), store: 'memory' })
  assert.match(Buffer.from(stream.request).toString(), /headroom_retrieve/)
  const { sent } = await run(stream, [bytes(asks()), bytes(says('None.'))], 100)
  const answer = { role: 'assistant', content: [{ type: 'text', text: 'None.' }] }
  const second = { ...first, messages: [...first.messages, answer, { role: 'user', content: 'sure?' }] }
  const next = new CcrStream('anthropic', { body: JSON.stringify(second), store: 'memory' })
  const messages = JSON.parse(Buffer.from(next.request)).messages
  assert.deepEqual(messages.slice(0, 5), JSON.parse(sent[1]).messages)
})

test('an answer in one piece', async () => {
  const stream = new CcrStream('anthropic', { body: JSON.stringify(request('x', false)), store: 'memory', contentType: 'application/json' })
  const answer = { id: 'm', content: [{ type: 'text', text: 'hi' }], stop_reason: 'end_turn', usage: { input_tokens: 1, output_tokens: 1 } }
  const { text, sent } = await run(stream, [Buffer.from(JSON.stringify(answer))], 10)
  assert.deepEqual(JSON.parse(text), answer)
  assert.equal(sent.length, 1)
})

test('an answer that breaks off ends with an error in the provider’s shape', () => {
  const stream = new CcrStream('anthropic', { body: JSON.stringify(request('x')), store: 'memory' })
  stream.push(Buffer.from(says('x')[0]))
  assert.match(Buffer.from(stream.broke('gone')).toString(), /event: error\ndata: .*gone/)
})

test('what makes no sense is refused', () => {
  const invalid = (error) => HeadroomValidationError.isInstance(error)
  assert.throws(() => new CcrStream('morse', { body: '{}' }), invalid)
  assert.throws(() => new CcrStream('anthropic', { body: 'no JSON' }), invalid)
  assert.throws(() => new CcrStream('anthropic', { body: 7 }), invalid)
  assert.throws(() => new CcrStream('anthropic', { body: '{"messages":[]}', store: 'memory' }), /no_tools/)
})

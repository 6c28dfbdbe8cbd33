/** The checks of the laws, on results that break them: an eval that cannot fail says nothing. */
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { compress, countTokens } from 'headroom'

import { countFacts } from './facts.mjs'
import { blocks, causal, frozen, refsIn, untouched } from './laws.mjs'
import { comesBack, durable } from './originals.mjs'
import { Dice, order } from './records.mjs'

/** @typedef {import('./cases.mjs').Message} Message */
/** @typedef {import('./laws.mjs').Result} Result */

const MODEL = 'gpt-4o'
const dice = new Dice(1)
const output = JSON.stringify(Array.from({ length: 200 }, (_, index) => order(dice, index)))
const messages = frozen(
  /** @type {Message[]} */ ([
    { role: 'user', content: 'Why did the payment of ord_100017 fail?' },
    { role: 'tool', tool_call_id: 'call_1', content: output },
    { role: 'assistant', content: 'None.' },
  ]),
)
const options = { model: MODEL, ccr: true, store: 'memory' }

/** A result with other messages. @param {Result} result @param {number} index @param {Message} message @returns {Result} */
function doctored(result, index, message) {
  return { ...result, messages: result.messages.with(index, message) }
}

/** The laws named by breaches. @param {import('./laws.mjs').Breach[]} breaches */
function laws(breaches) {
  return [...new Set(breaches.map(({ law }) => law))]
}

test('a sound result breaks no law', async () => {
  for (const ccr of [false, true]) {
    const call = (/** @type {readonly Message[]} */ part) => compress(part, { ...options, ccr })
    const result = await call(messages)
    assert.notEqual(result.messages[1], messages[1])
    assert.deepEqual(untouched(messages, result), [])
    assert.deepEqual(blocks(messages, result, { ccr, model: MODEL }), [])
    assert.deepEqual(await causal(messages, result, call), [])
    assert.deepEqual(await comesBack(output, String(result.messages[1]?.content), 'memory'), [])
  }
})

test('law 1: a beginning that depends on what comes later is seen', async () => {
  const call = async (/** @type {readonly Message[]} */ part) => {
    const result = await compress(part, options)
    return part.length === messages.length ? result : doctored(result, 0, { role: 'user', content: 'Which?' })
  }
  assert.deepEqual(laws(await causal(messages, await call(messages), call)), ['law 1'])
})

test('law 2: copies, changes beside a text and changes of other roles are seen', async () => {
  const result = await compress(messages, options)
  assert.deepEqual(laws(untouched(messages, { ...result, messages: result.messages.slice(1) })), ['law 2'])
  for (const [index, message] of [
    [0, { ...messages[0], role: 'user' }],
    [1, { ...result.messages[1], role: 'tool', name: 'new' }],
    [2, { role: 'assistant', content: 'Some.' }],
  ]) {
    const broken = doctored(result, /** @type {number} */ (index), /** @type {Message} */ (message))
    assert.deepEqual(laws(untouched(messages, broken)), ['law 2'], JSON.stringify(message))
  }
  const still = await compress(messages, { ...options, minTokens: 1_000_000 })
  assert.deepEqual(untouched(messages, still), [])
  assert.deepEqual(laws(untouched(messages, { ...still, messages: [...still.messages] })), ['law 2'])
})

test('law 3: a lossless text that decodes to something else is seen', async () => {
  const result = await compress(messages, { ...options, ccr: false })
  const text = String(result.messages[1]?.content).replace('EUR', 'USD')
  const broken = doctored(result, 1, { role: 'tool', tool_call_id: 'call_1', content: text })
  assert.deepEqual(laws(blocks(messages, broken, { ccr: false, model: MODEL })), ['law 3'])
})

test('laws 3 and 4: a ref that gives nothing, or something else, is seen', async () => {
  const nobody = `[headroom: what is left out above can be read, ref ${'0'.repeat(32)}]`
  assert.deepEqual(refsIn(nobody), ['0'.repeat(32)])
  assert.deepEqual(laws(await comesBack(output, nobody, 'memory')), ['law 4'])
  const { messages: compressed } = await compress(messages, options)
  assert.deepEqual(laws(await comesBack(`${output} `, String(compressed[1]?.content), 'memory')), ['law 3'])
  assert.deepEqual(laws(durable(new Map([['0'.repeat(32), 'digest']]), 'memory')), ['law 4'])
})

test('laws 5, 8 and 12: gaps without a way back, growth and wrong numbers are seen', async () => {
  const elided = await compress(messages, options)
  assert.deepEqual(laws(blocks(messages, elided, { ccr: false, model: MODEL })), ['law 5'])
  const larger = `${output}${output}`
  const reports = elided.blocks.map((block) => (block.message === 1 ? { ...block, tokensAfter: countTokens(larger, MODEL).tokens } : block))
  const grown = { ...doctored(elided, 1, { role: 'tool', tool_call_id: 'call_1', content: larger }), blocks: reports }
  assert.deepEqual(laws(blocks(messages, grown, { ccr: true, model: MODEL })), ['law 8', 'law 3'])
  const wrong = { ...elided, blocks: elided.blocks.map((block) => ({ ...block, tokensAfter: block.tokensAfter - 1 })) }
  assert.deepEqual(laws(blocks(messages, wrong, { ccr: true, model: MODEL })), ['law 12'])
})

test('facts are inline, come back, are lost, or never were', async () => {
  const content = {
    name: 'four',
    kind: 'json',
    messages: [{ role: 'tool', content: 'alpha "beta" gamma delta' }],
    facts: [{ at: 0, need: ['alpha', '"beta"'] }, { at: 0, need: ['gamma'] }, { at: 0, need: ['delta'] }, { at: 0, need: ['omega'] }],
  }
  const compressed = [{ role: 'tool', content: 'alpha \\"beta\\"' }]
  const count = await countFacts(content, compressed, async () => 'gamma')
  assert.deepEqual(count, { total: 3, inline: 1, recoverable: 1, lost: ['delta'], unsound: ['omega'] })
})

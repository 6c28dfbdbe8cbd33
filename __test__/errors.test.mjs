/** The error family, and which calls are refused. */
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'

import './home.mjs'
import * as headroom from 'headroom'
import { openai } from './conversations.mjs'

const commonjs = createRequire(import.meta.url)('headroom')
const { HeadroomError, compress, compressSync, countTokens, decode, retrieveTool, simulate } = headroom
const MESSAGES = openai('{"ok":true}')

/** What a call throws or rejects with. */
async function failureOf(call) {
  try {
    await call()
  } catch (error) {
    return error
  }
  return assert.fail('it did not fail')
}

test('calls that make no sense are refused with code, title, cause and hint', async () => {
  const refused = {
    invalid_options: [
      () => compress(MESSAGES, { targetRatio: 0 }),
      () => compress(MESSAGES, { targetRatio: 1.5 }),
      () => compress(MESSAGES, { targetRatio: Number.NaN }),
      () => compress(MESSAGES, { targetRatio: '0.5' }),
      () => compress(MESSAGES, { tokenBudget: -1 }),
      () => compress(MESSAGES, { tokenBudget: Number.POSITIVE_INFINITY }),
      () => compress(MESSAGES, { minTokens: 1n }),
      () => compress(MESSAGES, { excludeTools: 'Read' }),
      () => compress(MESSAGES, { ccr: 'yes' }),
      () => compress(MESSAGES, { model: 4 }),
      () => compress(MESSAGES, { query: () => 'x' }),
      () => compress(MESSAGES, { format: 'morse' }),
      () => compress(MESSAGES, { bogus: 1 }),
      () => compress(MESSAGES, null),
      () => compress(MESSAGES, 'gpt-4o'),
      () => compress(MESSAGES, []),
      () => compress(MESSAGES, { store: 5 }),
      () => compress(MESSAGES, { store: '' }),
      () => compress(MESSAGES, { store: {} }),
      () => compressSync(MESSAGES, { targetRatio: -1 }),
      () => simulate(MESSAGES, { targetRatio: -1 }),
      () => retrieveTool('morse'),
    ],
    invalid_format: [
      () => compress('hello'),
      () => compress(null),
      () => compress(undefined),
      () => compress({ messages: MESSAGES }),
      () => compressSync(5),
      () => simulate({}),
    ],
    not_decodable: [() => decode('just a text'), () => decode('')],
  }
  for (const [code, calls] of Object.entries(refused)) {
    for (const call of calls) {
      const error = await failureOf(call)
      assert.ok(HeadroomError.isInstance(error), `${call}: ${error}`)
      assert.ok(error instanceof Error)
      assert.equal(error.code, code, `${call}: ${error}`)
      assert.ok(error.title.length > 0 && error.message.startsWith(error.title), String(call))
    }
  }
  const error = await failureOf(() => compress(MESSAGES, { targetRatio: 7 }))
  assert.match(error.message, /\n {2}cause: .*7/)
  assert.match(error.message, /\n {2}hint: /)
  assert.ok(error.hint.length > 0 && String(error.cause).includes('7'))
})

test('asynchronous calls reject, they never throw', () => {
  for (const call of [() => compress(5), () => simulate(MESSAGES, 5), () => headroom.retrieve(5)]) {
    const promise = call()
    assert.ok(promise instanceof Promise)
    promise.catch(() => {})
  }
})

test('errors of the other build are recognised, strangers are not', async () => {
  for (const [name, make] of [
    ['HeadroomValidationError', () => compress(5)],
    ['HeadroomDecodeError', () => decode('x')],
    ['HeadroomAbortError', () => compress(MESSAGES, { signal: AbortSignal.abort() })],
  ]) {
    const error = await failureOf(make)
    assert.equal(error instanceof commonjs[name], false)
    assert.ok(commonjs[name].isInstance(error), name)
    assert.ok(commonjs.HeadroomError.isInstance(error), name)
    assert.ok(Reflect.get(headroom, name).isInstance(error), name)
    assert.equal(commonjs.HeadroomStoreError.isInstance(error), false)
  }
  for (const stranger of [new Error('x'), null, undefined, 'x', {}, { code: 'invalid_options' }]) {
    assert.equal(HeadroomError.isInstance(stranger), false)
  }
})

test('an error prints what a person needs', async () => {
  const error = await failureOf(() => compress(MESSAGES, { format: 'morse' }))
  assert.equal(error.name, 'HeadroomValidationError')
  assert.match(String(error), /morse/)
  assert.match(error.hint, /openai/)
})

test('countTokens of something else than a string is a TypeError of ours, not a crash', () => {
  for (const value of [undefined, null, 5, {}, Symbol('x')]) {
    assert.throws(() => countTokens(value, 'gpt-4o'), { code: 'invalid_options' })
  }
})

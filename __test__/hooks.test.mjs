/** Hooks and extensions: what they see, what they can change, and that they never break a call. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import './home.mjs'
import { Headroom, PipelineStage, compress, compressSync, simulate } from 'headroom'
import { openai, orders } from './conversations.mjs'

const MESSAGES = openai(JSON.stringify(orders(300)))
const CCR = { ccr: true, store: 'memory' }
const RUN = ['INPUT_RECEIVED', 'INPUT_CACHED', 'INPUT_ROUTED', 'INPUT_COMPRESSED', 'INPUT_REMEMBERED']
const START = ['SETUP', 'PRE_START', 'POST_START']

function recorder() {
  const events = []
  return { name: 'recorder', events, onPipelineEvent: (event) => void events.push(event) }
}

const stagesOf = ({ events }) => events.map(({ stage }) => stage)

test('PipelineStage has the eleven stages in order', () => {
  assert.deepEqual(Object.keys(PipelineStage), [...START, ...RUN, 'PRE_SEND', 'POST_SEND', 'RESPONSE_RECEIVED'])
  for (const [name, value] of Object.entries(PipelineStage)) assert.equal(name, value)
})

describe('extensions', () => {
  test('receive every stage in order, the first three once an instance', async () => {
    const headroom = new Headroom({ store: 'memory' })
    const extension = recorder()
    await headroom.compress(MESSAGES, { extensions: [extension] })
    assert.deepEqual(stagesOf(extension), [...START, ...RUN])
    headroom.compressSync(MESSAGES, { extensions: [extension] })
    assert.deepEqual(stagesOf(extension), [...START, ...RUN, ...RUN])
    await new Headroom({ store: 'memory', extensions: [extension] }).compress(MESSAGES)
    assert.deepEqual(stagesOf(extension).slice(-8), [...START, ...RUN])
  })

  test('see the plan and the result once they are known', async () => {
    const extension = recorder()
    const result = await compress(MESSAGES, { ...CCR, model: 'gpt-4o', extensions: [extension] })
    const at = Object.fromEntries(extension.events.map((event) => [event.stage, event]))
    assert.equal(at.INPUT_RECEIVED.messages, MESSAGES)
    assert.equal(at.INPUT_RECEIVED.model, 'gpt-4o')
    assert.equal(at.INPUT_RECEIVED.operation, 'compress')
    assert.equal(at.INPUT_RECEIVED.plan, undefined)
    assert.equal(at.INPUT_ROUTED.plan.decisions.at(-1).action, 'compress')
    assert.equal(at.INPUT_COMPRESSED.result, result)
    assert.equal(at.INPUT_COMPRESSED.messages, result.messages)
    assert.equal(at.INPUT_REMEMBERED.result.refs.length, 1)
  })

  test('a simulation remembers nothing', async () => {
    const extension = recorder()
    await simulate(MESSAGES, { ...CCR, extensions: [extension] })
    assert.deepEqual(stagesOf(extension), [...START, ...RUN.slice(0, -1)])
    assert.ok(extension.events.every(({ operation }) => operation === 'simulate'))
  })

  test('are awaited in the order of the list', async () => {
    const order = []
    const slow = {
      async onPipelineEvent({ stage }) {
        await new Promise((resolve) => setImmediate(resolve))
        order.push(`slow ${stage}`)
      },
    }
    const quick = { onPipelineEvent: ({ stage }) => void order.push(`quick ${stage}`) }
    await compress(MESSAGES, { extensions: [slow, quick] })
    assert.deepEqual(order.slice(0, 2), ['slow SETUP', 'quick SETUP'])
    assert.deepEqual(order.slice(-2), ['slow INPUT_REMEMBERED', 'quick INPUT_REMEMBERED'])
  })

  test('without hooks and with them the outcome is the same', async () => {
    const bare = await compress(MESSAGES, CCR)
    assert.deepEqual(await compress(MESSAGES, { ...CCR, extensions: [recorder()] }), bare)
    assert.deepEqual(await compress(MESSAGES, { ...CCR, hooks: { preCompress() {}, computeBiases: () => ({}) } }), bare)
  })
})

describe('hooks', () => {
  test('preCompress can keep a block', async () => {
    const hooks = {
      preCompress({ plan }) {
        plan.decisions = plan.decisions.map((decision) => ({ ...decision, action: 'keep', reason: 'hook' }))
      },
    }
    const result = await compress(MESSAGES, { ...CCR, hooks })
    assert.equal(result.messages, MESSAGES)
    assert.equal(result.blocks.at(-1).verdict, 'hook')
    assert.deepEqual(result.warnings, [])
  })

  test('preCompress can have an excluded tool compressed', async () => {
    const messages = openai(JSON.stringify(orders(300)), 'Read')
    assert.equal((await compress(messages)).messages, messages)
    const hooks = {
      preCompress({ plan }) {
        Object.assign(plan.decisions.at(-1), { action: 'compress', with: 'smart-crusher', elide: false, bias: 1 })
      },
    }
    const result = await compress(messages, { hooks })
    assert.equal(result.blocks.at(-1).verdict, 'lossless')
  })

  test('computeBiases really changes what is kept, as list and as object', async () => {
    const index = (await compress(MESSAGES, CCR)).blocks.length - 1
    const tokens = async (bias) => (await compress(MESSAGES, { ...CCR, hooks: { computeBiases: () => bias } })).tokensAfter
    const neutral = await tokens(undefined)
    assert.equal(await tokens({ [index]: 1 }), neutral)
    assert.ok((await tokens({ [index]: 4 })) > neutral, 'above 1 keeps more')
    const list = Array.from({ length: index + 1 })
    list[index] = 4
    assert.equal(await tokens(list), await tokens({ [index]: 4 }))
  })

  test('postCompress sees the result before the caller', async () => {
    let seen
    const result = await compress(MESSAGES, { hooks: { postCompress: (given) => void (seen = given) } })
    assert.equal(seen, result)
  })

  test('asynchronous hooks are awaited', async () => {
    const hooks = {
      async preCompress({ plan }) {
        await new Promise((resolve) => setTimeout(resolve, 5))
        plan.decisions.at(-1).action = 'keep'
        plan.decisions.at(-1).reason = 'hook'
      },
    }
    assert.equal((await compress(MESSAGES, { hooks })).blocks.at(-1).verdict, 'hook')
  })

  test('hooks see a context with model, messages and plan, and keep their `this`', async () => {
    const hooks = {
      seen: [],
      preCompress(context) {
        this.seen.push(context)
      },
    }
    await compress(MESSAGES, { model: 'gpt-4o', hooks })
    assert.equal(hooks.seen[0].model, 'gpt-4o')
    assert.equal(hooks.seen[0].messages, MESSAGES)
    assert.equal(hooks.seen[0].plan.format, 'openai')
  })
})

describe('law 9: a failing hook fails open', () => {
  const thrower = () => {
    throw new Error('out of order')
  }
  const odd = () => Object.create(null)
  const failing = {
    'preCompress throws': { hooks: { preCompress: thrower } },
    'preCompress rejects': { hooks: { preCompress: async () => thrower() } },
    'computeBiases throws': { hooks: { computeBiases: thrower } },
    'computeBiases answers a string': { hooks: { computeBiases: () => 'much' } },
    'computeBiases answers NaN': { hooks: { computeBiases: () => [1, 1, Number.NaN] } },
    'computeBiases answers for no block': { hooks: { computeBiases: () => ({ 99: 2, x: 1 }) } },
    'postCompress throws': { hooks: { postCompress: thrower } },
    'a throw of nothing': { hooks: { postCompress: () => { throw undefined } } },
    'a throw that cannot be printed': { hooks: { postCompress: () => { throw odd() } } },
    'an extension throws': { extensions: [{ onPipelineEvent: thrower }] },
    'an extension rejects': { extensions: [{ onPipelineEvent: async () => thrower() }] },
    'the plan loses a decision': { hooks: { preCompress: ({ plan }) => void plan.decisions.pop() } },
    'the plan becomes circular': { hooks: { preCompress: ({ plan }) => void (plan.decisions[0].self = plan) } },
    'the plan names no compressor': { hooks: { preCompress: ({ plan }) => void (plan.decisions.at(-1).with = 'magic') } },
    'the plan is emptied': { hooks: { preCompress: ({ plan }) => void (plan.decisions = null) } },
  }
  for (const [name, options] of Object.entries(failing)) {
    test(name, async () => {
      const bare = await compress(MESSAGES, CCR)
      const { warnings, ...result } = await compress(MESSAGES, { ...CCR, ...options })
      assert.deepEqual({ ...result, warnings: [] }, bare)
      assert.ok(warnings.length > 0)
      assert.ok(warnings.every(({ code }) => code === 'hook_failed'), JSON.stringify(warnings))
    })
  }

  test('a promise in compressSync is reported and its rejection handled', async () => {
    const hooks = { preCompress: () => Promise.reject(new Error('late')) }
    const result = compressSync(MESSAGES, { hooks })
    assert.deepEqual(result.warnings.map(({ code }) => code), ['hook_failed'])
    assert.equal(result.blocks.at(-1).verdict, 'lossless')
    await new Promise((resolve) => setImmediate(resolve))
  })

  test('hooks and extensions that cannot be called make no sense and are refused', async () => {
    const refused = [{ hooks: 5 }, { hooks: { preCompress: 'x' } }, { extensions: {} }, { extensions: [{}] }, { signal: {} }]
    for (const options of refused) {
      await assert.rejects(compress(MESSAGES, options), { code: 'invalid_options' }, JSON.stringify(options))
    }
  })
})

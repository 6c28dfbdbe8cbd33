/**
 * Conversations made by chance: whatever a model says, and in whatever way it is asked, requests grow at their end only,
 * calls and results go in pairs, and nobody sees what is hidden. `SEED=7 node --test …` runs one of them.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'

import './home.mjs'
import { withHeadroom } from 'headroom/ai-sdk'
import { LIST, VERSIONS, ask, assertPaired, call, conversation, reasoning, results, said, scripted, text, user } from './ai-sdk-models.mjs'
import { REF } from './conversations.mjs'

const SEEDS = process.env.SEED ? [Number(process.env.SEED)] : Array.from({ length: 120 }, (_, index) => index + 1)
const STEPS = 6
const OPTIONS = { store: 'memory', ccr: { mode: 'hidden', maxRounds: 50 } }

/** Whole numbers below a limit, the same for the same seed (mulberry32). */
function chance(seed) {
  let state = seed
  return (below) => {
    state = Math.trunc(state + 0x6d2b79f5)
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

/** Rounds of a model by chance. Ids of hidden calls come again with every round, as some providers have it. */
function talkative(next) {
  let ids = 0
  const hidden = (options, taken) => {
    const ref = next(8) === 0 ? 'f'.repeat(32) : REF.exec(JSON.stringify(options.prompt.filter(({ role }) => role === 'tool')))?.[0]
    const inputs = [{ ref, rows: String(1 + next(300)) }, { ref }, '{"ref', { ref, query: 'declined' }]
    const meta = next(2) ? { google: { thoughtSignature: `t${next(99)}` } } : undefined
    return call(`hidden_${taken}`, 'headroom_retrieve', inputs[next(inputs.length)], meta)
  }
  const searched = () => {
    const id = `search_${(ids += 1)}`
    return [{ ...call(id, 'web_search'), providerExecuted: true }, { type: 'tool-result', toolCallId: id, toolName: 'web_search', result: { found: id } }]
  }
  const kinds = [
    () => text(['', 'Hm. ', 'Let me see. '][next(3)]),
    () => reasoning('So. ', `s${next(99)}`),
    () => ({ type: 'source', sourceType: 'url', id: 'x', url: 'https://example.com' }),
    searched,
    hidden,
    hidden,
    () => call(`call_${(ids += 1)}`, 'list_orders', { page: next(9) }),
  ]
  return (options) => {
    const parts = Array.from({ length: 1 + next(4) }, (_, at) => kinds[next(kinds.length)](options, at)).flat()
    const calls = parts.some(({ type, providerExecuted }) => type === 'tool-call' && !providerExecuted)
    return calls ? parts : [...parts, text('Done.')]
  }
}

for (const seed of SEEDS) {
  test(`conversation ${seed}`, async () => {
    const next = chance(seed)
    const model = scripted(VERSIONS[next(3)], talkative(next))
    const prompt = conversation()
    let wrapped = withHeadroom(model, OPTIONS)
    for (let step = 0; step < STEPS; step += 1) {
      if (next(3) === 0) wrapped = withHeadroom(model, OPTIONS)
      const answer = await ask(wrapped, { prompt: structuredClone(prompt), tools: [LIST] }, next(2) === 1)
      assert.equal(answer.content.some(({ toolName }) => toolName === 'headroom_retrieve'), false)
      const own = answer.content.filter(({ type, providerExecuted }) => type === 'tool-call' && !providerExecuted)
      assert.equal(answer.finishReason.unified ?? answer.finishReason, own.length > 0 ? 'tool-calls' : 'stop')
      prompt.push(said(answer), own.length > 0 ? results(...own.map(({ toolCallId }) => toolCallId)) : user(`And ${step}?`))
    }
    for (const [index, sent] of model.calls.entries()) {
      const before = model.calls[index - 1]
      if (before) assert.deepEqual(sent.prompt.slice(0, before.prompt.length), before.prompt, `request ${index}`)
      assert.deepEqual(sent.tools, model.calls[0].tools)
      assert.equal(JSON.stringify(sent.prompt).includes('"headroom"'), false)
      assertPaired(sent.prompt)
    }
  })
}

/** `headroom/ai-sdk` in Mastra: its agents take the AI SDK's models, of several specifications. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { withHeadroom } from 'headroom/ai-sdk'
import { call, retrieve, scripted, text } from '../../__test__/ai-sdk-models.mjs'
import { REF, orders } from '../../__test__/conversations.mjs'
import { folder, load } from '../../scripts/installed.mjs'

const { Agent } = await load('@mastra/core/agent')
const { createTool } = await load('@mastra/core/tools')
const { z } = await load('zod')
const manifest = JSON.parse(readFileSync(join(folder, 'node_modules/@mastra/core/package.json'), 'utf8'))
const SPECS = manifest.version.startsWith('0.') ? ['v2'] : ['v2', 'v3', 'v4']

const list = createTool({ id: 'list_orders', description: 'Lists orders.', inputSchema: z.object({}), outputSchema: z.any(), execute: async () => orders(300) })

function agentOf(...answers) {
  const [spec, ...rest] = answers
  const model = scripted(spec, ...rest)
  const agent = new Agent({ id: 'shop', name: 'shop', instructions: 'You are a shop assistant.', model: withHeadroom(model, { store: 'memory' }), tools: { list_orders: list } })
  return { model, agent }
}

const conversation = [[call('c1', 'list_orders')], [retrieve('h1')], [text('Order 10041.')]]

for (const spec of SPECS) {
  test(`generate, ${spec}: a hidden round, and nothing of ours in what the agent gives`, async () => {
    const { model, agent } = agentOf(spec, ...conversation)
    const result = await agent.generate('Which order failed?', { maxSteps: 5 })
    assert.equal(result.text, 'Order 10041.')
    assert.equal(model.calls.length, 3)
    assert.match(JSON.stringify(model.calls[1].prompt), REF)
    assert.match(JSON.stringify(model.calls[2].prompt), /10041/)
    assert.doesNotMatch(JSON.stringify([result.toolCalls, result.toolResults, result.steps?.map(({ toolCalls }) => toolCalls)]), /headroom_retrieve/)
  })

  test(`stream, ${spec}`, async () => {
    const { model, agent } = agentOf(spec, ...conversation)
    const result = await agent.stream('Which order failed?', { maxSteps: 5 })
    const seen = []
    for await (const chunk of result.fullStream) seen.push(chunk)
    assert.equal(await result.text, 'Order 10041.')
    assert.equal(model.calls.length, 3)
    const calls = seen.filter(({ type }) => type.startsWith('tool'))
    assert.ok(calls.length > 0)
    assert.doesNotMatch(JSON.stringify(calls), /headroom_retrieve|"h1"/)
  })
}

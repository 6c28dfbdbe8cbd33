/** Packages that run agents: OpenAI's takes a client of the `openai` package, Claude's starts a program. */
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { REF } from '../../__test__/conversations.mjs'
import { described, list, readsBack } from './tools.mjs'

/** A run with a tool and a hidden round, in one piece and streamed; `api` is what the model is asked by. */
export const agents = (api) => async (load, base, { wrap }) => {
  const { Agent, run, setDefaultOpenAIClient, setOpenAIAPI, setTracingDisabled, tool } = await load('@openai/agents')
  const { OpenAI } = await load('openai')
  setDefaultOpenAIClient(wrap(new OpenAI({ apiKey: 'key', baseURL: `${base}/v1`, maxRetries: 0 })))
  setOpenAIAPI(api)
  setTracingDisabled(true)

  async function holds({ provider, orders }, stream) {
    provider.script({ say: [list('call_1')] }, readsBack, { say: [{ text: 'order 10041.' }] })
    const agent = new Agent({ name: 'clerk', model: 'gpt-4o', tools: [tool({ ...described('list'), strict: false, execute: () => orders })] })
    const result = await run(agent, 'Which order failed?', { stream })
    await result.completed
    assert.equal(result.finalOutput, 'order 10041.')
    assert.equal(provider.got.length, 3)
    assert.ok(provider.got[1].text.length < orders.length / 2)
    assert.doesNotMatch(JSON.stringify(result.history), /headroom_retrieve/)
  }

  return { alone: true, checks: { 'run create': (given) => holds(given, false), 'run stream': (given) => holds(given, true) } }
}

/** Claude's: the program reads the proxy's address from its environment. It runs a command and has a hidden round. */
export async function claude(load, base, { folder }) {
  const { query } = await load('@anthropic-ai/claude-agent-sdk')
  const home = join(folder, 'home')
  mkdirSync(home, { recursive: true })
  const env = { PATH: process.env.PATH, HOME: home, ANTHROPIC_BASE_URL: base, ANTHROPIC_API_KEY: 'key', CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1', IS_SANDBOX: '1' }
  const options = { env, cwd: home, settingSources: [], permissionMode: 'bypassPermissions', allowDangerouslySkipPermissions: true }

  async function run({ provider, orders }) {
    writeFileSync(join(home, 'orders.json'), orders.slice(0, orders.indexOf('},', 10_000) + 1) + ']')
    const command = { call: { id: 'toolu_1', name: 'Bash', input: { command: 'cat orders.json', description: 'Shows the orders' } } }
    const told = { say: [{ text: 'order 10041.' }] }
    provider.script({ say: [command] }, readsBack, told)
    const messages = []
    for await (const message of query({ prompt: 'Which order failed?', options })) messages.push(message)
    assert.equal(messages.at(-1).result, 'order 10041.')
    assert.match(provider.got[1].items.at(-1), REF)
    assert.equal(provider.got.length, 3)
    assert.doesNotMatch(JSON.stringify(messages), /"headroom_retrieve"/)
  }

  return { alone: true, checks: { run } }
}

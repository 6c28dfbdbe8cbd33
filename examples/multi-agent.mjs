/**
 * Two agents and what they both know. The collector leaves a log; the analyst, in a process of its own, is shown it
 * compressed and reads back what it wants to see in full. Nobody copies a log into a prompt twice.
 *
 *   node examples/multi-agent.mjs
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

import { SharedContext, retrieve, retrieveTool } from 'headroom'

import { chat, log } from './mock.mjs'

// With `store: 'redis://…'` the two could be on different machines.
const context = new SharedContext({ name: 'incident 1234', model: 'gpt-5', ttl: 3_600 })

async function collect() {
  const { tokensBefore, tokensAfter } = await context.put('ci log', log(), { agent: 'collector', query: 'why did the job fail?' })
  console.log(`collector: left ${tokensBefore} tokens as ${tokensAfter}`)
}

async function analyse() {
  const { agent, text } = await context.getEntry('ci log')
  const messages = [{ role: 'user', content: `Why did the job fail? The log that the ${agent} left:\n\n${text}` }]
  for (let turn = 0; turn < 5; turn += 1) {
    const answer = await chat({ messages, tools: [retrieveTool('openai')] })
    messages.push(answer)
    if (!answer.tool_calls) break
    for (const call of answer.tool_calls) {
      const input = JSON.parse(call.function.arguments)
      const page = await retrieve(input.ref, input)
      console.log(`analyst: read back ${page.text.length} characters`)
      messages.push({ role: 'tool', tool_call_id: call.id, content: page.text })
    }
  }
  await context.put('finding', { by: 'analyst', text: messages.at(-1).content }, { agent: 'analyst' })
}

if (process.argv[2] === 'analyst') {
  await analyse()
} else {
  await collect()
  spawnSync(process.execPath, [fileURLToPath(import.meta.url), 'analyst'], { stdio: 'inherit' })
  console.log('finding:', await context.get('finding', { full: true }))
  const { entries, tokensSaved } = await context.stats()
  console.log(`${entries} values, ${tokensSaved} tokens saved each time one is shown`)
}

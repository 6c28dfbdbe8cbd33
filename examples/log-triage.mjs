/**
 * A CI log of thousands of lines: failures and what leads to them stay, the rest goes by shape and count. The model may
 * read back any part of it with `headroom_retrieve`, which this example answers itself.
 *
 *   node examples/log-triage.mjs [FILE]
 */
import { readFileSync } from 'node:fs'

import { compress, retrieve, retrieveTool } from 'headroom'

import { chat, log } from './mock.mjs'

const [file] = process.argv.slice(2)
const job = { id: 'call_1', type: 'function', function: { name: 'job_log', arguments: '{"job":1234}' } }
const conversation = [
  { role: 'system', content: 'You find out why CI jobs fail. Read back parts of logs where you need them.' },
  { role: 'user', content: 'Why did job 1234 fail?' },
  { role: 'assistant', content: null, tool_calls: [job] },
  { role: 'tool', tool_call_id: 'call_1', content: file ? readFileSync(file, 'utf8') : log() },
]

const { messages, tokensBefore, tokensAfter, blocks } = await compress(conversation, { model: 'gpt-5', ccr: true })
console.log(`${tokensBefore} tokens became ${tokensAfter} (${blocks.at(-1).kind})\n\n${messages.at(-1).content}\n`)

for (let turn = 0; turn < 5; turn += 1) {
  const answer = await chat({ messages, tools: [retrieveTool('openai')] })
  messages.push(answer)
  if (!answer.tool_calls) break
  for (const call of answer.tool_calls) {
    const input = JSON.parse(call.function.arguments)
    const { text } = await retrieve(input.ref, input)
    console.log(`read back ${call.function.arguments}: ${text.length} characters`)
    messages.push({ role: 'tool', tool_call_id: call.id, content: text })
  }
}

console.log(messages.at(-1).content)

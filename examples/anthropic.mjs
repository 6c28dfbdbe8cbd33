/**
 * Anthropic, streamed. Text arrives as the model writes it; a hidden round in which the model reads back what was left
 * out happens inside the same stream.
 *
 *   npm install @anthropic-ai/sdk && node examples/anthropic.mjs
 */
import Anthropic from '@anthropic-ai/sdk'
import { withHeadroom } from 'headroom/anthropic'

import { orders, provider } from './mock.mjs'

const { options, close } = await provider('ANTHROPIC_API_KEY', '')
const client = withHeadroom(new Anthropic(options), {
  onReport: ({ tokensBefore, tokensAfter }) => console.log(`${tokensBefore} tokens became ${tokensAfter}`),
})

const tools = [{ name: 'list_orders', description: 'All orders of the day.', input_schema: { type: 'object', properties: {} } }]
const messages = [{ role: 'user', content: 'Which order failed today, and why?' }]

for (let turn = 0; turn < 5; turn += 1) {
  const stream = client.messages.stream({ model: 'claude-sonnet-5', max_tokens: 1_000, messages, tools })
  stream.on('text', (text) => process.stdout.write(text))
  const { content, stop_reason } = await stream.finalMessage()
  messages.push({ role: 'assistant', content })
  if (stop_reason !== 'tool_use') break
  const calls = content.filter(({ type }) => type === 'tool_use')
  messages.push({ role: 'user', content: calls.map(({ id }) => ({ type: 'tool_result', tool_use_id: id, content: JSON.stringify(orders(300)) })) })
}

process.stdout.write('\n')
await close()

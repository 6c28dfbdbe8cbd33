/**
 * OpenAI with a tool. One line around the SDK's client, which stays the class it was: tool outputs become smaller on
 * their way, what was left out is read back unseen, and every method works as it always does.
 *
 *   npm install openai && node examples/openai.mjs
 */
import { withHeadroom } from 'headroom/openai'
import OpenAI from 'openai'

import { orders, provider } from './mock.mjs'

const { options, close } = await provider('OPENAI_API_KEY')
const client = withHeadroom(new OpenAI(options), {
  onReport: ({ tokensBefore, tokensAfter }) => console.log(`${tokensBefore} tokens became ${tokensAfter}`),
})

const tools = [{ type: 'function', function: { name: 'list_orders', description: 'All orders of the day.', parameters: { type: 'object', properties: {} } } }]
const messages = [{ role: 'user', content: 'Which order failed today, and why?' }]

for (let turn = 0; turn < 5; turn += 1) {
  const { choices } = await client.chat.completions.create({ model: 'gpt-5', messages, tools })
  const { message } = choices[0]
  messages.push(message)
  if (!message.tool_calls) break
  for (const { id } of message.tool_calls) messages.push({ role: 'tool', tool_call_id: id, content: JSON.stringify(orders(300)) })
}

console.log(messages.at(-1).content)
await close()

/**
 * The AI SDK: a chat with tools. One wrapper around the model; tool results become smaller on their way to it, messages
 * stay what they are, and rounds in which it reads back what was left out are no steps of yours.
 *
 *   npm install ai @ai-sdk/openai && node examples/ai-sdk-chat.mjs
 */
import { createOpenAI } from '@ai-sdk/openai'
import { generateText, jsonSchema, stepCountIs, tool } from 'ai'
import { withHeadroom } from 'headroom/ai-sdk'

import { orders, provider } from './mock.mjs'

const { options, close } = await provider('OPENAI_API_KEY')
const model = withHeadroom(createOpenAI(options)('gpt-5'))

const tools = {
  list_orders: tool({
    description: 'All orders of the day.',
    inputSchema: jsonSchema({ type: 'object', properties: {} }),
    execute: async () => orders(300),
  }),
}

const messages = []
for (const question of ['Which order failed today, and why?', 'Is that the only one?']) {
  messages.push({ role: 'user', content: question })
  const { text, steps, response, providerMetadata } = await generateText({ model, tools, messages, stopWhen: stepCountIs(5) })
  messages.push(...response.messages)
  const { tokensBefore, tokensAfter } = providerMetadata.headroom
  console.log(`${question}\n${text}\n(${steps.length} steps, ${tokensBefore} tokens became ${tokensAfter})\n`)
}
await close()

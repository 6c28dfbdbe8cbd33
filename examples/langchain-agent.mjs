/**
 * LangChain: an agent with one middleware more. Its state keeps the originals of tool messages; the model is sent the
 * smaller ones and reads back what it needs.
 *
 *   npm install langchain @langchain/core @langchain/openai && node examples/langchain-agent.mjs
 */
import { ChatOpenAI } from '@langchain/openai'
import { headroomMiddleware } from 'headroom/langchain'
import { createAgent, tool } from 'langchain'

import { orders, provider } from './mock.mjs'

const { options, close } = await provider('OPENAI_API_KEY')
const { apiKey, baseURL } = options

const listOrders = tool(async () => JSON.stringify(orders(300)), {
  name: 'list_orders',
  description: 'All orders of the day.',
  schema: { type: 'object', properties: {} },
})

const agent = createAgent({
  model: new ChatOpenAI({ model: 'gpt-5', apiKey, configuration: { baseURL } }),
  tools: [listOrders],
  middleware: [headroomMiddleware()],
})

const { messages } = await agent.invoke({ messages: [{ role: 'user', content: 'Which order failed today, and why?' }] })
const answer = messages.at(-1)
console.log(answer.content)
console.log(answer.response_metadata.headroom)
await close()

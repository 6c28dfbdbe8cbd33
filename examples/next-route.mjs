/**
 * A chat route of Next.js: `POST` as it stands in `app/api/chat/route.ts`, answering `useChat` of the AI SDK. In
 * `next.config` belongs `serverExternalPackages: ['headroom']`, as the package has a native part.
 *
 *   npm install ai @ai-sdk/openai && node examples/next-route.mjs
 */
import { createOpenAI } from '@ai-sdk/openai'
import { convertToModelMessages, jsonSchema, stepCountIs, streamText, tool } from 'ai'
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

export async function POST(request) {
  const { messages } = await request.json()
  const result = streamText({
    model,
    tools,
    stopWhen: stepCountIs(5),
    messages: await convertToModelMessages(messages),
    abortSignal: request.signal,
  })
  return result.toUIMessageStreamResponse()
}

// What a browser sends and sees, without one.
const messages = [{ id: '1', role: 'user', parts: [{ type: 'text', text: 'Which order failed today, and why?' }] }]
const response = await POST(new Request('http://localhost/api/chat', { method: 'POST', body: JSON.stringify({ messages }) }))
for (const event of (await response.text()).split('\n\n')) {
  if (event.startsWith('data: {')) console.log(JSON.parse(event.slice('data: '.length)).type, event.length)
  if (event.includes('"text-delta"')) console.log(JSON.parse(event.slice('data: '.length)).delta)
}
await close()

/**
 * The AI SDK: an agent that streams. Text and tool calls arrive as they are made; what happens between the model and
 * Headroom is not in the stream.
 *
 *   npm install ai @ai-sdk/anthropic && node examples/ai-sdk-stream.mjs
 */
import { createAnthropic } from '@ai-sdk/anthropic'
import { jsonSchema, stepCountIs, streamText, tool } from 'ai'
import { withHeadroom } from 'headroom/ai-sdk'

import { log, provider } from './mock.mjs'

const { options, close } = await provider('ANTHROPIC_API_KEY')
const model = withHeadroom(createAnthropic(options)('claude-sonnet-5'))

const tools = {
  job_log: tool({
    description: 'The log of a CI job.',
    inputSchema: jsonSchema({ type: 'object', properties: { job: { type: 'integer' } } }),
    execute: async () => log(),
  }),
}

const result = streamText({ model, tools, stopWhen: stepCountIs(5), prompt: 'Why did job 1234 fail?' })
for await (const part of result.fullStream) {
  if (part.type === 'text-delta') process.stdout.write(part.text)
  if (part.type === 'tool-call') console.log(`calls ${part.toolName}`)
  if (part.type === 'error') throw part.error
}

const { tokensBefore, tokensAfter, rounds } = (await result.providerMetadata).headroom
console.log(`\n${tokensBefore} tokens became ${tokensAfter}; ${rounds} hidden rounds`)
await close()

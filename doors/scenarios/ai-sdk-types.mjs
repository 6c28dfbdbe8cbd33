/** `headroom/ai-sdk` as TypeScript sees it beside one major of the AI SDK. */
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { typed } from '../typed.mjs'

const SOURCE = `
import { createOpenAI } from '@ai-sdk/openai'
import { createProviderRegistry, customProvider, generateText, streamText, tool, jsonSchema, wrapLanguageModel } from 'ai'
import { type AiSdkCallOptions, headroomMiddleware, headroomTools, withHeadroom } from 'headroom/ai-sdk'
import { headroomMiddleware as alias } from 'headroom/vercel-ai'

const openai = createOpenAI({ apiKey: 'key' })
const list = tool({ description: 'x', inputSchema: jsonSchema<{ page: number }>({ type: 'object' }), execute: async ({ page }) => page })
export const one = wrapLanguageModel({ model: openai('gpt-5'), middleware: headroomMiddleware() })
export const several = wrapLanguageModel({ model: openai.chat('gpt-5'), middleware: [headroomMiddleware({ ccr: false }), alias()] })
export const registry = createProviderRegistry({ openai, mine: customProvider({ languageModels: { m: withHeadroom(openai('gpt-5')) } }) }, { languageModelMiddleware: headroomMiddleware() })
export const same: ReturnType<typeof openai.responses> = withHeadroom(openai.responses('gpt-5'))

export async function run(): Promise<void> {
  const headroom = { enabled: false } satisfies AiSdkCallOptions
  const result = await generateText({ model: withHeadroom(openai('gpt-5')), tools: { list, ...headroomTools() }, prompt: 'x', providerOptions: { headroom } })
  const names: ('list' | 'headroom_retrieve')[] = result.toolCalls.filter((call) => !call.dynamic).map((call) => call.toolName)
  void [names, streamText({ model: one, tools: headroomTools(), prompt: 'x' }).text]
}
`

test('the middleware, the wrapper and the tools fit without a cast', () => {
  assert.equal(typed(SOURCE), '')
})

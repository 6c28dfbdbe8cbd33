/** `headroom/langchain` as TypeScript sees it beside LangChain. */
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { typed } from '../typed.mjs'

const SOURCE = `
import { ContextualCompressionRetriever } from '@langchain/classic/retrievers/contextual_compression'
import { type BaseMessage, HumanMessage } from '@langchain/core/messages'
import { ChatPromptTemplate } from '@langchain/core/prompts'
import type { BaseRetriever } from '@langchain/core/retrievers'
import { RunnableSequence } from '@langchain/core/runnables'
import { MessagesAnnotation, StateGraph } from '@langchain/langgraph'
import { ChatAnthropic } from '@langchain/anthropic'
import { ChatOpenAI } from '@langchain/openai'
import { createAgent, tool } from 'langchain'
import { HeadroomDocumentCompressor, compressMessages, headroomMiddleware, withHeadroom } from 'headroom/langchain'
import { z } from 'zod'

const model: ChatOpenAI = withHeadroom(new ChatOpenAI({ model: 'gpt-5' }))
const list = tool(async () => 'x', { name: 'list', description: 'x', schema: z.object({ page: z.number() }) })

export async function run(baseRetriever: BaseRetriever): Promise<void> {
  const agent = createAgent({ model, tools: [list], middleware: [headroomMiddleware()] })
  const last: BaseMessage | undefined = (await agent.invoke({ messages: [new HumanMessage('x')] })).messages.at(-1)
  const structured = createAgent({ model: withHeadroom(new ChatAnthropic({})), tools: [list], middleware: [headroomMiddleware()] as const, responseFormat: z.object({ n: z.number() }) })
  const n: number = (await structured.invoke({ messages: [] })).structuredResponse.n
  const prompt = ChatPromptTemplate.fromMessages([['human', '{x}']])
  await RunnableSequence.from([prompt, compressMessages({ model: 'gpt-5' }), model]).invoke({ x: 'y' })
  new StateGraph(MessagesAnnotation).addNode('smaller', async ({ messages }) => ({ messages: await compressMessages(messages) }))
  new ContextualCompressionRetriever({ baseRetriever, baseCompressor: new HeadroomDocumentCompressor() })
  void [last, n]
}
`

test('the middleware, the wrapper and the compressors fit without a cast', () => {
  assert.equal(typed(SOURCE), '')
})

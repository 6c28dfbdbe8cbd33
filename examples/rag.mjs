/**
 * Retrieval-augmented generation: a search found more than the question needs. The passages go through `compress` with
 * the question; sentences that answer it stay word for word.
 *
 *   node examples/rag.mjs
 */
import { compress, retrieve, retrieveTool } from 'headroom'

import { chat } from './mock.mjs'

const QUESTION = 'How long are refunds possible when the card payment was declined?'

/** What a vector search would give: passages with a title, most of them beside the point. */
const TOPICS = ['shipping', 'gift cards', 'accounts', 'newsletters', 'warehouses', 'returns', 'privacy', 'loyalty points']
const passages = TOPICS.map((topic, at) => ({
  title: `Handbook, chapter ${at + 1}: ${topic}`,
  text: [
    `This chapter of the handbook is about ${topic}. It was last revised by the support team in spring.`,
    `Questions on ${topic} that are not answered here go to the team lead of the shift, by mail or in person.`,
    topic === 'returns' ? 'When a card payment was declined, refunds are possible for 14 days after the failed attempt.' : `For ${topic}, the usual opening hours of the service desk apply.`,
    ...Array.from({ length: 12 }, (_, n) => `Example ${n + 1} shows how colleagues in region ${n + 3} handled a case of ${topic} that took ${n + 2} calls.`),
  ].join(' '),
}))

const search = { id: 'call_1', type: 'function', function: { name: 'search_handbook', arguments: JSON.stringify({ query: QUESTION }) } }
const conversation = [
  { role: 'user', content: QUESTION },
  { role: 'assistant', content: null, tool_calls: [search] },
  { role: 'tool', tool_call_id: 'call_1', content: passages.map(({ title, text }) => `## ${title}\n\n${text}`).join('\n\n') },
]

const { messages, tokensBefore, tokensAfter } = await compress(conversation, { model: 'gpt-5', ccr: true, targetRatio: 0.2 })
console.log(`${tokensBefore} tokens of passages and question became ${tokensAfter}:\n`)
console.log(messages.at(-1).content)

// What was left out can be read back: the tool is offered, and its calls are answered.
for (let turn = 0; turn < 5; turn += 1) {
  const answer = await chat({ messages, tools: [retrieveTool('openai')] })
  messages.push(answer)
  if (!answer.tool_calls) break
  for (const call of answer.tool_calls) {
    const input = JSON.parse(call.function.arguments)
    messages.push({ role: 'tool', tool_call_id: call.id, content: (await retrieve(input.ref, input)).text })
  }
}

console.log(`\n${messages.at(-1).content}`)

/** Conversations for the tests, made up here: the same tool output in the shape of each format. */

/** A ref, where one stands in a text. */
export const REF = /\b[0-9a-f]{32}\b/

/** Records like an API returns them: `count` rows, one of them with an error. */
export function orders(count) {
  return Array.from({ length: count }, (_, index) => ({
    id: 10_000 + index,
    customer: `customer ${(index * 7) % 97}`,
    currency: 'EUR',
    total: ((index * 1373) % 9973) / 100,
    paid: index % 11 !== 0,
    status: index === 41 ? 'error: card declined' : 'shipped',
    createdAt: `2026-03-${String(1 + (index % 28)).padStart(2, '0')}T08:00:00Z`,
  }))
}

/** Records that tell which key they were left under: long enough to be compressed. */
export function recordsOf(key) {
  return Array.from({ length: 120 }, (_, row) => ({ key, row, state: row % 40 === 7 ? `failed in ${key}` : 'done' }))
}

const QUESTION = 'Which order failed?'

/** OpenAI chat messages whose last one holds `text` as the output of a tool. */
export function openai(text, name = 'list_orders') {
  return [
    { role: 'system', content: 'You are a shop assistant.' },
    { role: 'user', content: QUESTION },
    {
      role: 'assistant',
      content: null,
      tool_calls: [{ id: 'call_1', type: 'function', function: { name, arguments: '{"page":1}' } }],
    },
    { role: 'tool', tool_call_id: 'call_1', content: text },
  ]
}

/** Items of the responses API; `output` is what the `function_call_output` holds. */
export function responses(output, name = 'list_orders') {
  return [
    { role: 'developer', content: 'You are a shop assistant.' },
    { role: 'user', content: [{ type: 'input_text', text: QUESTION }] },
    { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'c2VhbGVk' },
    { type: 'function_call', call_id: 'call_1', name, arguments: '{"page":1}' },
    { type: 'function_call_output', call_id: 'call_1', output },
  ]
}

/** Gemini contents; `response` is what the `functionResponse` holds. */
export function gemini(response, name = 'list_orders') {
  return [
    { role: 'user', parts: [{ text: QUESTION }] },
    { role: 'model', parts: [{ functionCall: { name, args: { page: 1 } }, thoughtSignature: 'c2VhbGVk' }] },
    { role: 'user', parts: [{ functionResponse: { name, response } }] },
  ]
}

/** Bedrock converse messages; `item` is what the `toolResult` holds. */
export function bedrock(item, name = 'list_orders') {
  return [
    { role: 'user', content: [{ text: QUESTION }] },
    { role: 'assistant', content: [{ toolUse: { toolUseId: 'call_1', name, input: { page: 1 } } }] },
    { role: 'user', content: [{ toolResult: { toolUseId: 'call_1', content: [item], status: 'success' } }, { cachePoint: { type: 'default' } }] },
  ]
}

/** Anthropic messages; `content` is what the `tool_result` holds. */
export function anthropic(content, name = 'list_orders') {
  return [
    { role: 'user', content: QUESTION },
    { role: 'assistant', content: [{ type: 'tool_use', id: 'toolu_1', name, input: { page: 1 } }] },
    {
      role: 'user',
      content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content, cache_control: { type: 'ephemeral' } }],
    },
  ]
}

/** An AI SDK prompt; `output` is what the `tool-result` holds. */
export function aiSdk(output, name = 'list_orders') {
  return [
    { role: 'system', content: 'You are a shop assistant.' },
    { role: 'user', content: [{ type: 'text', text: QUESTION }] },
    { role: 'assistant', content: [{ type: 'tool-call', toolCallId: 'call_1', toolName: name, input: { page: 1 } }] },
    { role: 'tool', content: [{ type: 'tool-result', toolCallId: 'call_1', toolName: name, output }] },
  ]
}

/** The text of the one compressible block of each conversation above. */
export const textOf = {
  openai: (messages) => messages.at(-1).content,
  anthropic: (messages) => {
    const { content } = messages.at(-1).content[0]
    return typeof content === 'string' ? content : content[0].text
  },
  responses: (messages) => {
    const { output } = messages.at(-1)
    return typeof output === 'string' ? output : output[0].text
  },
  gemini: (messages) => {
    const { output, rows } = messages.at(-1).parts[0].functionResponse.response
    return rows ?? output
  },
  bedrock: (messages) => messages.at(-1).content[0].toolResult.content[0].text,
  aiSdk: (messages) => {
    const { output } = messages.at(-1).content[0]
    return output.type === 'content' ? output.value[0].text : output.value
  },
}

/** `value`, frozen all the way down: writing to any part of it throws. */
export function deepFreeze(value) {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value
  for (const part of Object.values(value)) deepFreeze(part)
  return Object.freeze(value)
}

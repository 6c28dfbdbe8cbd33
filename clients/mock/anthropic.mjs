/** What Anthropic's messages API answers. */
import { PAUSE, pieces, sse } from './turn.mjs'

const USAGE = { input_tokens: 10, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 5 }

const block = (item) => {
  if (item.think) return { type: 'thinking', thinking: item.think, signature: `sealed ${item.think}` }
  if (item.call) return { type: 'tool_use', id: item.call.id, name: item.call.name, input: item.call.input }
  return { type: 'text', text: item.text }
}

const message = (turn, id, model) => ({
  id: `msg_${id}`,
  type: 'message',
  role: 'assistant',
  model,
  content: turn.say.map(block),
  stop_reason: turn.say.some(({ call }) => call) ? 'tool_use' : 'end_turn',
  stop_sequence: null,
  usage: USAGE,
})

/** The whole answer. */
export const whole = (turn, id, body) => message(turn, id, body.model)

const event = (value) => sse(value, value.type)

function* blockEvents(item, index) {
  const delta = (value) => event({ type: 'content_block_delta', index, delta: value })
  const start = (value) => event({ type: 'content_block_start', index, content_block: value })
  if (item.think) {
    yield start({ type: 'thinking', thinking: '', signature: '' })
    yield delta({ type: 'thinking_delta', thinking: item.think })
    yield delta({ type: 'signature_delta', signature: `sealed ${item.think}` })
  } else if (item.call) {
    yield start({ ...block(item), input: {} })
    yield delta({ type: 'input_json_delta', partial_json: '' })
    for (const part of pieces(JSON.stringify(item.call.input))) yield delta({ type: 'input_json_delta', partial_json: part })
  } else {
    yield start({ type: 'text', text: '' })
    for (const text of pieces(item.text)) {
      yield delta({ type: 'text_delta', text })
      yield PAUSE
    }
  }
  yield event({ type: 'content_block_stop', index })
}

/** The answer as a stream. */
export function* stream(turn, id, body) {
  const { content: _, stop_reason, ...rest } = message(turn, id, body.model)
  yield event({ type: 'message_start', message: { ...rest, content: [], stop_reason: null, usage: { ...USAGE, output_tokens: 1 } } })
  yield event({ type: 'ping' })
  for (const [index, item] of turn.say.entries()) yield* blockEvents(item, index)
  yield event({ type: 'message_delta', delta: { stop_reason, stop_sequence: null }, usage: { output_tokens: USAGE.output_tokens } })
  yield event({ type: 'message_stop' })
}

/** What an error says. */
export const failure = (status, text) => ({
  type: 'error',
  error: { type: { 400: 'invalid_request_error', 429: 'rate_limit_error', 529: 'overloaded_error' }[status] ?? 'api_error', message: text },
  request_id: 'req_mock',
})

/** What OpenAI's chat completions API answers. */
import { PAUSE, pieces, sse } from './turn.mjs'

const USAGE = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 }

const texts = (turn) => turn.say.filter(({ text }) => text !== undefined).map(({ text }) => text)
const calls = (turn) => turn.say.flatMap(({ call }) => (call ? [call] : []))
const reason = (turn) => (calls(turn).length > 0 ? 'tool_calls' : 'stop')
const called = ({ id, name, input }) => ({ id, type: 'function', function: { name, arguments: JSON.stringify(input) } })

/** The whole answer. */
export function whole(turn, id, body) {
  const message = { role: 'assistant', content: texts(turn).join('') || null, refusal: null }
  if (calls(turn).length > 0) message.tool_calls = calls(turn).map(called)
  return {
    id: `chatcmpl-${id}`,
    object: 'chat.completion',
    created: 1_700_000_000,
    model: body.model,
    choices: [{ index: 0, message, logprobs: null, finish_reason: reason(turn) }],
    usage: USAGE,
  }
}

/** The answer as a stream. */
export function* stream(turn, id, body) {
  const head = { id: `chatcmpl-${id}`, object: 'chat.completion.chunk', created: 1_700_000_000, model: body.model }
  const chunk = (delta, finish_reason = null) => sse({ ...head, choices: [{ index: 0, delta, logprobs: null, finish_reason }] })
  yield chunk({ role: 'assistant', content: '' })
  for (const text of texts(turn).flatMap(pieces)) {
    yield chunk({ content: text })
    yield PAUSE
  }
  for (const [index, call] of calls(turn).entries()) {
    const { function: asked, ...rest } = called(call)
    yield chunk({ tool_calls: [{ index, ...rest, function: { name: asked.name, arguments: '' } }] })
    for (const part of pieces(asked.arguments)) yield chunk({ tool_calls: [{ index, function: { arguments: part } }] })
  }
  yield chunk({}, reason(turn))
  if (body.stream_options?.include_usage) yield sse({ ...head, choices: [], usage: USAGE })
  yield 'data: [DONE]\n\n'
}

/** What an error says. */
export const failure = (status, text) => ({
  error: { message: text, type: status === 400 ? 'invalid_request_error' : 'requests', param: null, code: `mock_${status}` },
})

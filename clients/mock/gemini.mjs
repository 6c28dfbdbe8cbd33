/** What Gemini's API answers. */
import { PAUSE, pieces, sse } from './turn.mjs'

const USAGE = { promptTokenCount: 10, candidatesTokenCount: 5, totalTokenCount: 15 }

function part(item) {
  if (item.think) return { text: item.think, thought: true }
  if (item.call) return { functionCall: { name: item.call.name, args: item.call.input }, thoughtSignature: 'c2VhbGVk' }
  return { text: item.text }
}

const answer = (parts, id, finishReason) => ({
  candidates: [{ content: { parts, role: 'model' }, ...(finishReason && { finishReason }), index: 0 }],
  usageMetadata: USAGE,
  modelVersion: 'gemini-mock',
  responseId: `r${id}`,
})

/** The whole answer. */
export const whole = (turn, id) => answer(turn.say.map(part), id, 'STOP')

/** The answer as a stream. */
export function* stream(turn, id) {
  for (const item of turn.say) {
    const split = item.text ? pieces(item.text).map((text) => ({ text })) : [item]
    for (const said of split) {
      yield sse(answer([part(said)], id))
      if (said.text) yield PAUSE
    }
  }
  yield sse(answer([{ text: '' }], id, 'STOP'))
}

/** What an error says. */
export const failure = (status, text) => ({
  error: { code: status, message: text, status: { 400: 'INVALID_ARGUMENT', 429: 'RESOURCE_EXHAUSTED' }[status] ?? 'UNAVAILABLE' },
})

/** What Bedrock's converse API answers, in frames of its own where it streams. */
import { crc32 } from 'node:zlib'

import { PAUSE, pieces } from './turn.mjs'

const USAGE = { inputTokens: 10, outputTokens: 5, totalTokens: 15 }

function block(item) {
  if (item.think) return { reasoningContent: { reasoningText: { text: item.think, signature: `sealed ${item.think}` } } }
  if (item.call) return { toolUse: { toolUseId: item.call.id, name: item.call.name, input: item.call.input } }
  return { text: item.text }
}

const reason = (turn) => (turn.say.some(({ call }) => call) ? 'tool_use' : 'end_turn')

/** The whole answer. */
export const whole = (turn) => ({
  output: { message: { role: 'assistant', content: turn.say.map(block) } },
  stopReason: reason(turn),
  usage: USAGE,
  metrics: { latencyMs: 1 },
})

const header = (name, value) => {
  const text = Buffer.from(value)
  const length = Buffer.alloc(2)
  length.writeUInt16BE(text.length)
  return Buffer.concat([Buffer.from([name.length]), Buffer.from(name), Buffer.from([7]), length, text])
}

/** One frame of an event stream: lengths, their sum, headers, payload, and the sum of all. */
export function frame(type, value, kind = 'event') {
  const headers = Buffer.concat([
    header(`:${kind}-type`, type),
    header(':content-type', 'application/json'),
    header(':message-type', kind),
  ])
  const payload = Buffer.from(JSON.stringify(value))
  const bytes = Buffer.alloc(16 + headers.length + payload.length)
  bytes.writeUInt32BE(bytes.length, 0)
  bytes.writeUInt32BE(headers.length, 4)
  bytes.writeUInt32BE(crc32(bytes.subarray(0, 8)), 8)
  headers.copy(bytes, 12)
  payload.copy(bytes, 12 + headers.length)
  bytes.writeUInt32BE(crc32(bytes.subarray(0, -4)), bytes.length - 4)
  return bytes
}

function* blockFrames(item, contentBlockIndex) {
  const delta = (value) => frame('contentBlockDelta', { contentBlockIndex, delta: value })
  if (item.call) {
    const { input, ...start } = block(item).toolUse
    yield frame('contentBlockStart', { contentBlockIndex, start: { toolUse: start } })
    for (const part of pieces(JSON.stringify(input))) yield delta({ toolUse: { input: part } })
  } else if (item.think) {
    yield delta({ reasoningContent: { text: item.think } })
    yield delta({ reasoningContent: { signature: `sealed ${item.think}` } })
  } else {
    for (const text of pieces(item.text)) {
      yield delta({ text })
      yield PAUSE
    }
  }
  yield frame('contentBlockStop', { contentBlockIndex })
}

/** The answer as a stream. */
export function* stream(turn) {
  yield frame('messageStart', { role: 'assistant' })
  for (const [index, item] of turn.say.entries()) yield* blockFrames(item, index)
  yield frame('messageStop', { stopReason: reason(turn) })
  yield frame('metadata', { usage: USAGE, metrics: { latencyMs: 1 } })
}

/** What an error says. */
export const failure = (_, text) => ({ message: text })

/** The header that names an error. */
export const errorType = (status) =>
  ({ 400: 'ValidationException', 429: 'ThrottlingException' })[status] ?? 'ServiceUnavailableException'

/** Claude's events in frames, as an invoked model says them. */
export const framed = (events) => function* (turn, id, body) {
  for (const piece of events(turn, id, body)) {
    if (piece === PAUSE) yield PAUSE
    else yield frame('chunk', { bytes: Buffer.from(piece.slice(piece.indexOf('{')).trim()).toString('base64') })
  }
}

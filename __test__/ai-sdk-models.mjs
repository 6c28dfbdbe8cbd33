/** Models of the AI SDK's specifications V2, V3 and V4 that answer by script, and what applications do with answers. */
import assert from 'node:assert/strict'

import { REF, aiSdk, orders } from './conversations.mjs'

/** The specifications, as ai 5, 6 and 7 have them. */
export const VERSIONS = ['v2', 'v3', 'v4']

export const ORDERS = JSON.stringify(orders(300))

/** A tool of the application's. */
export const LIST = { type: 'function', name: 'list_orders', inputSchema: { type: 'object', properties: {} } }

/** A conversation whose last message holds a large tool result. */
export const conversation = (output = { type: 'json', value: orders(300) }) => aiSdk(output)

export const request = (more = {}) => ({ prompt: conversation(), tools: [LIST], ...more })

export const text = (value, providerMetadata) => ({ type: 'text', text: value, ...(providerMetadata && { providerMetadata }) })
export const reasoning = (value, signature) => ({ type: 'reasoning', text: value, providerMetadata: { anthropic: { signature } } })
export const call = (id, toolName, input = {}, providerMetadata) => ({
  type: 'tool-call',
  toolCallId: id,
  toolName,
  input: typeof input === 'string' ? input : JSON.stringify(input),
  ...(providerMetadata && { providerMetadata }),
})

/** A call of ours for the ref that the request shows; or as given. */
export const retrieve = (id, input, meta) => (options) =>
  call(id, 'headroom_retrieve', input ?? { ref: REF.exec(JSON.stringify(options.prompt))[0], rows: '42' }, meta)

/** Tokens and reasons in the words of a specification. */
export const usage = (version, input, output) =>
  version === 'v2'
    ? { inputTokens: input, outputTokens: output, totalTokens: input + output }
    : { inputTokens: { total: input, noCache: input, cacheRead: undefined, cacheWrite: undefined }, outputTokens: { total: output, text: output, reasoning: undefined }, raw: { said: input } }
export const finish = (version, word) => (version === 'v2' ? word : { unified: word, raw: `raw ${word}` })

/** Content as the pieces of a stream. Like Anthropic's, the signature of a thought comes on a piece of its own. */
export function pieces(content, version, word, tokens = [10, 2]) {
  const parts = content.flatMap((part, index) => {
    const id = String(index)
    if (part.type === 'text') {
      const words = part.text === '' ? [] : part.text.split(/(?<= )/)
      return [{ type: 'text-start', id, ...(part.providerMetadata && { providerMetadata: part.providerMetadata }) }, ...words.map((delta) => ({ type: 'text-delta', id, delta })), { type: 'text-end', id }]
    }
    if (part.type === 'reasoning') {
      const { providerMetadata } = part
      return [{ type: 'reasoning-start', id }, { type: 'reasoning-delta', id, delta: part.text }, { type: 'reasoning-delta', id, delta: '', providerMetadata }, { type: 'reasoning-end', id }]
    }
    if (part.type !== 'tool-call') return [part]
    const { toolCallId, toolName, input } = part
    return [{ type: 'tool-input-start', id: toolCallId, toolName }, { type: 'tool-input-delta', id: toolCallId, delta: input }, { type: 'tool-input-end', id: toolCallId }, part]
  })
  return [
    { type: 'stream-start', warnings: [] },
    { type: 'response-metadata', id: 'response', modelId: 'm' },
    ...parts,
    { type: 'finish', finishReason: finish(version, word), usage: usage(version, ...tokens), providerMetadata: { mock: { finished: true } } },
  ]
}

/** A stream that makes a piece only when one is asked for. */
export function streamOf(list, { onCancel } = {}) {
  let at = 0
  return new ReadableStream(
    {
      async pull(controller) {
        if (at === list.length) return controller.close()
        const piece = list[at]
        at += 1
        if (piece instanceof Error) throw piece
        controller.enqueue(typeof piece === 'function' ? await piece() : piece)
      },
      cancel: onCancel,
    },
    { highWaterMark: 0 },
  )
}

/**
 * A model that gives its answers in turn, the last one again and again. An answer is a list of parts, an error to throw,
 * or `{ parts, word, tokens, stream }`; functions, of answers or parts, are given the request. `calls` holds what it was called with, as JSON would carry it.
 */
export function scripted(version, ...answers) {
  const calls = []
  const signals = []
  const cancelled = []
  const next = (options) => {
    const { abortSignal, ...rest } = options
    calls.push(JSON.parse(JSON.stringify(rest)))
    signals.push(abortSignal)
    const given = answers[Math.min(calls.length, answers.length) - 1]
    const answer = typeof given === 'function' ? given(options) : given
    if (answer instanceof Error) throw answer
    const { parts = answer, word, tokens = [10, 2], warnings = [], ...more } = Array.isArray(answer) ? {} : answer
    const content = parts.map((part) => (typeof part === 'function' ? part(options) : part))
    const called = content.some(({ type, providerExecuted }) => type === 'tool-call' && !providerExecuted)
    return { content, word: word ?? (called ? 'tool-calls' : 'stop'), tokens, warnings, more }
  }
  return {
    specificationVersion: version,
    provider: 'mock',
    modelId: 'gpt-4o',
    supportedUrls: {},
    calls,
    signals,
    cancelled,
    async doGenerate(options) {
      const { content, word, tokens, warnings } = next(options)
      return { content, finishReason: finish(version, word), usage: usage(version, ...tokens), warnings, request: { body: calls.length }, response: { id: `r${calls.length}` }, providerMetadata: { mock: { round: calls.length } } }
    },
    async doStream(options) {
      const { content, word, tokens, more } = next(options)
      const list = more.stream ?? pieces(content, version, word, tokens)
      return { stream: streamOf(list, { onCancel: (reason) => void cancelled.push(reason) }), request: { body: calls.length }, response: { headers: { round: String(calls.length) } } }
    },
  }
}

/** All parts of a stream. */
export async function partsOf(stream) {
  const parts = []
  const reader = stream.getReader()
  for (let read = await reader.read(); !read.done; read = await reader.read()) parts.push(read.value)
  return parts
}

/** An answer, in one piece or put together from a stream as the AI SDK does it. */
export async function ask(model, options, streamed) {
  if (!streamed) return model.doGenerate(options)
  const result = await model.doStream(options)
  const parts = await partsOf(result.stream)
  const content = []
  const blocks = new Map()
  for (const part of parts) {
    const [kind, step] = part.type.split('-')
    if (['tool-call', 'tool-result', 'custom', 'source'].includes(part.type)) content.push(part)
    if (!['text', 'reasoning'].includes(kind)) continue
    if (step === 'start') {
      if (blocks.has(part.id)) throw new Error(`the id ${part.id} stands twice`)
      const block = { type: kind, text: '' }
      blocks.set(part.id, block)
      content.push(block)
    }
    const block = blocks.get(part.id)
    if (part.delta) block.text += part.delta
    if (part.providerMetadata) block.providerMetadata = part.providerMetadata
  }
  const { finishReason, usage: tokens, providerMetadata } = parts.findLast(({ type }) => type === 'finish')
  return { ...result, content, parts, finishReason, usage: tokens, providerMetadata }
}

/** The answer as a message of the next prompt, by way of JSON. */
export function said({ content }) {
  const parts = content.filter((part) => part.type !== 'source' && !(part.type === 'text' && part.text === ''))
  const message = {
    role: 'assistant',
    content: parts.map(({ type, providerMetadata, ...part }) => ({ type, ...ownOf(type, part), ...(providerMetadata && { providerOptions: providerMetadata }) })),
  }
  return JSON.parse(JSON.stringify(message))
}

/** What a part of an answer is as a part of a prompt. */
function ownOf(type, { toolCallId, toolName, input, result, isError, providerExecuted, text: value, kind }) {
  if (type === 'tool-call') return { toolCallId, toolName, input: JSON.parse(input), ...(providerExecuted && { providerExecuted }) }
  if (type === 'tool-result') return { toolCallId, toolName, output: { type: isError ? 'error-json' : 'json', value: result } }
  return type === 'custom' ? { kind } : { text: value }
}

/** Every call has its result in the message behind it, and no result is without its call. */
export function assertPaired(prompt) {
  for (const [index, { role, content }] of prompt.entries()) {
    const ids = (type, at) => (Array.isArray(prompt[at]?.content) ? prompt[at].content : []).filter((part) => part.type === type && !part.providerExecuted).map(({ toolCallId }) => toolCallId)
    if (role === 'assistant') assert.deepEqual(ids('tool-result', index + 1).toSorted(), ids('tool-call', index).toSorted(), JSON.stringify(content))
    if (role === 'tool') assert.deepEqual(ids('tool-call', index - 1).toSorted(), ids('tool-result', index).toSorted(), JSON.stringify(content))
  }
}

/** The application's results. */
export const results = (...ids) => ({ role: 'tool', content: ids.map((toolCallId) => ({ type: 'tool-result', toolCallId, toolName: 'list_orders', output: { type: 'text', value: 'done' } })) })

export const user = (value) => ({ role: 'user', content: [{ type: 'text', text: value }] })

/** Messages in, messages out: for chains, graphs and hooks that run before a model. */
import { compress } from '../compress.js'
import { native, unwrap } from '../native.js'
import { type CompressOptions, splitOptions } from '../options.js'
import { failuresAmong, warner } from '../warner.js'

/** What a prompt gives. */
export interface PromptValueLike<M> {
  toChatMessages(): M[]
}

/** Makes messages smaller. The second parameter is what a Runnable's function is given. */
export type MessageCompressor = <M>(
  messages: readonly M[] | PromptValueLike<M>,
  config?: { signal?: AbortSignal | undefined },
) => Promise<M[]>

const warn: (error: unknown) => void = warner('HEADROOM_LANGCHAIN', 'messages are sent as they are')

async function compressed<M>(messages: readonly M[], options: CompressOptions): Promise<M[]> {
  const result = await compress(messages, { ...options, format: 'langchain' })
  for (const { message } of failuresAmong(result.warnings)) warn(message)
  return result.messages
}

/**
 * Makes LangChain's messages smaller: instances stay instances of their classes, with their ids, so that a state's
 * `messagesStateReducer` replaces them. Called with options alone it gives the function that does it, to stand where a
 * Runnable is wanted:
 *
 * ```js
 * const chain = RunnableSequence.from([prompt, compressMessages({ model: 'gpt-4o' }), model])
 * const node = async ({ messages }) => ({ messages: await compressMessages(messages) })
 * ```
 *
 * Parts are left out only with `ccr`, for a model that is offered `retrieveTool('langchain')`. Where messages are
 * trimmed behind it, `dedup: false` keeps texts from pointing to what is gone.
 *
 * Throws and rejects as `compress` does.
 */
export function compressMessages<M>(messages: readonly M[], options?: CompressOptions): Promise<M[]>
export function compressMessages(options?: CompressOptions): MessageCompressor
export function compressMessages<M>(
  first: readonly M[] | CompressOptions = {},
  options: CompressOptions = {},
): Promise<M[]> | MessageCompressor {
  if (isList(first)) return compressed(first, options)
  unwrap(native().checkOptions(splitOptions(first).core))
  return (messages, config) => {
    const list = isList(messages) ? messages : messages.toChatMessages()
    return compressed(list, { ...first, signal: config?.signal ?? first.signal })
  }
}

function isList<M>(value: readonly M[] | object): value is readonly M[] {
  return Array.isArray(value)
}

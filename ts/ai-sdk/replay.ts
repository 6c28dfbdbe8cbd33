/**
 * Puts hidden rounds of earlier answers back into a prompt, so that the model reads what it said, signatures stay
 * beside what they sign, and a request begins as the one before it.
 *
 * What an application did to its messages decides how much is put back: a tag that is gone takes its calls along, and
 * the prompt is valid either way, as a call never goes in without its result.
 */
import { type HiddenCall, type Late, type Tag, callPart, stripped, tagOf } from './hidden.js'
import type { AiSdkSetting } from './options.js'
import { type Reading, resultsOf } from './answer.js'
import type { PromptMessage, PromptPart } from './spec.js'

function isPartList(content: PromptMessage['content']): content is readonly PromptPart[] {
  return Array.isArray(content)
}

/** Tags of a prompt: what its parts carry, what later ones tell of earlier ones, and what is remembered besides. */
class Told {
  /** What is only remembered: a part of the next answer is to carry it. */
  readonly late: Late[] = []
  readonly #setting: AiSdkSetting
  readonly #lately = new Map<string, Late>()

  constructor(prompt: readonly PromptMessage[], setting: AiSdkSetting) {
    this.#setting = setting
    const tags = prompt.flatMap(({ content }) => (isPartList(content) ? content.map(({ providerOptions }) => tagOf(providerOptions)) : []))
    for (const late of tags.flatMap((tag) => tag?.late ?? [])) this.#lately.set(`${late.place} ${late.id}`, late)
  }

  /** The tag of a part of the message with this index. */
  of({ type, toolCallId = '', providerOptions }: PromptPart, place: number): Tag | undefined {
    const own = tagOf(providerOptions)
    if (type !== 'tool-call') return own
    const remembered = this.#setting.tags.of(toolCallId, place)
    const lately = this.#lately.get(`${place} ${toolCallId}`)
    if (remembered?.after?.length && !own?.after && !lately) this.late.push({ place, id: toolCallId, after: remembered.after })
    return own || lately || remembered ? { round: 0, ...remembered, ...(lately && { after: lately.after }), ...own } : undefined
  }
}

/** True when the prompt holds hidden calls. */
export function holdsHidden(prompt: readonly PromptMessage[], setting: AiSdkSetting): boolean {
  const told = new Told(prompt, setting)
  const held = (tag: Tag | undefined): boolean => Boolean(tag?.before?.length || tag?.after?.length)
  return prompt.some(({ role, content }, place) => role === 'assistant' && isPartList(content) && content.some((part) => held(told.of(part, place))))
}

/** One assistant's message on its way to being several, each followed by the results of its hidden calls. */
class Expansion {
  readonly #reading: Reading
  readonly #done: PromptMessage[] = []
  readonly #known = new Set<string>()
  #parts: PromptPart[] = []
  #calls: HiddenCall[] = []
  #round = 0
  /** A call of the application's is among the parts: its result comes with the application's next message. */
  #open = false

  constructor(reading: Reading) {
    this.#reading = reading
  }

  async add(part: PromptPart, tag: Tag | undefined): Promise<void> {
    // A provider that keeps the conversation has the rounds that are answered.
    for (const call of tag?.before ?? []) if (!this.#reading.kept || call.round === tag?.round) await this.#insert(call)
    if (tag) await this.#enter(tag.round)
    this.#parts.push(stripped(part))
    if (part.type === 'tool-call' && part.providerExecuted !== true) this.#open = true
    for (const call of tag?.after ?? []) await this.#insert(call)
  }

  /** The messages, and the hidden calls whose results are to follow the last of them. */
  end(message: PromptMessage): { messages: PromptMessage[]; calls: HiddenCall[] } {
    return { messages: [...this.#done, { ...stripped(message), content: this.#parts }], calls: this.#calls }
  }

  async #insert(call: HiddenCall): Promise<void> {
    const key = `${call.round} ${call.id}`
    if (this.#known.has(key)) return
    this.#known.add(key)
    await this.#enter(call.round)
    this.#parts.push(callPart(call, this.#reading.setting.tool.name))
    this.#calls.push(call)
  }

  /** A later round: what stands here is one message, and its calls are answered. */
  async #enter(round: number): Promise<void> {
    if (round <= this.#round) return
    this.#round = round
    if (this.#open || this.#calls.length === 0) return
    const results = await resultsOf(this.#calls, this.#reading)
    this.#done.push({ role: 'assistant', content: this.#parts }, { role: 'tool', content: results })
    this.#parts = []
    this.#calls = []
  }
}

/** The message without what is ours; the very same where there is nothing. */
function clean(message: PromptMessage): PromptMessage {
  const { content } = message
  if (!isPartList(content)) return stripped(message)
  const parts = content.map(stripped)
  return stripped(parts.every((part, index) => part === content[index]) ? message : { ...message, content: parts })
}

/** A prompt without what is ours, and without hidden rounds; the very same where there is nothing. */
export function cleaned(prompt: readonly PromptMessage[]): readonly PromptMessage[] {
  const messages = prompt.map(clean)
  return messages.every((message, index) => message === prompt[index]) ? prompt : messages
}

/**
 * Hidden calls beside the application's, of which the results stand here: where the provider keeps the conversation, no
 * message before them has a tag, and the provider waits for all results all the same.
 */
function besides(parts: readonly PromptPart[], setting: AiSdkSetting): HiddenCall[] {
  return parts.flatMap(({ toolCallId = '' }) => {
    const tag = setting.tags.anywhere(toolCallId)
    return [...(tag?.before ?? []), ...(tag?.after ?? [])].filter(({ round }) => round === tag?.round)
  })
}

/** A prompt with hidden rounds put back. */
export interface Replayed {
  readonly prompt: readonly PromptMessage[]
  /** What a part of the answer is to tell of earlier ones. */
  readonly late: readonly Late[]
}

/** The prompt with hidden rounds put back, as far as the provider has not kept them, and without what is ours. */
export async function replayed(reading: Reading): Promise<Replayed> {
  const { prompt, kept, setting } = reading
  if (!kept && !holdsHidden(prompt, setting)) return { prompt: cleaned(prompt), late: [] }
  const told = new Told(prompt, setting)
  const messages: PromptMessage[] = []
  let waiting: HiddenCall[] = []
  for (const [place, message] of prompt.entries()) {
    const { role, content } = message
    const parts = isPartList(content) ? content : []
    if (role === 'tool' && kept && waiting.length === 0) waiting = besides(parts, setting)
    const results = await resultsOf(waiting, reading)
    waiting = []
    if (results.length > 0 && role === 'tool') {
      messages.push({ ...clean(message), content: [...parts.map(stripped), ...results] })
      continue
    }
    if (results.length > 0) messages.push({ role: 'tool', content: results })
    if (role === 'assistant' && parts.length > 0) {
      const expansion = new Expansion(reading)
      for (const part of parts) await expansion.add(part, told.of(part, place))
      const { messages: expanded, calls } = expansion.end(message)
      messages.push(...expanded)
      waiting = calls
    } else messages.push(clean(message))
  }
  if (waiting.length > 0) messages.push({ role: 'tool', content: await resultsOf(waiting, reading) })
  return { prompt: messages, late: told.late }
}

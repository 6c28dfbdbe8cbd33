/**
 * Hidden rounds in LangChain's messages: which calls are ours, what a message looks like without them, and how they
 * are put back when the message is sent again. What is needed for that stands in the message itself, so it is kept,
 * stored and dropped with it.
 */
import { type RetrievalAnswer, TOOL_NAME, enoughRetrieved } from '../retrieve.js'
import { type Fields, type Message, fieldsOf, isMessage, isObject, like, withFields } from './message.js'

/** Under this name an answer says in `response_metadata` what was done. */
export const METADATA = 'headroom'

/** The fields of a model's message that matter when it is sent again. */
const SENT = ['id', 'name', 'content', 'tool_calls', 'additional_kwargs', 'response_metadata'] as const

/** Where integrations keep the calls of a message: as LangChain's own, in the provider's content, as they came. */
const PLACES: readonly Place[] = [
  ['content'],
  ['tool_calls'],
  ['invalid_tool_calls'],
  ['tool_call_chunks'],
  ['additional_kwargs', 'tool_calls'],
  ['response_metadata', 'output'],
]

type Place = readonly [string] | readonly [string, string]

/** A call as LangChain has it; the arguments of an invalid one are the text the model wrote. */
export interface Call extends Fields {
  readonly name: string
  readonly id?: string
  readonly args?: unknown
}

/** Something that was taken out of a list of a message. */
interface Taken {
  readonly place: Place
  readonly index: number
  readonly value: unknown
}

/** A round in which the model did nothing but read back. */
export interface Round {
  /** What the model said, as plain data. */
  readonly message: Fields
  /** It was told that nothing more is read back. */
  readonly enough?: true
}

/** What a message keeps of hidden rounds, as plain data. */
export interface HiddenRounds {
  /** Rounds before this one. */
  readonly before: readonly Round[]
  /** What the model said in them besides its calls: with this the message begins. */
  readonly words?: string
  /** Calls of ours that stood in this message beside the application's. */
  readonly beside: readonly Taken[]
}

/** True for a call of ours, in whatever form a list of a message holds it. */
function isOurs(item: unknown): boolean {
  if (!isObject(item)) return false
  const nested = [item, item.function, item.functionCall]
  return nested.some((holder) => isObject(holder) && holder.name === TOOL_NAME)
}

function listAt(message: Message, [first, second]: Place): unknown[] | undefined {
  const value: unknown = message[first]
  const list = second === undefined ? value : isObject(value) ? value[second] : undefined
  return Array.isArray(list) ? (list as unknown[]) : undefined
}

/** A copy of the message with another list in a place. An empty one below is left out: providers refuse it. */
function withList<M extends Message>(message: M, [first, second]: Place, list: readonly unknown[]): M {
  if (second === undefined) return withFields(message, { [first]: list })
  const { [second]: _old, ...rest } = message[first] as Fields
  return withFields(message, { [first]: list.length === 0 ? rest : { ...rest, [second]: list } })
}

/** The calls of a message. */
export function callsOf(message: Message): { ours: Call[]; others: Call[] } {
  const all = [...(listAt(message, ['tool_calls']) ?? []), ...(listAt(message, ['invalid_tool_calls']) ?? [])] as Call[]
  return { ours: all.filter(isOurs), others: all.filter((call) => !isOurs(call)) }
}

/** The message without our calls, and what was taken out. */
export function hide<M extends Message>(message: M): { shown: M; taken: Taken[] } {
  let shown = message
  const taken: Taken[] = []
  for (const place of PLACES) {
    const list = listAt(message, place)
    if (!list?.some(isOurs)) continue
    for (const [index, value] of list.entries()) if (isOurs(value)) taken.push({ place, index, value })
    shown = withList(shown, place, list.filter((item) => !isOurs(item)))
  }
  return { shown, taken }
}

/** The message with what was taken out of it. */
function restored<M extends Message>(message: M, taken: readonly Taken[]): M {
  let whole = message
  for (const { place, index, value } of taken) {
    const list = listAt(whole, place) ?? (place.length === 2 && isObject(whole[place[0]]) ? [] : undefined)
    if (list) whole = withList(whole, place, list.toSpliced(index, 0, value))
  }
  return whole
}

/**
 * A message of the model's as it is sent back to it. A call whose arguments are no JSON goes with none, as providers
 * refuse it otherwise; its answer says what was wrong.
 */
export function mended<M extends Message>(message: M): M {
  const invalid = listAt(message, ['invalid_tool_calls']) ?? []
  if (!invalid.some(isOurs)) return message
  const calls = invalid.filter(isOurs).map((call) => ({ ...(call as Call), type: 'tool_call', args: {} }))
  const others = invalid.filter((call) => !isOurs(call))
  return withFields(message, { tool_calls: [...(listAt(message, ['tool_calls']) ?? []), ...calls], invalid_tool_calls: others })
}

/** A message of the model's as plain data. */
export const recorded = (message: Message): Fields => fieldsOf(message, SENT)

/** The text blocks of a content, or the text it is. */
function textOf(content: unknown): string {
  if (typeof content === 'string') return content
  const blocks: unknown[] = Array.isArray(content) ? content : []
  return blocks.map((block) => (isObject(block) && block.type === 'text' && typeof block.text === 'string' ? block.text : '')).join('')
}

/** What the model said in rounds besides its calls. */
export function wordsOf(rounds: readonly Round[]): string {
  return rounds.map(({ message }) => textOf(message.content)).join('')
}

/** The message with words in front of its own. */
export function beginning<M extends Message>(message: M, words: string): M {
  const { content } = message
  if (words === '' || (typeof content !== 'string' && !Array.isArray(content))) return message
  return withFields(message, { content: typeof content === 'string' ? words + content : [{ type: 'text', text: words }, ...(content as unknown[])] })
}

/** The message without words that were put in front of its own; `null` when it does not begin with them any more. */
function without<M extends Message>(message: M, words: string): M | null {
  const { content } = message
  if (words === '') return message
  if (typeof content === 'string') return content.startsWith(words) ? withFields(message, { content: content.slice(words.length) }) : null
  const [first, ...rest]: unknown[] = Array.isArray(content) ? content : []
  return first !== undefined && textOf([first]) === words ? withFields(message, { content: rest }) : null
}

/** Answers a call of ours. */
export type Reply = (call: Call) => RetrievalAnswer | Promise<RetrievalAnswer>

/** Answers calls beyond the limit. */
export const enough: Reply = () => enoughRetrieved()

/** The results of calls, as messages: of the class that the conversation's own results have, if it has any. */
export async function resultsOf(calls: readonly Call[], reply: Reply, history: readonly unknown[]): Promise<unknown[]> {
  const example = history.find((message): message is Message => isMessage(message) && message.type === 'tool')
  const result = async (call: Call): Promise<unknown> => {
    const { text, isError } = await reply(call)
    const fields = { content: text, tool_call_id: call.id ?? '', name: TOOL_NAME, status: isError ? 'error' : 'success' }
    return example ? like(example, fields) : { type: 'tool', ...fields }
  }
  return Promise.all(calls.map(result))
}

/** True for a round as it was recorded: nothing but calls of ours. */
function isRound(value: unknown): boolean {
  const calls = isObject(value) && isObject(value.message) ? value.message.tool_calls : undefined
  return Array.isArray(calls) && calls.length > 0 && calls.every(isOurs)
}

/** True for a call of ours that was taken out of a place where calls are. */
function isTaken(value: unknown): boolean {
  if (!isObject(value) || !Number.isSafeInteger(value.index) || !isOurs(value.value)) return false
  return PLACES.some((place) => place.join('.') === String(Array.isArray(value.place) ? value.place.join('.') : ''))
}

/**
 * What a message of the model's keeps of hidden rounds. Histories may come from anywhere, so it is checked, and is worth
 * no more than the refs it names.
 */
function hiddenIn(message: unknown): HiddenRounds | undefined {
  if (!isMessage(message) || message.type !== 'ai' || !isObject(message.response_metadata)) return undefined
  const said = message.response_metadata[METADATA]
  const { before, beside, words = '' } = isObject(said) && isObject(said.hidden) ? said.hidden : {}
  if (!Array.isArray(before) || !Array.isArray(beside) || !before.every(isRound) || !beside.every(isTaken)) return undefined
  return typeof words === 'string' ? { before: before as Round[], beside: beside as Taken[], words } : undefined
}

/** The messages with the rounds that earlier answers hid: as the model has seen them. */
export async function expanded(messages: readonly unknown[], reply: Reply): Promise<readonly unknown[]> {
  if (!messages.some((message) => hiddenIn(message))) return messages
  const whole: unknown[] = []
  for (const message of messages) {
    const hidden = hiddenIn(message)
    const own = hidden && without(message as Message, hidden.words ?? '')
    // What was said anew since cannot be taken apart again.
    if (!own) {
      whole.push(message)
      continue
    }
    for (const round of hidden.before) {
      const said = like(own, round.message)
      whole.push(said, ...(await resultsOf(callsOf(said).ours, round.enough ? enough : reply, messages)))
    }
    const last = restored(own, hidden.beside)
    whole.push(last, ...(await resultsOf(callsOf(last).ours, reply, messages)))
  }
  return whole
}

/** Sums of two accounts of tokens, field by field. */
export function summed(one: unknown, other: unknown): unknown {
  if (typeof one === 'number' && typeof other === 'number') return one + other
  if (!isObject(one) || !isObject(other)) return one ?? other
  const keys = new Set([...Object.keys(one), ...Object.keys(other)])
  return Object.fromEntries([...keys].map((key) => [key, summed(one[key], other[key])]))
}

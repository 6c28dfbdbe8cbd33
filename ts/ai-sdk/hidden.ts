/**
 * Calls of `headroom_retrieve` that the application never sees, and the tags by which they find their place in later
 * requests.
 *
 * The AI SDK carries `providerMetadata` of parts through messages, UI messages and databases and hands it back as
 * `providerOptions`. A part that follows hidden calls carries them there, under `headroom`. A tag comes back from
 * wherever the application keeps its messages, so it is read as a stranger's words.
 */
import type { ByProvider, PromptPart } from './spec.js'

/** The key of ours in options and metadata. */
export const KEY = 'headroom'

/** A call that was answered unseen, or will be when the application comes back with the results of its own. */
export interface HiddenCall {
  /** The provider's id of the call. */
  readonly id: string
  /** The arguments; empty where the model wrote none that can be read. */
  readonly input: Readonly<Record<string, unknown>>
  /** The round of the answer it belongs to, from 0. */
  readonly round: number
  /** Its own metadata: signatures, ids of items. */
  readonly meta?: ByProvider
  /** It was one too many, and told so. */
  readonly over?: true
}

/** Calls behind one of the application's in an earlier message, which could not carry a tag any more. */
export interface Late {
  /** The index of that message in the application's prompt. */
  readonly place: number
  /** The id of the application's call. */
  readonly id: string
  /** The calls behind it. */
  readonly after: readonly HiddenCall[]
}

/** Where hidden calls stand. */
export interface Tag {
  /** The round of the part that carries the tag. */
  readonly round: number
  /** Calls before the part. */
  readonly before?: readonly HiddenCall[]
  /** Calls behind the part, in the same round. */
  readonly after?: readonly HiddenCall[]
  /** What earlier parts could not tell. */
  readonly late?: readonly Late[]
}

type Fields = Readonly<Record<string, unknown>>

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isRound(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function isCall(value: unknown): value is HiddenCall {
  if (!isFields(value)) return false
  const { id, input, round, meta, over } = value
  const fits = typeof id === 'string' && isFields(input) && isRound(round)
  return fits && (meta === undefined || (isFields(meta) && Object.values(meta).every(isFields))) && [undefined, true].includes(over as true)
}

function isLate(value: unknown): value is Late {
  return isFields(value) && isRound(value['place']) && typeof value['id'] === 'string' && Array.isArray(value['after']) && value['after'].every(isCall)
}

function isListOf(value: unknown, fits: (item: unknown) => boolean): boolean {
  return value === undefined || (Array.isArray(value) && value.every(fits))
}

/** The tag of a part, if it has one that makes sense. */
export function tagOf(options: ByProvider | undefined): Tag | undefined {
  const tag: unknown = options?.[KEY]
  if (!isFields(tag) || !isRound(tag['round'])) return undefined
  const fits = isListOf(tag['before'], isCall) && isListOf(tag['after'], isCall) && isListOf(tag['late'], isLate)
  return fits ? (tag as unknown as Tag) : undefined
}

/** The arguments of a call; models write what is no JSON, too. */
export function argumentsOf(input: unknown): Fields {
  try {
    const read: unknown = typeof input === 'string' ? JSON.parse(input) : input
    return isFields(read) ? read : {}
  } catch {
    return {}
  }
}

/** Options without ours; `undefined` when nothing else was in them. */
function withoutKey(options: ByProvider): ByProvider | undefined {
  const { [KEY]: _ours, ...others } = options
  return Object.keys(others).length > 0 ? others : undefined
}

/** The very same object, or a copy without what is ours: no provider is to see it. */
export function stripped<T extends { readonly providerOptions?: ByProvider | undefined }>(owner: T): T {
  const { providerOptions, ...rest } = owner
  if (!providerOptions || !(KEY in providerOptions)) return owner
  const others = withoutKey(providerOptions)
  return (others ? { ...rest, providerOptions: others } : rest) as T
}

/** Metadata with what is ours in it. */
export function withKey(metadata: ByProvider | undefined, ours: object): ByProvider {
  return { ...metadata, [KEY]: { ...metadata?.[KEY], ...ours } }
}

/** The call as a part of the assistant's message. */
export function callPart(call: HiddenCall, toolName: string): PromptPart {
  const part = { type: 'tool-call', toolCallId: call.id, toolName, input: call.input }
  return call.meta ? { ...part, providerOptions: call.meta } : part
}

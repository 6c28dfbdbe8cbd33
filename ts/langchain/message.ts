/**
 * LangChain's messages: instances of classes of the application's own copy of `@langchain/core`, told by what they
 * carry. Nothing of LangChain is imported here.
 */

/** Fields of a message by their names. */
export type Fields = Record<string, unknown>

/** True for what has fields. */
export function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null
}

/** An instance of one of LangChain's message classes. */
export interface Message extends Fields {
  readonly type: string
  content: unknown
  /** What the instance was made of; read when it is written down or made anew. */
  lc_kwargs: Fields
}

/** What the core reads of a message. An artifact may be anything, and no model sees it. */
const READ = ['type', 'content', 'name', 'tool_calls', 'tool_call_id', 'status'] as const

/** True for an instance, whichever copy of LangChain's packages its class is from. */
export function isMessage(value: unknown): value is Message {
  return isObject(value) && 'lc_kwargs' in value && 'content' in value && 'type' in value
}

/** These fields of an instance, as far as they are there. */
export function fieldsOf(message: Message, names: readonly string[] = READ): Fields {
  return Object.fromEntries(names.filter((name) => message[name] !== undefined).map((name) => [name, message[name]]))
}

/** A copy with other fields: of the same class, also when it is written down. */
export function withFields<M extends Message>(message: M, fields: Fields): M {
  const copy: M = Object.assign(Object.create(Object.getPrototypeOf(message) as object) as M, message, fields)
  copy.lc_kwargs = { ...message.lc_kwargs, ...fields }
  return copy
}

/** A message of the same class as another one. */
export function like(example: Message, fields: Fields): Message {
  const { constructor } = example as unknown as { constructor: new (fields: Fields) => Message }
  return new constructor(fields)
}

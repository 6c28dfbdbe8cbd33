/**
 * Carries edits out on the caller's objects: copies what lies on the way to an edit and shares everything
 * else, so that untouched messages keep their identity and nothing passed in is ever changed.
 */
import { isMessage, withFields } from './langchain/message.js'
import type { Path } from './result.js'

/** One replacement as the core reports it. */
export interface Edit {
  /** From the request's root (for a list of messages that list) to the replaced value. */
  path: Path
  /** The new value: a string; for JSON in an AI SDK output, a Bedrock item or a Gemini record the new object. */
  value: unknown
}

type Node = Record<string | number, unknown>

/** A writable copy, one level deep. Spreading copies even a key named `__proto__` as plain data. */
function copyOf(node: object): Node {
  if (Array.isArray(node)) return [...node] as unknown as Node
  if (isMessage(node)) return withFields(node, {})
  const copy = { ...node }
  const prototype: unknown = Object.getPrototypeOf(node)
  return (prototype === Object.prototype ? copy : Object.setPrototypeOf(copy, prototype as object | null)) as Node
}

/** The new value in place of the old one; an object keeps the fields of the old one by reference. */
function replaced(old: unknown, value: unknown): unknown {
  if (typeof old === 'string' && typeof value === 'string') return value
  if (typeof old !== 'object' || old === null) return undefined
  // JSON that becomes a text where it stands (Gemini); what is written as a string has no JSON of its own.
  if (typeof value === 'string') return 'toJSON' in old || Object.prototype.toString.call(old) === '[object String]' ? undefined : value
  if (typeof value !== 'object' || value === null) return undefined
  if (Object.hasOwn(value, 'value')) return { ...old, type: Reflect.get(value, 'type'), value: Reflect.get(value, 'value') }
  if (Object.hasOwn(value, 'text')) {
    const { json: _json, ...rest } = old as Node
    return { ...rest, text: Reflect.get(value, 'text') }
  }
  return value
}

/**
 * The request with the edits made, or `null` when an edit does not fit the objects: they are not what their
 * JSON says (a `toJSON` of another shape), and then nothing may be changed.
 */
export function applyEdits<R extends object>(request: R, edits: readonly Edit[]): R | null {
  const root = copyOf(request)
  const copies = new Set<object>([root])
  for (const { path, value } of edits) {
    let node = root
    for (const step of path.slice(0, -1)) {
      const child: unknown = node[step]
      if (typeof child !== 'object' || child === null || ('toJSON' in child && !isMessage(child))) return null
      const copy = copies.has(child) ? (child as Node) : copyOf(child)
      copies.add(copy)
      node[step] = copy
      node = copy
    }
    const last = path.at(-1)
    if (last === undefined || !Object.hasOwn(node, last)) return null
    const next = replaced(node[last], value)
    if (next === undefined) return null
    node[last] = next
  }
  // What an instance of LangChain's was made of says the same as the instance.
  for (const copy of copies) if (isMessage(copy)) copy.lc_kwargs.content = copy.content
  return root as R
}

/**
 * Messages as bytes for the core. Bytes of images and files are left out of what crosses: the core would
 * never touch them, and as JSON they would be many times their size.
 */
import { fieldsOf, isMessage } from './langchain/message.js'

/** How deep files stand: request → messages → message → content → part → output → value → item → data → data. */
const DEPTH = 10

/** True for values that hold raw bytes. */
function isBinary(value: object): boolean {
  return ArrayBuffer.isView(value) || value instanceof ArrayBuffer || value instanceof SharedArrayBuffer
}

/** True where a tool's own data begins: whatever is in there is what the provider would be sent, too. */
function isToolData(value: object, key: string): boolean {
  return key === 'input' || key === 'args' || (key === 'value' && 'type' in value && value.type === 'json')
}

/** `value` with an empty string for every run of raw bytes; the very same value when there are none. */
function withoutBytes(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null || depth === 0) return value
  if (isBinary(value)) return ''
  // As fields, an instance of LangChain's has the paths it has in memory, which its own JSON has not.
  if (isMessage(value)) return withoutBytes(fieldsOf(value), depth)
  if (Array.isArray(value)) {
    let copy: unknown[] | undefined
    for (const [index, item] of value.entries()) {
      const lean = withoutBytes(item, depth - 1)
      if (lean !== item) (copy ??= [...value])[index] = lean
    }
    return copy ?? value
  }
  let copy: Record<string, unknown> | undefined
  for (const key of Object.keys(value)) {
    if (isToolData(value, key)) continue
    const item: unknown = Reflect.get(value, key)
    const lean = withoutBytes(item, depth - 1)
    if (lean !== item) (copy ??= { ...value })[key] = lean
  }
  return copy ?? value
}

/**
 * A request, or its messages alone, as UTF-8 JSON. Throws what `JSON.stringify` throws: cycles, BigInts, a throwing
 * `toJSON`.
 */
export function serialise(request: object): Buffer {
  return Buffer.from(JSON.stringify(withoutBytes(request, DEPTH)), 'utf8')
}

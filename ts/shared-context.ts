/**
 * What several agents know together: one leaves a value under a key, others read it, compressed, in their own
 * processes and on their own machines. All of it lies in the store; an instance holds nothing but its options.
 */
import { randomUUID } from 'node:crypto'

import { HeadroomValidationError } from './errors.js'
import { type NativeStore, native, unwrap } from './native.js'
import { type CompressOptions, checkObject, coreJson, describe } from './options.js'
import type { Tokenizer, Warning } from './result.js'
import { type StoreOption, resolveStore } from './store.js'
import { type TokenSums, sumsOf } from './totals.js'

/** Options of a `SharedContext`. */
export interface SharedContextOptions
  extends Pick<CompressOptions, 'model' | 'codeAware' | 'kompress' | 'minTokens' | 'targetRatio'> {
  /**
   * What the context is called. Whoever opens the same name in the same store shares it, also after a restart. Without
   * one it gets a name nobody guesses, and is shared with those who are told `context.name`.
   */
  name?: string | undefined
  /** Seconds a value stays after it was put. By default it goes when it was not used for 30 days, as originals do. */
  ttl?: number | undefined
  /**
   * Parts of what `get` shows may be left out. On by default: `get` with `full`, and `retrieve` with the ref that is
   * named in the text, give back the original.
   */
  ccr?: boolean | undefined
  /** Where values live; the durable store shared with every process of this user by default. */
  store?: StoreOption | undefined
}

/** What may be said of a value. */
export interface SharedPutOptions {
  /** Who leaves it. */
  agent?: string | undefined
  /** What it is read for: decides which parts are shown where not all are. */
  query?: string | undefined
}

/** A value that was left, with its account. */
export interface SharedEntry extends TokenSums {
  /** Its key. */
  key: string
  /** What `get` gives. */
  text: string
  /** The ref that gives the original back, page by page, with `retrieve`. */
  ref: string
  /** Who left it; null when that was not said. */
  agent: string | null
  /** When, in milliseconds since 1970. */
  at: number
  /** What counted the tokens. */
  tokenizer: Tokenizer
  /** Names of what was done to the text. */
  transformsApplied: string[]
}

/** What `put` gives back. */
export interface SharedPut extends SharedEntry {
  /** What to know; never a reason to fail. */
  warnings: Warning[]
}

/** What the values of a context come to. */
export interface SharedContextStats extends TokenSums {
  /** How many there are. */
  entries: number
}

/** A value as the core gives it. */
interface Value extends Pick<SharedEntry, 'text' | 'ref' | 'agent' | 'at' | 'tokensBefore' | 'tokensAfter' | 'tokenizer' | 'transformsApplied'> {
  /** The original is the JSON of a value. */
  json: boolean
}

function invalid(title: string, got: unknown, hint: string): HeadroomValidationError {
  return new HeadroomValidationError({ code: 'invalid_options', title, cause: `got ${describe(got)}`, hint })
}

/** A string that UTF-8 can hold; two others could become the same one. */
const isText = (value: unknown): value is string => typeof value === 'string' && !/\p{Surrogate}/u.test(value)

function checkName(name: unknown, what: string): string {
  if (isText(name) && name !== '') return name
  throw invalid(`${what} is no name`, name, 'pass a string that is not empty')
}

/** Objects of which JSON keeps nothing, or something else. */
const isLost = (value: unknown): boolean =>
  value instanceof Map || value instanceof Set || value instanceof Promise || value instanceof ArrayBuffer || ArrayBuffer.isView(value)

/** Refuses what JSON would drop, or turn into something else, without a word. */
function kept(this: unknown, key: string, value: unknown): unknown {
  const lost = typeof value === 'number' ? !Number.isFinite(value) : ['function', 'symbol', 'bigint'].includes(typeof value)
  // A value with a `toJSON`, as Node's `Buffer`, stands here as what that gave; what it was stands in its place.
  if (!lost && !isLost(value) && !isLost(Reflect.get(Object(this), key))) return value
  const title = key === '' ? 'the value cannot be shared' : `the value cannot be shared: ${key} is not JSON`
  throw invalid(title, value, 'pass a string, or a value that JSON can hold; await a promise first')
}

/** A value as text: a string is itself, anything else its JSON. */
function written(value: unknown): { text: string; json: boolean } {
  if (isText(value)) return { text: value, json: false }
  let text: string | undefined
  try {
    text = JSON.stringify(value, kept)
  } catch (error) {
    if (HeadroomValidationError.isInstance(error)) throw error
    throw invalid('the value cannot be shared', String(error), 'pass a string, or a value that JSON can hold')
  }
  if (text === undefined) throw invalid('there is no value to share', value, 'to take one away use delete(key)')
  return { text, json: true }
}

function entryOf(key: string, value: Value): SharedEntry {
  const { text, ref, agent, at, tokenizer, transformsApplied } = value
  return { key, text, ref, agent, at, tokenizer, transformsApplied, ...sumsOf(value) }
}

/**
 * Values that agents leave for one another. A value is compressed once, when it is put, so every reader gets the same
 * bytes, and so does the prompt cache of its provider. Who puts last wins. At most 1,000 keys; beyond that the value
 * put longest ago goes.
 *
 * ```js
 * const context = new SharedContext({ name: 'incident 4711' })
 * await context.put('logs', logs, { agent: 'collector', query: 'why did it fail?' })
 * const prompt = await context.get('logs')                  // in any process
 * const all = await context.get('logs', { full: true })     // the original, byte for byte
 * ```
 *
 * Methods reject with a `HeadroomValidationError` when the call makes no sense and with a `HeadroomStoreError` when the
 * store fails. `V` is the type of the values, as whoever puts them declares it.
 */
export class SharedContext<V = unknown> {
  /** What it is called. */
  readonly name: string
  readonly #ttl: number | undefined
  readonly #core: Omit<SharedContextOptions, 'name' | 'ttl' | 'store'>
  readonly #place: StoreOption | undefined

  /** Throws a `HeadroomValidationError` for options that make no sense. Nothing is opened yet. */
  constructor(options: SharedContextOptions = {}) {
    checkObject(options)
    const { name = randomUUID(), ttl, store, ...core } = options
    this.name = checkName(name, 'the name of the context')
    if (ttl !== undefined && (!Number.isSafeInteger(ttl) || ttl < 1)) throw invalid('ttl is no time', ttl, 'pass whole seconds, at least 1')
    this.#ttl = ttl
    this.#core = { ccr: true, ...core }
    this.#place = store
    unwrap(native().checkOptions(coreJson(this.#core)))
    resolveStore(store)
  }

  /** Leaves a value: a string, or what JSON can hold, as `JSON.stringify` writes it. When this is settled it is stored. */
  async put(key: string, value: V, options: SharedPutOptions = {}): Promise<SharedPut> {
    checkObject(options)
    const { agent, ...core } = options
    const { text, json } = written(value)
    const about = { context: this.name, key: checkName(key, 'the key'), ttl: this.#ttl, agent, json, at: Date.now() }
    const original = Buffer.from(text, 'utf8')
    const answer = await native().contextPut(this.#store(), original, coreJson(about), coreJson({ ...this.#core, ...core }))
    const put = unwrap<{ value: Value; warnings: Warning[] }>(answer)
    return { ...entryOf(key, put.value), warnings: put.warnings }
  }

  /** The original: a string byte for byte, any other value as JSON gives it back. `undefined` when there is none. */
  async get(key: string, options: { full: true }): Promise<V | undefined>
  /** The text to show to a model. `undefined` when nothing was put, or it is gone. */
  async get(key: string, options?: { full?: false | undefined }): Promise<string | undefined>
  /** The one or the other. */
  async get(key: string, options?: { full?: boolean | undefined }): Promise<V | string | undefined>
  async get(key: string, options: { full?: boolean | undefined } = {}): Promise<V | string | undefined> {
    checkObject(options)
    const { full = false } = options
    if (typeof full !== 'boolean') throw invalid('full is neither true nor false', full, 'pass { full: true } for the original')
    const found = await this.#read(key, full)
    if (!found || found.original === null) return found?.value.text
    return (found.value.json ? JSON.parse(found.original) : found.original) as V
  }

  /** A value with its account. `undefined` when there is none. */
  async getEntry(key: string): Promise<SharedEntry | undefined> {
    const found = await this.#read(key, false)
    return found && entryOf(key, found.value)
  }

  /** The keys, the one put longest ago first. */
  async keys(): Promise<string[]> {
    return unwrap<string[]>(await native().contextKeys(this.#store(), this.name))
  }

  /** Takes a value away; its original stays in the store as any does. True when there was one. */
  async delete(key: string): Promise<boolean> {
    return unwrap<number>(await native().contextRemove(this.#store(), this.name, checkName(key, 'the key'))) > 0
  }

  /** Takes all values away; how many there were. */
  async clear(): Promise<number> {
    return unwrap<number>(await native().contextRemove(this.#store(), this.name))
  }

  /** What the values come to. Reads every one of them. */
  async stats(): Promise<SharedContextStats> {
    type Sums = Pick<SharedContextStats, 'entries' | 'tokensBefore' | 'tokensAfter'>
    const sums = unwrap<Sums>(await native().contextStats(this.#store(), this.name))
    return { entries: sums.entries, ...sumsOf(sums) }
  }

  async #read(key: string, full: boolean): Promise<{ value: Value; original: string | null } | undefined> {
    const answer = await native().contextGet(this.#store(), this.name, checkName(key, 'the key'), full)
    return unwrap<{ value: Value; original: string | null } | null>(answer) ?? undefined
  }

  /** Asked for with every call: a `Headroom` may be closed by now. */
  #store(): NativeStore {
    return resolveStore(this.#place)
  }
}

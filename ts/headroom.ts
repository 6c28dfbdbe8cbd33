/** A Headroom of one's own: options for every call, a store of its own, an account of what was saved. */
import { type Setting, callAsync, callSync } from './call.js'
import { HeadroomStoreError } from './errors.js'
import { type NativeStore, native, unwrap } from './native.js'
import { type CompressOptions, type HeadroomOptions, type SyncCompressOptions, splitOptions } from './options.js'
import type { CompressResult } from './result.js'
import { type Retrieved, type Selection, retrieveFrom } from './retrieve.js'
import { offerStore, ownStore, resolveStore } from './store.js'
import { type HeadroomStats, Totals } from './totals.js'

/** Options given, without those that are there but undefined. */
function given(options: CompressOptions): CompressOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as CompressOptions
}

/** Compression with defaults and a store of its own. */
export class Headroom {
  readonly #defaults: HeadroomOptions
  readonly #setting: Setting
  readonly #totals = new Totals()
  #store: NativeStore | null | undefined

  /** Throws a `HeadroomValidationError` for options that make no sense. Nothing is opened yet. */
  constructor(options: HeadroomOptions = {}) {
    unwrap(native().checkOptions(splitOptions(options).core))
    this.#defaults = options
    this.#setting = {
      started: new WeakSet(),
      store: (call) => (call.store === this.#defaults.store ? this.#own() : resolveStore(call.store)),
    }
    offerStore(this, () => this.#own())
  }

  /** Like the free `compress`, with this instance's options underneath and its store. */
  async compress<M>(messages: readonly M[], options: CompressOptions = {}): Promise<CompressResult<M>> {
    return this.#account(await callAsync('compress', messages, this.#with(options), this.#setting))
  }

  /** Like the free `compressSync`. */
  compressSync<M>(messages: readonly M[], options: SyncCompressOptions = {}): CompressResult<M> {
    return this.#account(callSync(messages, this.#with(options), this.#setting))
  }

  /** Like the free `simulate`. */
  async simulate<M>(messages: readonly M[], options: CompressOptions = {}): Promise<CompressResult<M>> {
    return callAsync('simulate', messages, this.#with(options), this.#setting)
  }

  /** Like the free `retrieve`, from this instance's store. */
  async retrieve(ref: string, selection: Selection = {}): Promise<Retrieved> {
    return retrieveFrom(this.#own(), ref, selection)
  }

  /** What was saved so far. */
  stats(): HeadroomStats {
    return this.#totals.stats()
  }

  /** Lets go of the store; a memory store is gone with it. Later calls throw a `HeadroomStoreError`. */
  close(): void {
    if (this.#store !== undefined) this.#store?.close()
    this.#store = null
  }

  #own(): NativeStore {
    if (this.#store === null) {
      throw new HeadroomStoreError({
        code: 'closed',
        title: 'this Headroom is closed',
        hint: 'make a new one, or close it after the last call',
      })
    }
    this.#store ??= ownStore(this.#defaults.store)
    return this.#store
  }

  #with(options: CompressOptions): CompressOptions {
    if (this.#store === null) this.#own()
    const { hooks, extensions } = this.#defaults
    const call = splitOptions(options)
    return {
      ...this.#defaults,
      ...given(options),
      hooks: { ...hooks, ...call.hooks },
      extensions: [...(extensions ?? []), ...call.extensions],
    }
  }

  #account<M>(result: CompressResult<M>): CompressResult<M> {
    this.#totals.add(result)
    return result
  }
}

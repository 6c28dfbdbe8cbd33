/** Where originals of what was left out live, as the caller names it. */
import { HeadroomValidationError } from './errors.js'
import type { Headroom } from './headroom.js'
import { type NativeStore, native } from './native.js'
import { describe } from './options.js'

/**
 * Nothing: the durable store shared with the command line and every process of this user. `'memory'`: this
 * process' memory. An address such as `redis://host:6379`, or `rediss://` for TLS: a Redis or Valkey server, which
 * any number of machines share. Any other string: a file. A `Headroom`: that instance's store.
 */
export type StoreOption = 'memory' | (string & {}) | Headroom

/** Under this symbol a `Headroom` hands out its store, also to the functions of another copy of the package. */
const STORE: unique symbol = Symbol.for('headroom.store')

/** Makes `owner` usable as a `store` option. `store` throws once the owner is closed. */
export function offerStore(owner: Headroom, store: () => NativeStore): void {
  Object.defineProperty(owner, STORE, { value: store })
}

/** The store an option stands for; free calls that name the same one share it. The addon opens it when used. */
export function resolveStore(option: StoreOption | undefined): NativeStore {
  const { NativeStore: stores } = native()
  if (option === undefined) return stores.shared()
  if (option === 'memory') return stores.sharedMemory()
  if (typeof option === 'string' && option !== '') return stores.shared(option)
  const offered: unknown = typeof option === 'object' && option !== null ? Reflect.get(option, STORE) : undefined
  if (typeof offered === 'function') {
    const store = (offered as () => NativeStore)()
    if (store instanceof stores) return store
    throw new HeadroomValidationError({
      code: 'invalid_options',
      title: 'store is an instance of another version of headroom',
      cause: 'two versions have an addon each, which cannot read one another',
      hint: 'install one version (`npm ls headroom`), or name the store by its address',
    })
  }
  throw new HeadroomValidationError({
    code: 'invalid_options',
    title: 'store is none',
    cause: `got ${describe(option)}`,
    hint: "pass 'memory', the path of a file, redis://…, or a Headroom; leave it out for the durable store",
  })
}

/** A store for one `Headroom` alone, gone when that is closed; another one's store stays that one's. */
export function ownStore(option: StoreOption | undefined): NativeStore {
  if (option === 'memory') return native().NativeStore.memory()
  if (option === undefined || (typeof option === 'string' && option !== '')) return native().NativeStore.open(option)
  return resolveStore(option)
}

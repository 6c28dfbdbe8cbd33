/** `compress`, `compressSync` and `simulate` as free functions. */
import { type Setting, callAsync, callSync } from './call.js'
import type { CompressOptions, SyncCompressOptions } from './options.js'
import type { CompressResult } from './result.js'
import { resolveStore } from './store.js'

const SETTING: Setting = {
  store: (options) => resolveStore(options.store),
  started: new WeakSet(),
}

/**
 * Makes messages smaller, off the event loop. The messages are never mutated: untouched ones come back by
 * reference, and `result.messages` is the array passed in when nothing changed.
 *
 * Rejects only when the call makes no sense (`HeadroomValidationError`) or its signal is aborted
 * (`HeadroomAbortError`). Anything else that goes wrong leaves messages as they were, with a warning.
 */
export function compress<M>(messages: readonly M[], options: CompressOptions = {}): Promise<CompressResult<M>> {
  return callAsync('compress', messages, options, SETTING)
}

/** `compress` on the calling thread. */
export function compressSync<M>(messages: readonly M[], options: SyncCompressOptions = {}): CompressResult<M> {
  return callSync(messages, options, SETTING)
}

/**
 * What `compress` would do, without doing it: the same account, `messages` as passed in, nothing stored and so
 * no refs.
 */
export function simulate<M>(messages: readonly M[], options: CompressOptions = {}): Promise<CompressResult<M>> {
  return callAsync('simulate', messages, options, SETTING)
}

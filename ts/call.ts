/** From arguments to a running call: what is checked, and which store and thread it gets. */
import { onAbort } from './abort.js'
import { type Engine, callerEngine, poolEngine } from './engine.js'
import { HeadroomAbortError, HeadroomValidationError } from './errors.js'
import { type Call, compressSteps } from './flow.js'
import { type NativeCancel, type NativeStore, native } from './native.js'
import { type CompressOptions, describe, splitOptions } from './options.js'
import type { CompressResult } from './result.js'
import type { Operation, PipelineExtension } from './stages.js'
import { runAsync, runSync } from './steps.js'

/** What stays the same between the calls of one instance, or of the free functions. */
export interface Setting {
  /** The store for a call with these options. */
  store(options: CompressOptions): NativeStore
  /** Extensions that have seen the start. */
  started: WeakSet<PipelineExtension>
  /** What goes around the core, where a door has something to. */
  around?(engine: Engine): Engine
}

/** Checks the arguments. Throws a `HeadroomValidationError` when the call makes no sense. */
function prepare<M>(
  operation: Operation,
  messages: readonly M[],
  options: CompressOptions,
  setting: Setting,
  tools?: readonly unknown[],
): Call<M> {
  const split = splitOptions(options)
  if (!Array.isArray(messages)) {
    throw new HeadroomValidationError({
      code: 'invalid_format',
      title: 'messages is not an array',
      cause: `got ${describe(messages)}`,
      hint: 'pass the `messages` (or AI SDK `prompt`) array of a request',
    })
  }
  const stores = operation === 'compress' && options.ccr === true
  const store = stores || options.store !== undefined ? setting.store(options) : null
  return { operation, messages, tools, options: split, store: stores ? store : null, started: setting.started }
}

/** Runs a call off the event loop; `tools` are those of the request, for doors that see all of it. */
export async function callAsync<M>(
  operation: Operation,
  messages: readonly M[],
  options: CompressOptions,
  setting: Setting,
  tools?: readonly unknown[],
): Promise<CompressResult<M>> {
  const call = prepare(operation, messages, options, setting, tools)
  const { signal } = call.options
  const engine = (cancel: NativeCancel | null): Engine => setting.around?.(poolEngine(cancel)) ?? poolEngine(cancel)
  if (!signal) return runAsync(compressSteps(call, engine(null)))
  if (signal.aborted) throw new HeadroomAbortError(signal.reason)
  const cancel = new (native().NativeCancel)()
  const stop = onAbort(signal, () => cancel.cancel())
  try {
    return await runAsync(compressSteps(call, engine(cancel)), signal)
  } finally {
    stop()
  }
}

/** Runs a call here and now. */
export function callSync<M>(messages: readonly M[], options: CompressOptions, setting: Setting): CompressResult<M> {
  const call = prepare('compress', messages, options, setting)
  if (call.options.signal?.aborted) throw new HeadroomAbortError(call.options.signal.reason)
  return runSync(compressSteps(call, callerEngine()))
}

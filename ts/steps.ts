/**
 * One description of a call, two ways to run it. A call is a generator that yields whatever it waits for, so
 * `compress` and `compressSync` share every step and cannot drift apart.
 */
import { onAbort } from './abort.js'
import { HeadroomAbortError, HeadroomError } from './errors.js'

/** A call in steps: yields what it waits for, returns its result. */
export type Steps<T> = Generator<unknown, T, unknown>

/** Waits for a value inside a call: `const x = yield* wait(maybePromise)`. */
export function* wait<T>(value: T | PromiseLike<T>): Generator<unknown, T, unknown> {
  return (yield value) as T
}

/** True for anything with a `then`. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}

/** Settles `value`, or rejects at once when the signal is aborted. */
function orAbort(value: unknown, signal: AbortSignal | undefined): Promise<unknown> {
  if (!signal || !isThenable(value)) return Promise.resolve(value)
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(new HeadroomAbortError(signal.reason))
    if (signal.aborted) return abort()
    const stop = onAbort(signal, abort)
    value.then(resolve, reject).then(stop)
  })
}

/** Runs a call, awaiting every step; an aborted signal ends it wherever it stands. */
export async function runAsync<T>(steps: Steps<T>, signal?: AbortSignal): Promise<T> {
  let step = steps.next()
  while (!step.done) {
    let value: unknown
    try {
      value = await orAbort(step.value, signal)
    } catch (error) {
      if (signal?.aborted) throw error
      step = steps.throw(error)
      continue
    }
    step = steps.next(value)
  }
  return step.value
}

/** Runs a call to its end at once; a step that would have to be awaited fails. */
export function runSync<T>(steps: Steps<T>): T {
  let step = steps.next()
  while (!step.done) {
    if (isThenable(step.value)) {
      // Nobody will look at it again, so its failure must not end the process.
      step.value.then(undefined, () => {})
      step = steps.throw(
        new HeadroomError({
          code: 'invalid_options',
          title: 'a promise was returned to a synchronous call',
          hint: 'use `compress` with asynchronous hooks and extensions',
        }),
      )
    } else {
      step = steps.next(step.value)
    }
  }
  return step.value
}

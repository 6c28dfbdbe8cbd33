/**
 * Hooks: callbacks into one compression. A hook that throws, or answers something it must not, leaves a
 * `hook_failed` warning; the work goes on as if it were not there.
 */
import type { CompressResult, CompressionPlan } from './result.js'
import type { WireRequest } from './stages.js'
import { type Steps, wait } from './steps.js'

/** What a hook may look at. */
export interface HookContext {
  /** The model named in the options. */
  readonly model: string | undefined
  /** The messages as passed in. On the wire they are parsed when looked at; changing them changes nothing. */
  readonly messages: readonly unknown[]
  /**
   * What is going to happen. `preCompress` may change its decisions. On the wire paths begin at the request:
   * `['messages', 3, 'content']`.
   */
  readonly plan: CompressionPlan
  /** The request, where there is one on the wire. */
  readonly request?: WireRequest
}

/** How much of blocks is kept: 1 is neutral, 2 keeps about twice as much, 0.5 half. By index into `plan.decisions`. */
export type Biases = readonly (number | undefined)[] | Readonly<Record<number, number>>

/** Callbacks into one compression; each optional. */
export interface CompressionHooks {
  /** Runs first: says how much of each block is kept where parts may be left out. */
  computeBiases?: ((context: HookContext) => Biases | undefined | PromiseLike<Biases | undefined>) | undefined
  /** Runs before anything is compressed and may edit `context.plan.decisions`. */
  preCompress?: ((context: HookContext) => void | PromiseLike<void>) | undefined
  /** Sees the result before the caller does. */
  postCompress?: ((result: CompressResult) => void | PromiseLike<void>) | undefined
}

/** `CompressionHooks` for `compressSync`: none may return a promise. */
export interface SyncCompressionHooks {
  /** See `CompressionHooks`. */
  computeBiases?: ((context: HookContext) => Biases | undefined) | undefined
  /** See `CompressionHooks`. */
  preCompress?: ((context: HookContext) => void | undefined) | undefined
  /** See `CompressionHooks`. */
  postCompress?: ((result: CompressResult) => void | undefined) | undefined
}

/** Takes note of something that failed open. */
export type Warn = (code: string, at: string, message: string) => void

/** One sentence about a thrown value, whatever it is. */
export function reasonOf(error: unknown): string {
  try {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  } catch {
    return 'something was thrown that cannot be printed'
  }
}

/** Calls foreign code; a throw or rejection becomes a warning and `undefined`. */
export function* guarded<T>(warn: Warn, at: string, callback: () => T | PromiseLike<T>): Steps<T | undefined> {
  try {
    return yield* wait(callback())
  } catch (error) {
    warn('hook_failed', at, reasonOf(error))
    return undefined
  }
}

/** Puts biases into the plan; entries that are no positive number, or for no block, are reported and skipped. */
export function setBiases(plan: CompressionPlan, biases: unknown, warn: Warn): void {
  if (biases === undefined || biases === null) return
  if (typeof biases !== 'object') {
    warn('hook_failed', 'hooks.computeBiases', 'returned neither a list nor an object of numbers')
    return
  }
  for (const [index, bias] of Object.entries(biases)) {
    if (bias === undefined) continue
    const decision = plan.decisions[Number(index)]
    if (!decision || typeof bias !== 'number' || !Number.isFinite(bias) || bias <= 0) {
      warn('hook_failed', 'hooks.computeBiases', `a bias above 0 for a block is wanted, got ${reasonOf(bias)} for block ${index}`)
    } else if (decision.action === 'compress') {
      decision.bias = bias
    }
  }
}

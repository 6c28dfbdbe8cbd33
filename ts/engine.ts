/** The core behind the addon, off the event loop or on it. One interface, so that a call has one description. */
import { createHash } from 'node:crypto'

import { type NativeCancel, type NativeStore, native, unwrap } from './native.js'
import type { Recent } from './recent.js'
import type { Warning } from './result.js'

/** A request as the core takes it. */
export interface CoreRequest {
  /** The messages as UTF-8 JSON. */
  body: Buffer
  /** Options as JSON text. */
  options: string
}

/** What the core can be asked; answers are to be read with `unwrap`. */
export interface Engine {
  /** Plans and applies in one go. */
  compress(request: CoreRequest, store: NativeStore | null): string | Promise<string>
  /** Decides, and changes nothing. */
  plan(request: CoreRequest): string | Promise<string>
  /** Carries out a plan. */
  apply(request: CoreRequest, plan: string, store: NativeStore | null): string | Promise<string>
}

/** Runs in the thread pool. */
export function poolEngine(cancel: NativeCancel | null): Engine {
  const core = native()
  return {
    compress: ({ body, options }, store) => core.compress(body, options, store, cancel),
    plan: ({ body, options }) => core.plan(body, options),
    apply: ({ body, options }, plan, store) => core.apply(body, options, plan, store, cancel),
  }
}

/** Runs on the calling thread. */
export function callerEngine(): Engine {
  const core = native()
  return {
    compress: ({ body, options }, store) => core.compressSync(body, options, store),
    plan: ({ body, options }) => core.planSync(body, options),
    apply: ({ body, options }, plan, store) => core.applySync(body, options, plan, store),
  }
}

/** How long an answer is given again, in milliseconds: what it points to was stored as long ago. */
const LASTS = 60_000

/** Longer answers are made again, in characters. */
const LONGEST = 131_072

/** An answer of the core that was given before. */
export interface Remembered {
  readonly answer: string
  readonly made: number
}

/** Warnings that tell of the request alone, as it is told again. */
function isOfRequest({ code }: Warning): boolean {
  return code.startsWith('volatile_')
}

/**
 * An engine that gives the answer to the very same request and options again, as a retry asks for: the core is a pure
 * function of these, and its store is the same in every call.
 */
export function rememberingEngine(engine: Engine, memory: Recent<Remembered>): Engine {
  return {
    ...engine,
    async compress(request, store) {
      const key = createHash('sha256').update(request.options).update('\0').update(request.body).digest('base64')
      const known = memory.get(key)
      if (known && performance.now() - known.made < LASTS) return known.answer
      const answer = await engine.compress(request, store)
      const { warnings } = unwrap<{ report: { warnings: Warning[] } }>(answer).report
      if (answer.length <= LONGEST && warnings.every(isOfRequest)) memory.set(key, { answer, made: performance.now() })
      return answer
    },
  }
}

/** The core behind the addon, off the event loop or on it. One interface, so that a call has one description. */
import { type NativeCancel, type NativeStore, native } from './native.js'

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

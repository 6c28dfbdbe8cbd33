/**
 * The seam to the native addon: its functions as TypeScript sees them, and the way its answers become values
 * or errors. Nothing else in `ts/` touches the addon.
 *
 * Every answer is JSON text, either `{"ok": …}` or `{"error": {code, title, cause, hint}}`.
 */
import { createRequire } from 'node:module'

import { type AnyErrorFields, HeadroomLoadError, errorFor } from './errors.js'

/** Where originals live; opened when first written or read. */
export interface NativeStore {
  /** Lets go of it; later use fails. */
  close(): void
}

/** A flag a running task looks at between two blocks. */
export interface NativeCancel {
  /** Raises it. */
  cancel(): void
}

/** The wire engine; see `ts/wire.ts`. */
export interface NativeEngine {
  check(): string
  exchange(): NativeExchange
}

/** One request and its answer. Bytes that come of a call are fetched with `output` and `takeBody`. */
export interface NativeExchange {
  draft(call: string, body: Buffer): Promise<string>
  prepare(call: string, body: Buffer, advice: string | null, cancel: NativeCancel | null): Promise<string>
  attach(call: string, body: Buffer): string
  begin(status: number, contentType: string): string
  push(chunk: Buffer): string
  end(): string
  broke(why: string): string
  settle(): Promise<string>
  account(): string
  takeBody(): Buffer | null
  output(): Buffer
}

/** Something the proxy asks, to be answered under its ticket, or with ticket 0 tells. Must not throw. */
export type NativeCallback = (ticket: number, text: string, bytes: Buffer | null) => void

/** A proxy on threads of its own. */
export interface NativeProxy {
  start(options: string, store: NativeStore, extended: string | null, callback: NativeCallback | null): Promise<string>
  answer(ticket: number, text: string, bytes: Uint8Array | null): void
  close(): Promise<void>
}

/** The addon. Bodies are UTF-8 JSON; options, plans and selections are JSON texts. */
export interface NativeBinding {
  compress(body: Buffer, options: string, store: NativeStore | null, cancel: NativeCancel | null): Promise<string>
  compressSync(body: Buffer, options: string, store: NativeStore | null): string
  plan(body: Buffer, options: string): Promise<string>
  planSync(body: Buffer, options: string): string
  apply(
    body: Buffer,
    options: string,
    plan: string,
    store: NativeStore | null,
    cancel: NativeCancel | null,
  ): Promise<string>
  applySync(body: Buffer, options: string, plan: string, store: NativeStore | null): string
  retrieve(store: NativeStore, ref: string, selection: string): Promise<string>
  enoughRetrieved(): string
  answerRetrieval(store: NativeStore, args: string): Promise<string>
  contextPut(store: NativeStore, original: Buffer, about: string, options: string): Promise<string>
  contextGet(store: NativeStore, context: string, key: string, full: boolean): Promise<string>
  contextKeys(store: NativeStore, context: string): Promise<string>
  contextRemove(store: NativeStore, context: string, key?: string): Promise<string>
  contextStats(store: NativeStore, context: string): Promise<string>
  decode(text: string, above: string[]): string
  countTokens(text: string, model: string): string
  retrieveTool(format: string): string
  checkOptions(options: string): string
  runCli(argv: string[]): Promise<string>
  /** Passes a signal on to the command that runs; false when it does not listen. */
  interruptCli(): boolean
  recognise(method: string, url: string, versioned: boolean): string
  /** Called by the loader, with the folder of the package. */
  installedIn(folder: string): void
  /** Called by the loader where another version came first. */
  runsBeside(first: string): void
  NativeStore: (abstract new () => NativeStore) & {
    memory(): NativeStore
    sharedMemory(): NativeStore
    open(path?: string): NativeStore
    shared(path?: string): NativeStore
  }
  NativeCancel: new () => NativeCancel
  NativeEngine: new (options: string, store: NativeStore) => NativeEngine
  NativeProxy: new () => NativeProxy
}

/** What to do where the loader is not beside this file. */
const BUNDLED =
  'A bundler took headroom in and left its native part behind. Leave the package out of the bundle: ' +
  "`--external:headroom` (esbuild), `serverExternalPackages: ['headroom']` (Next.js)."

let loader: { binding(): NativeBinding } | undefined

/** The addon, loaded on first use. Throws a `HeadroomLoadError` when there is none for this machine. */
export function native(): NativeBinding {
  try {
    // Here and not above: in some bundles there is no `import.meta.url`, and importing must not fail for that.
    loader ??= createRequire(import.meta.url)('../binding.cjs') as { binding(): NativeBinding }
  } catch (error) {
    const title = 'cannot find the native part of headroom'
    throw new HeadroomLoadError({ code: 'addon_not_loaded', title, cause: error, hint: BUNDLED })
  }
  try {
    return loader.binding()
  } catch (error) {
    const { message, cause, hint } = error as Error & { hint?: string }
    throw new HeadroomLoadError({ code: 'addon_not_loaded', title: message, cause, hint })
  }
}

/** Reads an answer of the addon; throws the error it carries. */
export function unwrap<T>(answer: string): T {
  const { ok, error } = JSON.parse(answer) as { ok?: T; error?: AnyErrorFields }
  if (error) throw errorFor(error)
  return ok as T
}

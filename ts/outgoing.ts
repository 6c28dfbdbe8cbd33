/** What a call of `fetch` would send, as far as it is for a model: read without using anything up. */
import { native, unwrap } from './native.js'
import type { Asked } from './wire.js'

/** The arguments of `fetch`. */
export type FetchInput = Parameters<typeof fetch>[0]
export type FetchInit = Parameters<typeof fetch>[1]

/** What a door does with requests. */
export type DoorMode = 'optimize' | 'audit' | 'simulate'

/** Every mode. */
export const DOOR_MODES: readonly DoorMode[] = ['optimize', 'audit', 'simulate']

/** The header that says what to do with one request. */
const MODE = 'x-headroom-mode'

/** What is asked of a model. */
export interface Question {
  readonly asked: Asked
  readonly signal: AbortSignal | undefined
  /** What its headers want done with it. */
  readonly mode: DoorMode | undefined
  /** The body, in memory of its own; `null` for one that cannot be read twice. */
  body(): Promise<Buffer | null>
}

/** A call of `fetch` that asks something of a model. */
export interface Outgoing extends Question {
  /** The arguments as they came, without what is said to us alone. */
  plain(): [FetchInput, FetchInit]
  /** The arguments with another body. */
  with(body: Buffer): [FetchInput, FetchInit]
}

/** True for a `Request`, also of another implementation. */
function isRequest(input: unknown): input is Request {
  return typeof input === 'object' && input !== null && !(input instanceof URL) && 'url' in input && 'headers' in input
}

/** What the headers of a request want done with it; `'bypass'`: nothing at all. */
export function wanted(headers: Headers): DoorMode | 'bypass' | undefined {
  const value = (name: string): string => headers.get(name)?.trim().toLowerCase() ?? ''
  const mode = value(MODE)
  if (['true', '1'].includes(value('x-headroom-bypass')) || ['passthrough', 'off'].includes(mode)) return 'bypass'
  return DOOR_MODES.find((known) => known === mode)
}

/** Bytes of a body, copied: the caller may write to its own. */
export async function bytesOf(body: unknown): Promise<Buffer | null> {
  if (typeof body === 'string') return Buffer.from(body, 'utf8')
  if (ArrayBuffer.isView(body)) return Buffer.from(new Uint8Array(body.buffer, body.byteOffset, body.byteLength))
  if (body instanceof ArrayBuffer) return Buffer.from(new Uint8Array(body))
  if (body instanceof Blob) return Buffer.from(await body.arrayBuffer())
  return null
}

/** The headers without some. */
function without(headers: Headers, ...names: string[]): Headers {
  const copy = new Headers(headers)
  for (const name of names) copy.delete(name)
  return copy
}

/** Looks at the arguments of a call; `null` where they are for no model. */
export function outgoing(input: FetchInput, init: FetchInit): Outgoing | null {
  const request = isRequest(input) ? input : undefined
  const method = init?.method ?? request?.method ?? 'GET'
  if (method.toUpperCase() !== 'POST') return null
  const headers = new Headers((init?.headers ?? request?.headers) as ConstructorParameters<typeof Headers>[0])
  const mode = wanted(headers)
  if (mode === 'bypass' || headers.has('content-encoding')) return null
  const url = request ? request.url : String(input)
  const asked = unwrap<Asked | null>(native().recognise('POST', url, headers.has('anthropic-version')))
  if (!asked) return null
  const given = init?.body ?? null
  return {
    asked,
    mode,
    signal: init?.signal ?? request?.signal ?? undefined,
    async body() {
      if (given !== null) return bytesOf(given)
      if (!request?.body || request.bodyUsed) return null
      return Buffer.from(await request.clone().arrayBuffer())
    },
    plain: () => (mode === undefined ? [input, init] : [input, { ...init, headers: without(headers, MODE) }]),
    with(body) {
      const own = mode !== undefined || headers.has('content-length') ? { headers: without(headers, MODE, 'content-length') } : {}
      // Whoever gave a string may look for one in its own `fetch`.
      const next = { ...init, ...own, body: typeof given === 'string' ? body.toString('utf8') : body }
      return request ? [new Request(request, next as RequestInit), undefined] : [input, next as RequestInit]
    },
  }
}

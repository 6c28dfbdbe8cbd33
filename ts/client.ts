/** A client with an account of what was saved, under the name that users of the Python package know. */
import { Door, type DoorOptions, type ReportedRequest } from './around.js'
import { simulate } from './compress.js'
import { checkFunction } from './options.js'
import type { CompressResult } from './result.js'
import { fetchingThrough } from './sdks/fetching.js'
import { genaiThrough } from './sdks/genai.js'
import { smithyThrough } from './sdks/smithy.js'
import { type HeadroomStats, Totals } from './totals.js'
import type { WireReport } from './wire.js'

/** Requests that are remembered one by one. */
const REMEMBERED = 1000

/** One request for a model. */
export interface RequestMetrics extends ReportedRequest, Omit<WireReport, 'blocks'> {
  /** When it was read, in milliseconds since 1970. */
  readonly timestamp: number
}

/** What a `HeadroomClient` has besides everything that the client has. */
export interface HeadroomAccount {
  /** What would be done with the messages of a request (`messages`, `input` or `contents`); nothing is sent or stored. */
  simulate(request: object): Promise<CompressResult>
  /** The latest requests for a model, 1000 at most, the oldest first. */
  getMetrics(filter?: { limit?: number | undefined }): RequestMetrics[]
  /**
   * Sums over requests for an answer; in `audit` and `simulate` they say what could have been saved. Nothing is spent on
   * counting tokens, and what a batch costs is told some other time. `failures`: what went wrong here, and left requests
   * as they were.
   */
  stats(): HeadroomStats & { failures: number }
}

/** Client and account in one. */
export type HeadroomClient<T extends object> = T & HeadroomAccount

/** How one is made. */
export interface HeadroomClientConstructor {
  /**
   * Throws a `HeadroomValidationError` for a client of none of the SDKs that have a door, and for options that make no
   * sense. The client passed in stays as it is.
   */
  new <T extends object>(client: T, options?: DoorOptions): HeadroomClient<T>
}

/** Every package whose clients are taken. */
const PACKAGES = 'openai, @anthropic-ai/sdk, @google/genai or @aws-sdk/client-bedrock-runtime'

/** The client behind a door. */
function through<T extends object>(client: T, door: Door): T {
  const has = (name: string): boolean => typeof client === 'object' && client !== null && name in client
  if (has('middlewareStack')) return smithyThrough(client, door)
  return has('apiClient') ? genaiThrough(client, door) : fetchingThrough(client, door, PACKAGES)
}

/** What is kept of requests. */
class Account {
  readonly totals = new Totals()
  readonly latest: RequestMetrics[] = []

  /** Takes a request in. */
  add({ blocks: _blocks, ...report }: WireReport, request: ReportedRequest): void {
    if (request.kind === 'generate') this.totals.add(report)
    this.latest.push({ ...report, ...request, timestamp: Date.now() })
    if (this.latest.length > REMEMBERED) this.latest.shift()
  }
}

/** What would be done with the messages of a request. */
async function simulated(request: object, options: DoorOptions): Promise<CompressResult> {
  const { ccr, mode: _mode, onReport: _report, maxRounds: _rounds, usage: _usage, cacheHints: _hints, store: _store, ...compress } = options
  const { messages, input, contents, model, modelId } = request as Record<string, unknown>
  const named = model ?? modelId
  return simulate((messages ?? input ?? contents) as unknown[], { ...compress, ccr: ccr !== 'off', model: typeof named === 'string' ? named : undefined })
}

/**
 * A client of the `openai`, `@anthropic-ai/sdk`, `@google/genai` or `@aws-sdk/client-bedrock-runtime` package with
 * everything it has, whose requests are made smaller (`mode: 'optimize'`) or only measured (`'audit'`, `'simulate'`), and
 * which says what that came to.
 *
 * ```js
 * const client = new HeadroomClient(new OpenAI(), { mode: 'audit' })
 * await client.chat.completions.create({ model: 'gpt-4o', messages, tools })
 * client.stats().tokensSaved
 * ```
 */
export const HeadroomClient: HeadroomClientConstructor = function (client: object, options: DoorOptions = {}): object {
  checkFunction(options.onReport, 'onReport')
  const account = new Account()
  const onReport: DoorOptions['onReport'] = (report, request) => {
    options.onReport?.(report, request)
    account.add(report, request)
  }
  const door = new Door({ ...options, onReport }, 'HEADROOM_CLIENT')
  const own: HeadroomAccount = {
    simulate: (request) => simulated(request, options),
    getMetrics: ({ limit = REMEMBERED } = {}) => account.latest.slice(Math.max(0, account.latest.length - limit)),
    stats: () => ({ ...account.totals.stats(), failures: door.failures }),
  }
  const made = through(client, door)
  for (const [name, value] of Object.entries(own)) Object.defineProperty(made, name, { value })
  return made
} as unknown as HeadroomClientConstructor

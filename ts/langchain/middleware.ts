/** Middleware for LangChain's agents: smaller requests, and hidden rounds between the agent and its model. */
import { compress } from '../compress.js'
import { type NativeStore, native, unwrap } from '../native.js'
import { type CompressOptions, checkFunction, splitOptions, unusable } from '../options.js'
import type { CompressResult } from '../result.js'
import { Recent } from '../recent.js'
import { type RetrievalAnswer, TOOL_NAME, type ToolDefinition, answerRetrieval, retrieveTool } from '../retrieve.js'
import { resolveStore } from '../store.js'
import { failuresAmong, warner } from '../warner.js'
import { type Fields, type Message, isMessage, withFields } from './message.js'
import {
  METADATA,
  type Reply,
  type Round,
  beginning,
  callsOf,
  enough,
  expanded,
  hide,
  mended,
  recorded,
  resultsOf,
  summed,
  wordsOf,
} from './rounds.js'

/** Options of `headroomMiddleware`. */
export interface HeadroomMiddlewareOptions extends Omit<CompressOptions, 'ccr' | 'format' | 'model' | 'signal'> {
  /**
   * How the model reads back what was left out. `'hidden'`: by a tool that is offered where the agent has tools, and
   * whose calls nobody sees. `'mcp'`: by a tool of that name among the agent's own. `'off'`: not at all, and then
   * nothing is left out. `'hidden'` by default.
   */
  ccr?: 'hidden' | 'mcp' | 'off' | undefined
  /** Hidden rounds an answer may take; 3 by default. */
  maxRounds?: number | undefined
  /** The usage an answer with hidden rounds shows: what is paid, or what fills the context. `'sum'` by default. */
  usage?: 'sum' | 'last' | undefined
  /** Told what was done with each request, before it is sent. */
  onReport?: ((report: CompressResult) => void) | undefined
}

/** What is LangChain's own: its types differ from version to version, and from one agent's state to another's. */
// oxlint-disable-next-line typescript/no-explicit-any -- a middleware has to be assignable to that of any agent
type Foreign = any

/** Middleware as `createAgent` takes it; nothing of it is to be called by hand. */
export interface HeadroomMiddleware {
  readonly name: string
  readonly tools: []
  wrapModelCall(request: Foreign, handler: Foreign): Promise<Foreign>
}

/** What an answer says of itself, under `response_metadata.headroom`. */
export interface HeadroomMetadata {
  /** Tokens of the request's texts before. */
  tokensBefore: number
  /** Tokens after. */
  tokensAfter: number
  /** Hidden rounds. */
  rounds: number
  /** Calls that read back. */
  retrieved: number
  /** What of ours failed, in words. */
  failure?: string
  /** How often something of ours has failed so far. */
  failures?: number
}

/** A call of the model, as far as it matters here. */
interface ModelRequest {
  readonly model?: unknown
  readonly messages: readonly unknown[]
  readonly tools?: readonly unknown[]
  readonly toolChoice?: unknown
  readonly runtime?: { readonly signal?: AbortSignal }
}

type Handler = (request: ModelRequest) => Promise<unknown>

/** What stays the same between the calls of one middleware. */
interface Setting {
  readonly options: CompressOptions
  readonly ccr: 'hidden' | 'mcp' | 'off'
  readonly maxRounds: number
  readonly usage: 'sum' | 'last'
  readonly tool: ToolDefinition
  readonly reply: Reply
  onReport(report: CompressResult): void
  /** Takes note of a failure of ours; gives how many there were. */
  failed(error: unknown): number
}

/** A request that may be sent. */
interface Ready {
  readonly request: ModelRequest
  readonly report: CompressResult
  /** What failed while it was made ready. */
  readonly failure: Pick<HeadroomMetadata, 'failure' | 'failures'>
  /** Calls of ours are to be answered unseen. */
  readonly hidden: boolean
}

function settingOf(options: HeadroomMiddlewareOptions): Setting {
  const { ccr = 'hidden', maxRounds = 3, usage = 'sum', onReport, ...compressing } = options
  if (!['hidden', 'mcp', 'off'].includes(ccr)) throw unusable("ccr is none of 'hidden', 'mcp' and 'off'", ccr)
  if (!['sum', 'last'].includes(usage)) throw unusable("usage is neither 'sum' nor 'last'", usage)
  if (!Number.isInteger(maxRounds) || maxRounds < 0) throw unusable('maxRounds is no number of rounds', maxRounds)
  checkFunction(onReport, 'onReport')
  unwrap(native().checkOptions(splitOptions(compressing).core))
  const store = resolveStore(options.store)
  const warn = warner('HEADROOM_LANGCHAIN', 'messages are sent as they are')
  let failures = 0
  const failed = (error: unknown): number => {
    warn(error)
    return ++failures
  }
  return {
    options: compressing,
    ccr,
    maxRounds,
    usage,
    tool: retrieveTool('langchain'),
    reply: replyFrom(store, failed),
    onReport: onReport ?? (() => {}),
    failed,
  }
}

/** Answers that are kept: what was hidden is put back with every request of a conversation. */
const KEPT = 64

/** Answers calls from a store. What it gave once it would give again, as a ref is a hash of the text. */
function replyFrom(store: NativeStore, failed: (error: unknown) => void): Reply {
  const known = new Recent<RetrievalAnswer>(KEPT)
  return async ({ args }) => {
    const wanted = typeof args === 'string' ? args : JSON.stringify(args ?? {})
    try {
      const answer = known.get(wanted) ?? (await answerRetrieval(store, wanted))
      if (!answer.isError) known.set(wanted, answer)
      return answer
    } catch (error) {
      failed(error)
      return { text: 'It cannot be read back now. Go on with what you have.', isError: true }
    }
  }
}

/** A tool's name, in the forms an agent's list of tools may hold. */
function nameOf(tool: unknown): unknown {
  if (typeof tool !== 'object' || tool === null) return undefined
  const nested = 'function' in tool && typeof tool.function === 'object' && tool.function !== null ? tool.function : tool
  return Reflect.get(nested, 'name')
}

/** True for our tool under its own name, or behind a host's prefix. */
function isRetrieval(name: unknown): boolean {
  return name === TOOL_NAME || (typeof name === 'string' && name.endsWith(`__${TOOL_NAME}`))
}

/** True when the model must call the only tool there is, which is how structured answers are asked for. */
function isForced({ tools = [], toolChoice }: ModelRequest): boolean {
  return tools.length === 1 && toolChoice !== undefined && toolChoice !== 'auto' && toolChoice !== 'none'
}

/** Who can read back what is left out. */
function wayBack(request: ModelRequest, messages: readonly unknown[], ccr: Setting['ccr']): 'hidden' | 'own' | 'none' {
  if (ccr === 'off') return 'none'
  const tools = request.tools ?? []
  if (tools.some((tool) => isRetrieval(nameOf(tool)))) return 'own'
  if (ccr === 'mcp' || tools.length === 0) return 'none'
  const used = (): boolean => messages.some((message) => isMessage(message) && callsOf(message).ours.length > 0)
  return isForced(request) && !used() ? 'none' : 'hidden'
}

/** The name of a chat model, as its class has it. */
export function modelName(model: unknown): string | undefined {
  if (typeof model !== 'object' || model === null) return undefined
  const names = ['model', 'modelName', 'modelId'].map((key): unknown => Reflect.get(model, key))
  return names.find((name): name is string => typeof name === 'string')
}

/** The request made smaller, with what earlier answers hid; `null` where it goes on untouched. */
async function prepare(request: ModelRequest, setting: Setting): Promise<Ready | null> {
  const signal = request.runtime?.signal
  try {
    const messages = setting.ccr === 'hidden' ? await expanded(request.messages, setting.reply) : request.messages
    const way = wayBack(request, messages, setting.ccr)
    const report = await compress(messages, {
      ...setting.options,
      format: 'langchain',
      model: modelName(request.model),
      ccr: way !== 'none',
      signal,
    })
    const [failed] = failuresAmong(report.warnings)
    const failure = failed ? { failure: failed.message, failures: setting.failed(failed.message) } : {}
    setting.onReport(report)
    const tools = way === 'hidden' ? { tools: [...(request.tools ?? []), setting.tool] } : {}
    return { request: { ...request, messages: report.messages, ...tools }, report, failure, hidden: way === 'hidden' }
  } catch (error) {
    // An aborted call is the handler's to reject, as it would have been.
    if (!signal?.aborted) setting.failed(error)
    return null
  }
}

/** One answer of the model, which may take several calls of it. */
class Conversation {
  readonly #setting: Setting
  readonly #ready: Ready
  readonly #rounds: Round[] = []
  #usage: unknown
  #retrieved = 0

  constructor(ready: Ready, setting: Setting) {
    this.#ready = ready
    this.#setting = setting
  }

  /** The request of the next round; `null` when this answer is the last. */
  async next(request: ModelRequest, answer: unknown): Promise<ModelRequest | null> {
    if (!this.#ready.hidden || !isMessage(answer)) return null
    const { ours, others } = callsOf(answer)
    const { maxRounds, reply } = this.#setting
    if (ours.length === 0 || others.length > 0 || this.#rounds.length > maxRounds) return null
    const over = this.#rounds.length === maxRounds
    const said = mended(answer)
    const results = await resultsOf(ours, over ? enough : reply, request.messages)
    this.#rounds.push({ message: recorded(said), ...(over ? { enough: true } : {}) })
    this.#usage = summed(this.#usage, answer.usage_metadata)
    this.#retrieved += over ? 0 : ours.length
    return { ...request, messages: [...request.messages, said, ...results] }
  }

  /** What the agent gets. */
  shown(answer: unknown): unknown {
    if (isMessage(answer)) return this.#told(answer)
    if (typeof answer !== 'object' || answer === null) return answer
    // A structured answer comes with its messages; one to be asked for again as an update of the state.
    if ('messages' in answer) return { ...answer, messages: this.#all(answer.messages) }
    if ('update' in answer && typeof answer.update === 'object' && answer.update !== null && 'messages' in answer.update) {
      answer.update = { ...answer.update, messages: this.#all(answer.update.messages) }
    }
    return answer
  }

  #all(messages: unknown): unknown {
    if (!Array.isArray(messages)) return messages
    const first = messages.findIndex((message) => isMessage(message) && message.type === 'ai')
    return messages.map((message: unknown, index) => (index === first ? this.#told(message as Message) : message))
  }

  /** The message without calls of ours, with what was done. */
  #told(answer: Message): Message {
    const { report, failure, hidden } = this.#ready
    const { tokensBefore, tokensAfter } = report
    const { shown, taken } = hidden ? hide(mended(answer)) : { shown: answer, taken: [] }
    // Beyond the limit a call is dropped: it is never answered, and so never put back.
    const beside = this.#rounds.length > this.#setting.maxRounds ? [] : taken
    if (taken.length === 0 && this.#rounds.length === 0 && !failure.failure && tokensBefore === tokensAfter) return answer
    const words = wordsOf(this.#rounds)
    const told: HeadroomMetadata & Fields = {
      tokensBefore,
      tokensAfter,
      rounds: this.#rounds.length,
      retrieved: this.#retrieved + beside.filter(({ place }) => place[0] === 'tool_calls').length,
      ...failure,
      ...(this.#rounds.length > 0 || beside.length > 0 ? { hidden: { before: this.#rounds, beside, words } } : {}),
    }
    const usage = this.#setting.usage === 'sum' && this.#usage !== undefined ? { usage_metadata: summed(this.#usage, answer.usage_metadata) } : {}
    return withFields(beginning(shown, words), { ...usage, response_metadata: { ...(shown.response_metadata as Fields), [METADATA]: told } })
  }
}

/** Calls the model until it has answered. */
async function converse(ready: Ready, handler: Handler, setting: Setting): Promise<unknown> {
  const conversation = new Conversation(ready, setting)
  let { request } = ready
  for (;;) {
    const answer = await handler(request)
    try {
      const next = await conversation.next(request, answer)
      if (!next) return conversation.shown(answer)
      request = next
    } catch (error) {
      setting.failed(error)
      return answer
    }
  }
}

/**
 * Middleware for `createAgent`: makes messages smaller before each call of the model, and answers calls of
 * `headroom_retrieve` unseen, by calling the model again. The agent's state keeps the messages as they are; an answer
 * says in `response_metadata.headroom` what was done, and keeps there what hidden rounds need to be put back when it is
 * sent again, also from a checkpoint.
 *
 * Throws for options that make no sense, and where there is no addon. Whatever goes wrong later leaves calls as they
 * would have been, with one warning of the process.
 */
export function headroomMiddleware(options: HeadroomMiddlewareOptions = {}): HeadroomMiddleware {
  const setting = settingOf(options)
  const wrapModelCall = async (request: ModelRequest, handler: Handler): Promise<unknown> => {
    const ready = await prepare(request, setting)
    return ready ? converse(ready, handler, setting) : handler(request)
  }
  return { name: 'headroom', tools: [], wrapModelCall } as unknown as HeadroomMiddleware
}

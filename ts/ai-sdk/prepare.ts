/** From the call of an application to the one of the model: smaller, with hidden rounds put back, and with the tool. */
import { callAsync } from '../call.js'
import { Account } from './account.js'
import { type Late, stripped } from './hidden.js'
import { isKept } from './kept.js'
import { type AiSdkCallOptions, type AiSdkSetting, callOptions } from './options.js'
import { type Replayed, cleaned, holdsHidden, replayed } from './replay.js'
import type { CallOptions, Model, PromptMessage, ToolEntry } from './spec.js'

/** A call ready to be made. */
export interface Prepared {
  /** What the model is called with. */
  readonly params: CallOptions
  /** Hidden rounds may follow. */
  readonly hidden: boolean
  /** Where the application will put the answer: behind its messages. */
  readonly place: number
  /** What the answer is to tell of earlier messages. */
  readonly late: readonly Late[]
  /** What the result tells; `null` where the call wants to be left alone. */
  readonly account: Account | null
}

/** Who can read back what is left out: nobody, we, or the application by a tool of its own. */
type WayBack = 'none' | 'hidden' | 'visible'

/** True for Google's own tools, beside which some of its models see no functions. */
function isGoogles(tool: ToolEntry): boolean {
  return tool.type !== 'function' && 'id' in tool && typeof tool.id === 'string' && tool.id.startsWith('google.')
}

/**
 * Whether to offer the tool follows from the request alone: the tools of a conversation stay the same in every turn,
 * whatever a turn chooses among them, or the provider's cache would be lost.
 */
function offers({ tools = [], toolChoice, responseFormat }: CallOptions, always: boolean, held: boolean): boolean {
  const functions = tools.filter(({ type }) => type === 'function').length
  if (tools.some(isGoogles)) return false
  // Some models cannot mix functions with JSON; others are made to call a tool for it.
  if (responseFormat?.type === 'json') return held && functions > 0
  if (functions === 0) return held || (always && tools.length === 0)
  // The one tool that must be called is a structured answer.
  return held || tools.length > 1 || !['required', 'tool'].includes(toolChoice?.type ?? '')
}

function wayBack(params: CallOptions, setting: AiSdkSetting): WayBack {
  const { way, tool, always } = setting
  if (way === 'none') return 'none'
  const isOurs = ({ name }: ToolEntry): boolean => name === tool.name || name?.endsWith(`__${tool.name}`)
  if (params.tools?.some(isOurs)) return 'visible'
  return way === 'hidden' && offers(params, always, holdsHidden(params.prompt, setting)) ? 'hidden' : 'none'
}

/** The prompt made smaller; as it was when that fails. */
async function compressed(
  { prompt, tools, abortSignal }: CallOptions,
  model: Model,
  { enabled: _enabled, ...over }: AiSdkCallOptions,
  ccr: boolean,
  setting: AiSdkSetting,
  account: Account,
): Promise<readonly PromptMessage[]> {
  const signal = abortSignal instanceof AbortSignal ? abortSignal : undefined
  const own = { model: setting.compress.model ?? model.modelId, format: 'ai-sdk', ccr, signal } as const
  try {
    const result = await callAsync('compress', prompt, { ...setting.compress, ...over, ...own }, setting.call, tools ?? [])
    account.compressed(result)
    return result.messages
  } catch (error) {
    abortSignal?.throwIfAborted()
    account.failed(error)
    return prompt
  }
}

/** Runs a step; when it fails the call goes on with what `otherwise` gives. */
async function orElse<T>(account: Account, step: () => T | Promise<T>, otherwise: () => T): Promise<T> {
  try {
    return await step()
  } catch (error) {
    account.failed(error)
    return otherwise()
  }
}

/** Makes a call ready. Rejects only when it is aborted; whatever else fails leaves its part of the call as it was. */
export async function prepare(params: CallOptions, model: Model, setting: AiSdkSetting): Promise<Prepared> {
  const account = new Account(setting)
  const options = await orElse<AiSdkCallOptions>(account, () => callOptions(params), () => ({}))
  const replay = (prompt: readonly PromptMessage[]): Promise<Replayed> =>
    orElse(account, () => replayed({ setting, prompt, kept: isKept(params), failed: (error) => account.failed(error) }), () => ({ prompt: cleaned(prompt), late: [] }))
  const call = stripped(params)
  const place = params.prompt.length
  if (options.enabled === false) return { params: { ...call, prompt: (await replay(call.prompt)).prompt }, hidden: false, place, late: [], account: null }
  const way = await orElse<WayBack>(account, () => wayBack(params, setting), () => 'none')
  const smaller = await compressed(call, model, options, way !== 'none', setting, account)
  // What was read back goes in behind that, or it would be compressed again.
  const { prompt, late } = await replay(smaller)
  const hidden = way === 'hidden'
  const tools = hidden ? { tools: [...(call.tools ?? []), setting.tool as unknown as ToolEntry] } : {}
  return { params: { ...call, prompt, ...tools }, hidden, place, late, account }
}

/** One answer of the model: the rounds behind what the application sees as one result. */
import { resultsOf } from './answer.js'
import { promptPart, isTaggable } from './content.js'
import { type HiddenCall, type Late, type Tag, argumentsOf, callPart, withKey } from './hidden.js'
import type { AiSdkMetadata, Account } from './account.js'
import { continued, isKept } from './kept.js'
import type { AiSdkSetting } from './options.js'
import type { Prepared } from './prepare.js'
import { type ByProvider, type CallOptions, type ContentPart, type FinishReason, type Generated, type PromptPart, type Usage, reworded, wordOf } from './spec.js'
import { sum } from './usage.js'

/** Why a model stopped when its calls are not whole, or not to be followed. */
const BROKEN_OFF = new Set(['length', 'content-filter', 'error'])

/** Hides calls of ours in one answer, answers them, and says where they stood. */
export class Turn {
  /** What the model is called with in the round under way. */
  params: CallOptions
  readonly #hidden: boolean
  readonly #place: number
  readonly #account: Account
  readonly #setting: AiSdkSetting
  #round = 0
  /** What this answer tells of earlier ones, until a part that stays has carried it. */
  #late: readonly Late[]
  /** The round of the last part that has carried a tag. */
  #told = 0
  /** Calls of the round under way. */
  #calls: HiddenCall[] = []
  /** The application's last call of the round under way. */
  #open: string | undefined
  /** Calls that no part that stays has carried yet. */
  #untold: HiddenCall[] = []
  /** Calls since the last call of the application's. */
  #since: HiddenCall[] = []
  #dropped = false
  #usage: Usage | undefined
  #last: Usage = {}

  constructor({ params, hidden, place, late }: Prepared, account: Account, setting: AiSdkSetting) {
    this.params = params
    this.#hidden = hidden
    this.#place = place
    this.#late = late
    this.#account = account
    this.#setting = setting
  }

  /** Which round is under way, from 0. */
  get round(): number {
    return this.#round
  }

  /** True for a call of ours, and for the start of one. */
  isOurs({ toolName, providerExecuted }: ContentPart): boolean {
    return this.#hidden && toolName === this.#setting.tool.name && providerExecuted !== true
  }

  /** Takes a call of ours out of what is shown. */
  hide({ toolCallId = '', input, providerMetadata }: ContentPart): void {
    const over = this.#account.rounds >= this.#setting.maxRounds && ({ over: true } as const)
    const meta = providerMetadata && { meta: providerMetadata }
    const call: HiddenCall = { id: toolCallId, input: argumentsOf(input), round: this.#round, ...meta, ...over }
    for (const calls of [this.#calls, this.#untold, this.#since]) calls.push(call)
  }

  /** The tag for the next part of this kind, where there is something to tell. */
  tag(type: string): Tag | undefined {
    const told = this.#untold.length === 0 && this.#told === this.#round && this.#late.length === 0
    if (told || !isTaggable(type)) return undefined
    const before = this.#untold.length > 0 && { before: [...this.#untold] }
    const late = this.#late.length > 0 && { late: this.#late }
    return { round: this.#round, ...before, ...late }
  }

  /** A part that stays has carried the tag. */
  carried(tag: Tag | undefined): void {
    if (!tag) return
    this.#untold = this.#untold.filter((call) => !tag.before?.includes(call))
    this.#told = tag.round
    this.#late = []
  }

  /** A whole part as it is shown. */
  show(part: ContentPart): ContentPart {
    const tag = this.tag(part.type)
    if (part.type === 'tool-call') this.#called(part)
    if (part.type === 'tool-call' || (part.type === 'text' && part.text !== '')) this.carried(tag)
    if (part.type === 'tool-approval-request') this.#open ??= ''
    return tag ? { ...part, providerMetadata: withKey(part.providerMetadata, tag) } : part
  }

  /** The content of a round as it is shown, without calls of ours. */
  shown(content: readonly ContentPart[]): ContentPart[] {
    const parts: ContentPart[] = []
    for (const part of content) {
      if (part.type === 'tool-call' && this.isOurs(part)) this.hide(part)
      else parts.push(this.show(part))
    }
    const last = this.#open === undefined || this.#since.length === 0 ? -1 : parts.findLastIndex(({ toolCallId }) => toolCallId === this.#open)
    const part = parts[last]
    if (part) parts[last] = { ...part, providerMetadata: withKey(part.providerMetadata, { round: this.#round, after: this.#since }) }
    return parts
  }

  /**
   * The end of a round. Answers its hidden calls and gives true when the model is to be called again, with the
   * `params` as they are then.
   */
  async next({ finishReason, usage, content, providerMetadata }: Omit<Generated, 'warnings'>): Promise<boolean> {
    this.#usage = this.#usage ? sum(this.#usage, usage) : usage
    this.#last = usage
    if (this.#calls.length === 0) return false
    if (this.#open !== undefined) {
      const { tags } = this.#setting
      if (this.#open !== '') tags.set(this.#open, this.#place, { ...tags.of(this.#open, this.#place), round: this.#round, after: this.#since })
      return false
    }
    if (BROKEN_OFF.has(wordOf(finishReason)) || this.#account.rounds > this.#setting.maxRounds) {
      this.#dropped = true
      return false
    }
    await this.#answer(content, providerMetadata)
    return true
  }

  /** Why the answer ended, as it is shown. */
  reason(reason: FinishReason): FinishReason {
    return this.#dropped && wordOf(reason) === 'tool-calls' ? reworded(reason, 'stop') : reason
  }

  /** The tokens of the answer, as they are shown. */
  usage(): Usage {
    return this.#setting.usage === 'sum' && this.#usage ? this.#usage : this.#last
  }

  /** The metadata of the answer, with what was done. */
  metadata(own: ByProvider | undefined): ByProvider {
    const told: AiSdkMetadata = this.#account.metadata(this.#usage ?? {}, this.#last)
    return withKey(own, told)
  }

  /** Takes note of a call of the application's. */
  #called({ toolCallId = '', providerExecuted }: ContentPart): void {
    const { tags } = this.#setting
    if (this.#since.length > 0 || tags.of(toolCallId, this.#place)) tags.set(toolCallId, this.#place, { round: this.#round, before: this.#since })
    this.#since = []
    if (providerExecuted !== true) this.#open = toolCallId
  }

  async #answer(content: readonly ContentPart[], metadata: ByProvider | undefined): Promise<void> {
    const calls = this.#calls
    const { prompt } = this.params
    const failed = (error: unknown): void => this.#account.failed(error)
    const results = await resultsOf(calls, { setting: this.#setting, prompt, kept: isKept(this.params), failed })
    const said = content.map((part) => this.#said(part, calls)).filter((part) => part !== undefined)
    this.params = continued(this.params, metadata, { role: 'assistant', content: said }, { role: 'tool', content: results })
    this.#account.rounds += 1
    this.#account.retrieved += calls.length
    this.#round += 1
    this.#calls = []
  }

  /** A part as the model's own message has it, hidden calls included. */
  #said(part: ContentPart, calls: readonly HiddenCall[]): PromptPart | undefined {
    if (part.type === 'tool-call' && this.isOurs(part)) {
      const call = calls.find(({ id }) => id === part.toolCallId)
      return call && callPart(call, this.#setting.tool.name)
    }
    // Messages do not keep empty texts either.
    return part.type === 'text' && part.text === '' ? undefined : promptPart(part)
  }
}

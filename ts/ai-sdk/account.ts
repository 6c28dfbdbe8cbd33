/** What was done for one call, as its result tells: `providerMetadata.headroom`. */
import type { CompressResult, Warning } from '../result.js'
import { failuresAmong } from '../warner.js'
import type { AiSdkSetting } from './options.js'
import type { Usage } from './spec.js'
import { plain } from './usage.js'

/** Tokens of an answer. */
export interface RoundUsage {
  /** Of the prompt, where the provider says. */
  inputTokens?: number
  /** Generated, where the provider says. */
  outputTokens?: number
}

/** What a result tells under `providerMetadata.headroom`. */
export interface AiSdkMetadata {
  /** Tokens of the prompt's texts before. */
  tokensBefore: number
  /** And after. */
  tokensAfter: number
  /** Hidden rounds of this answer. */
  rounds: number
  /** Calls of `headroom_retrieve` answered in them. */
  retrieved: number
  /** What to know; see `CompressResult`. */
  warnings: Warning[]
  /** After hidden rounds: what is paid, and the last round's alone, which fills the context. */
  usage?: { sum: RoundUsage; last: RoundUsage }
  /** What went wrong on our side; the call went on without it. */
  failure?: string
  /** How many calls of this model met a failure so far. */
  failures?: number
}

/** The account of one call, while it is made. */
export class Account {
  /** Hidden rounds so far. */
  rounds = 0
  /** Hidden calls answered so far. */
  retrieved = 0
  readonly #setting: AiSdkSetting
  #tokens = { tokensBefore: 0, tokensAfter: 0 }
  #warnings: Warning[] = []
  #failure: Pick<AiSdkMetadata, 'failure' | 'failures'> = {}

  constructor(setting: AiSdkSetting) {
    this.#setting = setting
  }

  /** Takes in what compressing came to. */
  compressed({ tokensBefore, tokensAfter, warnings }: CompressResult): void {
    this.#tokens = { tokensBefore, tokensAfter }
    this.#warnings = warnings
    const [failure] = failuresAmong(warnings)
    if (failure) this.failed(failure.message)
  }

  /** Something of ours failed; the call goes on. */
  failed(error: unknown): void {
    const failures = this.#setting.failed(error)
    this.#failure = { failure: error instanceof Error ? error.message : String(error), failures }
  }

  /** What the result tells; `sum` and `last` are usages of all rounds and of the last one. */
  metadata(sum: Usage, last: Usage): AiSdkMetadata {
    const { rounds, retrieved } = this
    const usage = rounds > 0 ? { usage: { sum: plain(sum), last: plain(last) } } : {}
    return { ...this.#tokens, rounds, retrieved, warnings: this.#warnings, ...usage, ...this.#failure }
  }
}

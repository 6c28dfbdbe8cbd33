/** Sums over calls. */
import type { CompressResult } from './result.js'

/** What was done so far. Simulations do not count. */
export interface HeadroomStats {
  /** Calls that gave a result. */
  calls: number
  /** Tokens before, over all calls. */
  tokensBefore: number
  /** Tokens after. */
  tokensAfter: number
  /** Before − after. */
  tokensSaved: number
  /** After ÷ before; 1 when nothing was counted. */
  compressionRatio: number
}

/** Adds results up. */
export class Totals {
  readonly #sums = { calls: 0, tokensBefore: 0, tokensAfter: 0 }

  /** Counts a result. */
  add({ tokensBefore, tokensAfter }: Pick<CompressResult, 'tokensBefore' | 'tokensAfter'>): void {
    this.#sums.calls += 1
    this.#sums.tokensBefore += tokensBefore
    this.#sums.tokensAfter += tokensAfter
  }

  /** The sums. */
  stats(): HeadroomStats {
    const { calls, tokensBefore, tokensAfter } = this.#sums
    const compressionRatio = tokensBefore === 0 ? 1 : tokensAfter / tokensBefore
    return { calls, tokensBefore, tokensAfter, tokensSaved: tokensBefore - tokensAfter, compressionRatio }
  }
}

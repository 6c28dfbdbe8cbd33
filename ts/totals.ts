/** Sums over calls. */
import type { CompressResult } from './result.js'

/** Sums of tokens. */
export interface TokenSums {
  /** Tokens before. */
  tokensBefore: number
  /** Tokens after. */
  tokensAfter: number
  /** Before − after. */
  tokensSaved: number
  /** After ÷ before; 1 when nothing was counted. */
  compressionRatio: number
}

/** What was done so far, over all calls. Simulations do not count. */
export interface HeadroomStats extends TokenSums {
  /** Calls that gave a result. */
  calls: number
}

/** What two sums of tokens come to. */
export function sumsOf({ tokensBefore, tokensAfter }: Pick<CompressResult, 'tokensBefore' | 'tokensAfter'>): TokenSums {
  const compressionRatio = tokensBefore === 0 ? 1 : tokensAfter / tokensBefore
  return { tokensBefore, tokensAfter, tokensSaved: tokensBefore - tokensAfter, compressionRatio }
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
    return { calls: this.#sums.calls, ...sumsOf(this.#sums) }
  }
}

/** A map that keeps what was asked for last: when it is full, what was not asked for the longest goes. */
export class Recent<V> {
  readonly #entries = new Map<string, V>()
  readonly #most: number

  /** @param most how many entries it keeps. */
  constructor(most: number) {
    this.#most = most
  }

  /** The value under a key, which is then the last that goes. */
  get(key: string): V | undefined {
    const value = this.#entries.get(key)
    if (value !== undefined) this.set(key, value)
    return value
  }

  /** Puts a value in. */
  set(key: string, value: V): void {
    this.#entries.delete(key)
    this.#entries.set(key, value)
    if (this.#entries.size <= this.#most) return
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest)
      return
    }
  }
}

/** Tags that no part carries: calls that came too late for one, and applications that do not keep metadata. */
import { Recent } from '../recent.js'
import type { Tag } from './hidden.js'

/** Calls of the application's beside which hidden ones are remembered, at most. */
const MOST = 2_000

/** What stood beside calls of the application's, while the process lives. */
export class Tags {
  /** By id and the place of the call's message: with some providers ids come again in every answer. */
  readonly #placed = new Recent<Tag>(MOST)
  readonly #last = new Recent<Tag>(MOST)

  /** What is known of a call in the message with this index. */
  of(id: string, place: number): Tag | undefined {
    return this.#placed.get(`${place} ${id}`)
  }

  /** What is known of a call by its id alone, wherever it stood: for providers that keep the messages, and whose ids are unique. */
  anywhere(id: string): Tag | undefined {
    return this.#last.get(id)
  }

  /** Takes note of what stands beside a call, and forgets what stood there before. */
  set(id: string, place: number, tag: Tag): void {
    this.#placed.set(`${place} ${id}`, tag)
    this.#last.set(id, tag)
  }
}

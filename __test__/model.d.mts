/** What of `model.mjs` is used where types are checked. */

/** A part of what the model says. */
export interface Part {
  type: string
  id?: string
  name?: string
  text?: string
}

/** What the client's requests offer. */
export const tools: readonly object[]

/** What a tool prints, of which no two are alike. */
export function output(worker: number, round: number): string

/** The provider. */
export function provider(seen?: (request: object, body: string) => void): Promise<{ url: string; close(): void }>

/** The message of a streamed answer. */
export function assembled(text: string): Part[]

/**
 * `headroom/google` (and `headroom/gemini`): a client of the `@google/genai` package (1 to 3), for Gemini and Vertex,
 * whose requests are made smaller on their way.
 *
 * ```js
 * import { GoogleGenAI } from '@google/genai'
 * import { withHeadroom } from 'headroom/google'
 *
 * const ai = withHeadroom(new GoogleGenAI({ apiKey }))
 * ```
 *
 * @module
 */
import { Door, type DoorOptions } from './around.js'
import { genaiThrough } from './sdks/genai.js'

export type { DoorOptions, ReportedRequest } from './around.js'
export type { DoorMode } from './outgoing.js'
export type { WireReport } from './wire.js'

/**
 * A client of the same class with everything it has; `models` and `chats`, with their streams and automatic function
 * calls, make requests smaller, and calls of `headroom_retrieve` are answered unseen, as `headroomFetch` does it. The
 * client passed in stays as it is.
 *
 * Throws a `HeadroomValidationError` for what is no such client, and for options that make no sense.
 */
export function withHeadroom<T extends object>(client: T, options: DoorOptions = {}): T {
  return genaiThrough(client, new Door(options, 'HEADROOM_GOOGLE'))
}

/**
 * `headroom/openai`: a client of the `openai` package (4 to 7) whose requests are made smaller on their way.
 *
 * ```js
 * import OpenAI from 'openai'
 * import { withHeadroom } from 'headroom/openai'
 *
 * const client = withHeadroom(new OpenAI())
 * ```
 *
 * @module
 */
import { Door, type DoorOptions } from './around.js'
import { fetchingThrough } from './sdks/fetching.js'

export type { DoorOptions, ReportedRequest } from './around.js'
export type { DoorMode } from './outgoing.js'
export type { WireReport } from './wire.js'

/**
 * A client of the same class with everything it has: chat completions, responses, streams and their helpers, parsing,
 * tool runners, Azure's deployments. Requests are made smaller, and calls of `headroom_retrieve` are answered unseen, as
 * `headroomFetch` does it; the client passed in stays as it is.
 *
 * Throws a `HeadroomValidationError` for what is no such client, and for options that make no sense.
 */
export function withHeadroom<T extends object>(client: T, options: DoorOptions = {}): T {
  return fetchingThrough(client, new Door(options, 'HEADROOM_OPENAI'), 'the openai package')
}

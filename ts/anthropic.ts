/**
 * `headroom/anthropic`: a client of the `@anthropic-ai/sdk` package (0.50 and newer) whose requests are made smaller on
 * their way.
 *
 * ```js
 * import Anthropic from '@anthropic-ai/sdk'
 * import { withHeadroom } from 'headroom/anthropic'
 *
 * const client = withHeadroom(new Anthropic())
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
 * A client of the same class with everything it has: messages, streams and their helpers, tool runners, betas; also the
 * clients for Bedrock, Vertex and Foundry. Requests are made smaller, and calls of `headroom_retrieve` are answered
 * unseen, as `headroomFetch` does it; the client passed in stays as it is.
 *
 * Throws a `HeadroomValidationError` for what is no such client, and for options that make no sense.
 */
export function withHeadroom<T extends object>(client: T, options: DoorOptions = {}): T {
  return fetchingThrough(client, new Door(options, 'HEADROOM_ANTHROPIC'), 'the @anthropic-ai/sdk package')
}

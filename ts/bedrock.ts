/**
 * `headroom/bedrock`: AWS's own client for Amazon Bedrock, with requests made smaller before they are signed.
 *
 * ```js
 * import { BedrockRuntimeClient } from '@aws-sdk/client-bedrock-runtime'
 * import { withHeadroom } from 'headroom/bedrock'
 *
 * const client = withHeadroom(new BedrockRuntimeClient())
 * ```
 *
 * Or as a plugin of a client's own: `client.middlewareStack.use(headroomPlugin())`. Read are `Converse`, `ConverseStream`,
 * and `InvokeModel`, `InvokeModelWithResponseStream` of Anthropic's models.
 *
 * @module
 */
import { Door, type DoorOptions } from './around.js'
import { type BedrockPlugin, SmithyPlugin, smithyThrough } from './sdks/smithy.js'

export type { DoorOptions, ReportedRequest } from './around.js'
export type { DoorMode } from './outgoing.js'
export type { BedrockPlugin } from './sdks/smithy.js'
export type { WireReport } from './wire.js'

const CODE = 'HEADROOM_BEDROCK'

/**
 * A plugin for `client.middlewareStack.use()`: that client's requests are made smaller before they are signed, and calls
 * of `headroom_retrieve` are answered unseen, also in streams.
 *
 * Throws a `HeadroomValidationError` for options that make no sense.
 */
export function headroomPlugin(options: DoorOptions = {}): BedrockPlugin {
  return new SmithyPlugin(new Door(options, CODE))
}

/**
 * A client of the same class with the plugin in it; the client passed in stays as it is. Both share connections, so
 * `destroy()` of one is that of both.
 *
 * Throws a `HeadroomValidationError` for what is no such client, and for options that make no sense.
 */
export function withHeadroom<T extends object>(client: T, options: DoorOptions = {}): T {
  return smithyThrough(client, new Door(options, CODE))
}

/** Node's own streams, loaded when the first one is met: a process that only compresses messages never meets one. */
import { createRequire } from 'node:module'
import type * as Streams from 'node:stream'

let streams: typeof Streams | undefined

/** The module `node:stream`. */
export function nodeStreams(): typeof Streams {
  streams ??= createRequire(import.meta.url)('node:stream') as typeof Streams
  return streams
}

/**
 * The proxy with real clients. Installs each in a folder of its own under the system's temporary one, runs
 * `suite.mjs` with it, and prints which scenarios passed.
 *
 *   node clients/run.mjs [--quick] [--only TEXT] [--seconds N] [--keep DIR] [--node PATH] [--sessions DIR]
 *
 * --quick takes one version of each client; --only those whose name has the text in it; --seconds bounds the whole run
 * (600): what is not begun by then is skipped, and said so. --keep leaves what was installed in a folder, for the next
 * run; --node runs the scenarios with another Node. --sessions also replays the recorded sessions of a folder turn by
 * turn, as `evals/run.mjs` takes them. Ends with status 1 if anything failed; with 0 and a word about it where there is
 * no registry.
 */
import { fileURLToPath } from 'node:url'

import { flags, sideBySide } from '../scripts/side-by-side.mjs'
import { clients } from './clients.mjs'

const SUITE = fileURLToPath(new URL('suite.mjs', import.meta.url))

/** How long one client's scenarios may take, in milliseconds. */
const SUITE_LIMIT = 60_000

const options = flags({ sessions: { type: 'string', default: '' } })
const rows = clients.map(({ name, set, packages, quick, pip }) => {
  const env = { HEADROOM_CLIENT: name, HEADROOM_CLIENT_SESSIONS: options.sessions }
  return { name, set, packages, quick, pip, file: SUITE, env }
})
await sideBySide('client', rows, options, options.sessions ? 3 * SUITE_LIMIT : SUITE_LIMIT)

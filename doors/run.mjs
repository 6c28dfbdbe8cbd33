/**
 * The doors of JavaScript with the packages they are made for. Installs each major in a folder of its own under the
 * system's temporary one, runs its scenarios, and prints which passed.
 *
 *   node doors/run.mjs [--quick] [--only TEXT] [--seconds N] [--keep DIR] [--node PATH]
 *
 * --quick takes one version of each package; --only those whose name has the text in it; --seconds bounds the whole run
 * (600): what is not begun by then is skipped, and said so. --keep leaves what was installed in a folder, for the next
 * run; --node runs the scenarios with another Node. Ends with status 1 if anything failed; with 0 and a word about it
 * where there is no registry.
 */
import { fileURLToPath } from 'node:url'

import { flags, sideBySide } from '../scripts/side-by-side.mjs'
import { doors } from './doors.mjs'

/** How long the scenarios of one door may take, in milliseconds. */
const LIMIT = 120_000

const rows = doors.map(({ scenario, ...row }) => ({
  ...row,
  file: fileURLToPath(new URL(`scenarios/${scenario}.mjs`, import.meta.url)),
  env: { HEADROOM_DOOR: row.name },
}))
await sideBySide('door', rows, flags(), LIMIT)

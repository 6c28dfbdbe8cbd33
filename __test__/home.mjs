/** Gives this test process a store of its own: import it before anything that may open the default one. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Folder of this process' durable store; gone at exit. */
export const HOME = mkdtempSync(join(tmpdir(), 'headroom-test-'))

process.env.HEADROOM_HOME = HOME
process.on('exit', () => rmSync(HOME, { recursive: true, force: true }))

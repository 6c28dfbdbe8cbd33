/** Runs the JavaScript tests: every `__test__/*.test.mjs` and `.test.cjs`, named one by one because the globs of
 * `node --test` differ between Node 20 and later. Arguments are passed on to `node --test`. */
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const FOLDER = new URL('../__test__/', import.meta.url)

const files = readdirSync(FOLDER)
  .filter((name) => /\.test\.[cm]js$/.test(name))
  .toSorted()
  .map((name) => fileURLToPath(new URL(name, FOLDER)))
const args = ['--test', '--test-reporter=spec', ...process.argv.slice(2), ...files]
const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' })
process.exit(status ?? 1)

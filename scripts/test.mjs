/** Runs the JavaScript tests: every `*.test.mjs` in `__test__/` and `evals/`, named one by one because the globs
 * of `node --test` differ between Node 20 and later. Arguments are passed on to `node --test`. */
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const FOLDERS = ['../__test__/', '../evals/'].map((folder) => new URL(folder, import.meta.url))

const files = FOLDERS.flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.test.mjs'))
    .toSorted()
    .map((name) => fileURLToPath(new URL(name, folder))),
)
const args = ['--test', '--test-reporter=spec', ...process.argv.slice(2), ...files]
const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' })
process.exit(status ?? 1)

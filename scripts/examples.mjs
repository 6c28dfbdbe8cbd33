/**
 * Runs every example without a key: what each needs is installed in a folder under the system's temporary one, beside a
 * copy of the examples, so that their imports mean what a reader's mean.
 *
 *   node scripts/examples.mjs [--only TEXT] [--offline]
 *
 * --only takes examples with the text in their names; --offline those that need nothing from a registry. What a registry does
 * not give is skipped, and said so. Build first.
 */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

import { run } from './program.mjs'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** How long installing, and how long an example may take, in milliseconds. */
const INSTALL_LIMIT = 180_000
const LIMIT = 30_000

/** What the examples are made of besides themselves. */
const BESIDE = ['clients/mock', '__test__/conversations.mjs']

const { values: options } = parseArgs({ options: { only: { type: 'string', default: '' }, offline: { type: 'boolean', default: false } } })

/** The packages an example says it needs, in the comment on top of it. */
const packagesOf = (name) => /^ \* {3}npm install (.+?) &&/m.exec(readFileSync(join(ROOT, 'examples', name), 'utf8'))?.[1].split(' ') ?? []

const examples = readdirSync(join(ROOT, 'examples'))
  .filter((name) => name.endsWith('.mjs') && name !== 'mock.mjs' && name.includes(options.only))
  .map((name) => ({ name, packages: packagesOf(name) }))
  .filter(({ packages }) => !options.offline || packages.length === 0)

const folder = mkdtempSync(join(tmpdir(), 'headroom-examples-'))
const env = { PATH: process.env.PATH, HOME: folder, HEADROOM_HOME: join(folder, 'home') }
let failed = 0

/** What an example says, or why it could not be tried. */
async function tried({ name, packages }) {
  if (packages.length > 0) {
    const flags = ['--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', '--prefix', folder]
    const { ok, err } = await run('npm', ['install', ...flags, ...packages], INSTALL_LIMIT, { cwd: folder })
    if (!ok) return { skipped: err.trim().split('\n')[0] || 'npm failed' }
  }
  // npm takes away what it did not put there.
  mkdirSync(join(folder, 'node_modules'), { recursive: true })
  rmSync(join(folder, 'node_modules', 'headroom'), { force: true })
  symlinkSync(ROOT, join(folder, 'node_modules', 'headroom'))
  return run(process.execPath, [join('examples', name)], LIMIT, { cwd: folder, env })
}

for (const path of ['examples', ...BESIDE]) cpSync(join(ROOT, path), join(folder, path), { recursive: true })
for (const example of examples) {
  const { skipped, ok, out, err } = await tried(example)
  const works = ok && /declined|14 days/.test(out)
  if (skipped) process.stdout.write(`skip  ${example.name}: ${skipped}\n`)
  else if (works) process.stdout.write(`ok    ${example.name}\n`)
  else process.stdout.write(`FAIL  ${example.name}\n${`${out}\n${err}`.slice(-3_000).replaceAll(/^/gm, '  ')}\n`)
  failed += skipped || works ? 0 : 1
}
rmSync(folder, { recursive: true, force: true })
process.exitCode = failed > 0 ? 1 : 0

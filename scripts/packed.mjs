/**
 * The package as it is published: packs it and the package of this platform, installs both in an empty folder under the
 * system's temporary one, and uses them the ways applications do. Every entry of `exports` is tried, whichever there are.
 *
 *   node scripts/packed.mjs [--node VERSION] [--only TEXT] [--keep DIR]
 *
 * --node runs what is installed with another Node (the package `node` of npm: `--node 22`); --only takes the checks with
 * the text in their names; --keep leaves the folder, for a look at it. Build first. Tools a registry does not give are
 * skipped, and said so; it ends with status 1 if anything failed.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

import { bundles } from './packed/bundles.mjs'
import { loads } from './packed/loads.mjs'
import { NEXT, next } from './packed/next.mjs'
import { stage } from './packed/stage.mjs'
import { types } from './packed/types.mjs'
import { fail } from './failure.mjs'
import { run as program } from './program.mjs'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** How long one step may take, in milliseconds. */
const LIMIT = 120_000

const { values: options } = parseArgs({
  options: { node: { type: 'string' }, only: { type: 'string', default: '' }, keep: { type: 'string' } },
})
const base = options.keep ?? mkdtempSync(join(tmpdir(), 'headroom-packed-'))
const app = join(base, 'app')
// Whatever is run writes into a store of its own.
const env = { ...process.env, HEADROOM_HOME: join(base, 'home'), NEXT_TELEMETRY_DISABLED: '1', NO_COLOR: '1' }
const run = (command, args, { cwd = app, limit = LIMIT } = {}) => program(command, args, limit, { cwd, env })

/** Puts packages into a folder; `undefined`, or why that failed. `scripts`: theirs may run. */
async function install(folder, packages, { scripts = false } = {}) {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')
  const flags = ['--no-audit', '--no-fund', '--loglevel=error', ...(scripts ? [] : ['--ignore-scripts'])]
  const { ok, err, status } = await run('npm', ['install', ...flags, ...packages], { cwd: folder, limit: 300_000 })
  return ok ? undefined : err.trim().split('\n')[0] || `npm ended with ${status}`
}

let failed = 0
const say = (mark, name, why = '') => process.stdout.write(`${mark.padEnd(4)}  ${name}${why === '' ? '' : `: ${why}`}\n`)

const isWanted = ({ name }) => name.includes(options.only)

async function each(checks) {
  for (const { name, check } of checks.filter(isWanted)) {
    const started = performance.now()
    const { ok, out, err } = await check()
    if (ok) say('ok', `${name} (${((performance.now() - started) / 1000).toFixed(1)} s)`)
    else say('FAIL', name, `\n${`${err}\n${out}`.trim().slice(-3_000).replaceAll(/^/gm, '  ')}`)
    failed += ok ? 0 : 1
  }
}

/** The Node that runs what was installed. */
async function chosenNode() {
  if (options.node === undefined) return process.execPath
  const folder = join(base, 'node')
  const why = await install(folder, [`node@${options.node}`], { scripts: true })
  return why ? fail(`there is no Node ${options.node}`, { cause: why }) : join(folder, 'node_modules', 'node', 'bin', 'node')
}

/** What a tool from the registry has to say, in a folder of its own; skipped where it is not to be had. Versions are the latest that run on Node 20. */
async function withTool(tool, packages, checksOf) {
  const folder = join(base, tool)
  const checks = checksOf(folder, join(folder, 'node_modules', '.bin', tool))
  if (!checks.some(isWanted)) return
  const why = await install(folder, packages, { scripts: tool === 'esbuild' })
  if (why) say('skip', tool, why)
  else await each(checks)
}

const { manifest, main, native } = await stage(ROOT, base)
const tarballs = [main.path, native.path]
const megabytes = (bytes) => (bytes / 1e6).toFixed(1)
for (const { path, size, unpackedSize } of [main, native]) say('', path.split('/').at(-1), `${megabytes(size)} MB, ${megabytes(unpackedSize)} MB unpacked`)
const why = await install(app, tarballs)
if (why) fail('the tarballs cannot be installed', { cause: why })
const node = await chosenNode()
say('', 'Node', (await run(node, ['--version'])).out.trim())

await each(loads({ app, manifest, node, run }))
await each(types({ app, manifest, root: ROOT, run }))
await withTool('esbuild', ['esbuild@0.25'], (_, esbuild) => bundles({ app, node, esbuild, run }))
await withTool('publint', ['publint@0.3.25'], (_, publint) => [{ name: 'publint', check: () => run(publint, ['run', main.path, '--strict']) }])
await withTool('attw', ['@arethetypeswrong/cli@0.18.5'], (_, attw) => [{ name: 'attw', check: () => run(attw, [main.path, '--profile', 'node16']) }])
await withTool('next', [...tarballs, ...NEXT], (folder) => [next({ folder, node, run, env })])

if (options.keep === undefined) rmSync(base, { recursive: true, force: true })
process.stdout.write(`${failed === 0 ? 'all is well' : `${failed} failed`}\n`)
process.exitCode = failed > 0 ? 1 : 0

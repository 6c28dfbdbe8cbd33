/**
 * npm's `prepare`: makes a clone usable after `npm install`. npm does not run it when the published package
 * is installed, so users of the package run no install script.
 *
 * npm hands this script the terminal, so the progress of the build is seen as it happens.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { fail } from './failure.mjs'

const ROOT = new URL('..', import.meta.url)

/** Runs a step with this terminal; a failing step has said why, so its status is passed on. */
function run(file, ...args) {
  const path = fileURLToPath(new URL(file, ROOT))
  const { status } = spawnSync(process.execPath, [path, ...args], { cwd: fileURLToPath(ROOT), stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}

// What is published carries no addon of the machine that publishes; the platform packages do.
if (process.env.npm_command !== 'publish') run('scripts/build-addon.mjs', '--if-stale')

const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19)) {
  fail('this Node is too old to build the JavaScript part of headroom', {
    cause: `Node ${process.versions.node}`,
    hint: 'Use Node 20.19 or newer in a clone; the built package runs on any Node 20 and later.',
  })
}
const bundler = 'node_modules/tsdown/dist/run.mjs'
if (!existsSync(new URL(bundler, ROOT))) {
  fail('cannot build the JavaScript part of headroom', {
    cause: 'the development dependencies are not installed',
    hint: 'Run `npm install --include=dev`.',
  })
}
run(bundler)

/**
 * Builds the native addon and puts it beside `binding.cjs`.
 *
 *   node scripts/build-addon.mjs [--profile release|fast] [--target TRIPLE] [--if-stale]
 *
 * Cargo's progress goes straight to the terminal. The addon is moved into place by a rename, because a
 * process may have the old file mapped.
 */
import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, readdirSync, renameSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

import { platforms } from '../binding.cjs'
import { fail } from './failure.mjs'
import { hostTarget, platformOf } from './platform.mjs'

const ROOT = new URL('..', import.meta.url)
const SOURCES = ['Cargo.toml', 'Cargo.lock', 'src', 'crates']

/** When anything under `url` was last changed, in milliseconds since the epoch. */
function newest(url) {
  const stat = statSync(url)
  if (!stat.isDirectory()) return stat.mtimeMs
  const folder = new URL(`${url.href.replace(/\/$/, '')}/`)
  return readdirSync(folder).reduce((latest, name) => Math.max(latest, newest(new URL(name, folder))), 0)
}

/** The addon's place for a platform name. */
function addonOf(platform) {
  return new URL(`headroom.${platform}.node`, ROOT)
}

function isFresh(addon) {
  if (!existsSync(addon)) return false
  const built = statSync(addon).mtimeMs
  return SOURCES.every((source) => newest(new URL(source, ROOT)) <= built)
}

/** What `rustc -vV` says; ends the process with advice when there is no Rust. */
function rustVersion() {
  for (const tool of ['cargo', 'rustc']) {
    const found = spawnSync(tool, ['-vV'], { encoding: 'utf8' })
    if (found.error || found.status !== 0) {
      fail('cannot build the native part of headroom', {
        cause: `\`${tool}\` does not run: ${found.error?.message ?? found.stderr.trim()}`,
        hint: 'Install Rust 1.95 or newer (https://rustup.rs), open a new shell, then run `npm install` again.',
      })
    }
    if (tool === 'rustc') return found.stdout
  }
  return ''
}

/** Runs cargo and returns the path of the library it made. */
function cargoBuild(profile, target) {
  const args = ['build', '--package', 'headroom-node', '--lib', '--profile', profile]
  if (target) args.push('--target', target)
  args.push('--message-format', 'json-render-diagnostics')
  const env = { ...process.env }
  // A musl addon is a shared library, which Rust builds only with the C library linked dynamically.
  if (target?.includes('musl')) env.RUSTFLAGS = `${env.RUSTFLAGS ?? ''} -C target-feature=-crt-static`.trim()
  const stdio = ['ignore', 'pipe', 'inherit']
  const built = spawnSync('cargo', args, { cwd: fileURLToPath(ROOT), env, stdio, maxBuffer: 1 << 28 })
  if (built.error || built.status !== 0) {
    fail('building the native part of headroom failed', {
      cause: built.error?.message ?? `cargo ${args.join(' ')} ended with status ${built.status}; its report is above`,
      hint: 'Rust 1.95 or newer and a C compiler are needed (`rustup update`; on Debian `apt-get install build-essential`).',
    })
  }
  return libraryOf(built.stdout.toString('utf8'))
}

/** Finds the addon's library among the artifacts cargo reports. */
function libraryOf(messages) {
  for (const line of messages.split('\n')) {
    if (!line.startsWith('{')) continue
    const message = JSON.parse(line)
    if (message.reason !== 'compiler-artifact' || !message.target.kind.includes('cdylib')) continue
    const library = message.filenames.find((name) => /\.(so|dylib|dll)$/.test(name))
    if (library && message.target.name === 'headroom_node') return library
  }
  return fail('cargo built no addon', { hint: 'crates/node must be a `cdylib` named headroom-node.' })
}

/** Builds for `target` and puts the addon in place. */
function build(target, { profile, target: asked }) {
  const platform = platformOf(target)
  if (!platform) {
    fail(`no platform name for the target ${target}`, { hint: 'Add it to scripts/platform.mjs and to binding.cjs.' })
  }
  process.stderr.write(`building headroom.${platform}.node (profile ${profile}); a first build takes minutes\n`)
  const started = Date.now()
  const library = cargoBuild(profile, asked)
  const addon = addonOf(platform)
  const staged = new URL(`${addon.href}.new`)
  copyFileSync(library, staged)
  renameSync(staged, addon)
  const megabytes = (statSync(addon).size / 1e6).toFixed(1)
  const seconds = ((Date.now() - started) / 1000).toFixed(0)
  process.stderr.write(`built headroom.${platform}.node: ${megabytes} MB in ${seconds} s\n`)
}

const { values: options } = parseArgs({
  options: {
    profile: { type: 'string', default: 'release' },
    target: { type: 'string' },
    'if-stale': { type: 'boolean', default: false },
  },
})
const built = options.target ? [platformOf(options.target)] : platforms()
const fresh = options['if-stale'] && built.find((platform) => isFresh(addonOf(platform)))
if (fresh) {
  process.stderr.write(`headroom.${fresh}.node is up to date\n`)
} else {
  build(options.target ?? hostTarget(rustVersion()), options)
}

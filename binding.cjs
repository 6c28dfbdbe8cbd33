/**
 * Loads the native addon. Both builds (ESM and CommonJS) require this one file, so a process has one addon
 * and one store however the package was imported.
 *
 * Looks beside itself first (a build from a clone), then for the package of this platform. When nothing
 * loads, the error carries every attempt with what the system's loader really said.
 *
 * A process can hold several installed copies. Those of one version share the addon of the first. One of another version
 * is told of the first, because two copies of SQLite in one process do not see each other's locks on a file.
 */
'use strict'

const { existsSync, readFileSync } = require('node:fs')
const { join } = require('node:path')

/** The name of the C library decides between two Linux builds; both are tried, the likely one first. */
function linuxLibcs() {
  let musl = false
  try {
    musl = readFileSync('/usr/bin/ldd', 'utf8').includes('musl')
  } catch {
    musl = existsSync('/etc/alpine-release')
  }
  return musl ? ['musl', 'gnu'] : ['gnu', 'musl']
}

/** Platform names of this machine as used in file and package names, best first. */
function platforms() {
  const base = `${process.platform}-${process.arch}`
  if (process.platform === 'linux') return linuxLibcs().map((libc) => `${base}-${libc}`)
  if (process.platform === 'win32') return [`${base}-msvc`]
  return [base]
}

function loadError(attempts) {
  const platform = `${process.platform} ${process.arch}, Node ${process.versions.node}`
  const missing = attempts.every((attempt) => attempt.error.code === 'MODULE_NOT_FOUND')
  const error = new Error(`cannot load the native part of headroom on ${platform}`)
  error.name = 'HeadroomLoadError'
  error.code = 'addon_not_loaded'
  error.cause = attempts.map((attempt) => `${attempt.path}: ${attempt.error.message.split('\n')[0]}`).join('\n')
  error.hint = missing
    ? 'Install again without --omit=optional / --no-optional so that the package of this platform comes along, ' +
      'or in a clone run `npm run build`.'
    : 'The file is there but the system refused it (see the cause): it may be built for another system or C ' +
      'library. In a clone run `npm run build`; else remove node_modules and install on this machine.'
  return error
}

/** Under this symbol the copy that came first says who it is. */
const FIRST = Symbol.for('headroom.first')

/** The addon that all copies of a version share. */
function load() {
  const { version } = require('./package.json')
  const first = globalThis[FIRST]
  if (first?.version === version) return first.addon
  const own = loadOwn()
  if (first) own.runsBeside(`headroom ${first.version} in ${first.folder}`)
  else Object.defineProperty(globalThis, FIRST, { value: { version, folder: __dirname, addon: own } })
  return own
}

function loadOwn() {
  const attempts = []
  for (const platform of platforms()) {
    const local = join(__dirname, `headroom.${platform}.node`)
    for (const path of existsSync(local) ? [local] : [`headroom-${platform}`]) {
      try {
        const found = require(path)
        // The package `onnxruntime-node`, should a model be asked for, is looked for from here on.
        found.installedIn(__dirname)
        return found
      } catch (error) {
        attempts.push({ path, error })
      }
    }
  }
  throw loadError(attempts)
}

let addon

/** The addon, loaded on first use. */
function binding() {
  addon ??= load()
  return addon
}

module.exports = { binding, platforms }

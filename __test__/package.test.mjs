/** What is published: its files, its manifests, and that installing it runs nothing. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { PLATFORMS } from '../scripts/platform.mjs'
import * as headroom from 'headroom'

const ROOT = new URL('..', import.meta.url)
const read = (path) => JSON.parse(readFileSync(new URL(path, ROOT), 'utf8'))
const manifest = read('package.json')

/** Every file an `exports` map leads to. */
function targets(entry) {
  return typeof entry === 'string' ? [entry] : Object.values(entry).flatMap(targets)
}

test('installing the published package runs no script', () => {
  for (const script of ['preinstall', 'install', 'postinstall']) assert.equal(manifest.scripts[script], undefined)
  assert.equal(existsSync(new URL('binding.gyp', ROOT)), false)
  assert.equal(manifest.dependencies, undefined)
})

test('the tarball has everything the exports name, and no sources', () => {
  const packed = spawnSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: fileURLToPath(ROOT),
    encoding: 'utf8',
    shell: process.platform === 'win32',
  })
  assert.equal(packed.status, 0, packed.stderr)
  const answer = JSON.parse(packed.stdout)
  const [{ files }] = Array.isArray(answer) ? answer : Object.values(answer)
  const names = files.map(({ path }) => path)
  const wanted = [...targets(manifest.exports), ...Object.values(manifest.bin), manifest.main, manifest.module, manifest.types]
  for (const target of [...wanted, 'binding.cjs', 'dist/cli.mjs', 'LICENSE']) {
    assert.ok(names.includes(target.replace(/^\.\//, '')), `${target} is missing`)
  }
  for (const name of names) assert.doesNotMatch(name, /^(src|crates|ts|scripts|__test__|npm|target)\//)
})

test('the bin can be run', { skip: process.platform === 'win32' }, () => {
  const bin = new URL(manifest.bin.headroom, ROOT)
  assert.match(readFileSync(bin, 'utf8'), /^#!\/usr\/bin\/env node\n/)
  assert.ok(statSync(bin).mode & 0o100)
})

test('every platform has a package of the same version, licence and engine', () => {
  assert.deepEqual(readdirSync(new URL('npm/', ROOT)).toSorted(), Object.values(PLATFORMS).toSorted())
  assert.deepEqual(manifest.napi.targets.toSorted(), Object.keys(PLATFORMS).toSorted())
  for (const platform of Object.values(PLATFORMS)) {
    const { name, version, license, main, files, os, cpu, libc, engines } = read(`npm/${platform}/package.json`)
    const [system, architecture, abi] = platform.split('-')
    assert.equal(name, `headroom-${platform}`)
    assert.equal(version, manifest.version)
    assert.equal(license, manifest.license)
    assert.deepEqual(engines, manifest.engines)
    assert.equal(main, `headroom.${platform}.node`)
    assert.deepEqual(files, [main])
    assert.deepEqual([os, cpu], [[system], [architecture]])
    assert.deepEqual(libc, { gnu: ['glibc'], musl: ['musl'] }[abi])
  }
})

test('the crates, the lock file and the package have one version', () => {
  const cargo = readFileSync(new URL('Cargo.toml', ROOT), 'utf8')
  assert.equal(/\[workspace\.package\]\nversion = "([^"]+)"/.exec(cargo)[1], manifest.version)
  assert.equal(read('package-lock.json').version, manifest.version)
})

test('index.d.ts is what the sources declare and names every export', () => {
  const check = spawnSync(process.execPath, [fileURLToPath(new URL('scripts/types.mjs', ROOT)), '--check'], { encoding: 'utf8' })
  assert.equal(check.status, 0, check.stderr)
  const exported = /export \{([^}]*)\};?\s*$/.exec(readFileSync(new URL('index.d.ts', ROOT), 'utf8'))[1]
  const names = new Set(exported.split(',').map((name) => name.trim().replace(/^type /, '')))
  for (const name of Object.keys(headroom)) assert.ok(names.has(name), name)
})

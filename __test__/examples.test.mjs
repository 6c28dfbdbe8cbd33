/** The examples: each short, in the table, and those that need no package of a registry run. `scripts/examples.mjs` runs all. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync, readdirSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const ROOT = new URL('..', import.meta.url)
const read = (path) => readFileSync(new URL(path, ROOT), 'utf8')
const examples = readdirSync(new URL('examples/', ROOT)).filter((name) => name.endsWith('.mjs') && name !== 'mock.mjs')

test('every example is in the table, says how it is run, and has at most 60 lines', () => {
  const table = read('examples/README.md')
  for (const name of examples) {
    const text = read(`examples/${name}`)
    assert.ok(text.trimEnd().split('\n').length <= 60, name)
    assert.ok(text.includes(`node examples/${name}`), name)
    assert.ok(table.includes(`(${name})`), name)
    const [, packages] = /npm install (.+?) &&/.exec(text) ?? []
    if (packages) assert.ok(table.includes(`\`npm install ${packages}\``), name)
  }
})

test('examples that need no package run offline', { timeout: 120_000 }, () => {
  const { status, stdout } = spawnSync(process.execPath, [fileURLToPath(new URL('scripts/examples.mjs', ROOT)), '--offline'], { encoding: 'utf8' })
  assert.equal(status, 0, stdout)
  assert.ok(stdout.match(/^ok {4}/gm).length >= 3, stdout)
})

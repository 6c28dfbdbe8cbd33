/** The command line through the npm `bin`: exit codes, streams, and the store it shares with the API. */
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { HOME } from './home.mjs'
import { compress, decode } from 'headroom'
import { openai, orders } from './conversations.mjs'

const BIN = fileURLToPath(new URL('../bin/headroom.js', import.meta.url))
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))

function headroom(args, input = '') {
  return spawnSync(process.execPath, [BIN, ...args], { encoding: 'utf8', input, maxBuffer: 1 << 26 })
}

test('--version and --help go to stdout with status 0', () => {
  assert.equal(headroom(['--version']).stdout.trim(), `headroom ${version}`)
  const help = headroom(['--help'])
  assert.equal(help.status, 0)
  assert.match(help.stdout, /compress/)
})

test('wrong usage is status 2, a file that is not there status 1, both on stderr', () => {
  for (const [args, status] of [[['nonsense'], 2], [['compress', '--nonsense'], 2], [['compress', join(HOME, 'nowhere.json')], 1]]) {
    const run = headroom(args)
    assert.equal(run.status, status, args.join(' '))
    assert.equal(run.stdout, '')
    assert.match(run.stderr, /error/)
  }
})

test('compressing a file gives what the API gives', async () => {
  const messages = openai(JSON.stringify(orders(200)))
  const file = join(HOME, 'request.json')
  writeFileSync(file, JSON.stringify(messages))
  const run = headroom(['compress', file, '--model', 'gpt-4o'])
  assert.equal(run.status, 0, run.stderr)
  assert.deepEqual(JSON.parse(run.stdout), (await compress(messages, { model: 'gpt-4o' })).messages)
  assert.match(run.stderr, /tokens/i)
})

test('a pipe: compress, then decode', () => {
  const text = JSON.stringify(orders(200))
  const dense = headroom(['compress'], text)
  assert.equal(dense.status, 0, dense.stderr)
  assert.ok(dense.stdout.length < text.length)
  assert.equal(decode(dense.stdout.trimEnd()), text)
})

test('what the API stored can be retrieved, and an unknown ref is status 3', async () => {
  const [ref] = (await compress(openai(JSON.stringify(orders(250))), { ccr: true })).refs
  const run = headroom(['retrieve', ref, '--rows', '3-3'])
  assert.equal(run.status, 0, run.stderr)
  assert.match(run.stdout, /"id":10002/)
  assert.equal(headroom(['retrieve', '0'.repeat(32)]).status, 3)
})

test('a reader that goes away ends the output quietly', async () => {
  const run = spawn(process.execPath, [BIN, 'compress', '-q'], { stdio: ['pipe', 'pipe', 'pipe'] })
  let stderr = ''
  run.stderr.on('data', (chunk) => (stderr += chunk))
  run.stdout.once('data', () => run.stdout.destroy())
  run.stdin.on('error', () => {})
  run.stdin.end('a line of plain text that stays as it is\n'.repeat(100_000))
  const status = await new Promise((resolve) => run.once('close', resolve))
  assert.equal(status, 0, stderr)
  assert.doesNotMatch(stderr, /panicked|EPIPE|Broken pipe/)
})

test('an interrupt ends it at once', async () => {
  const run = spawn(process.execPath, [BIN, 'compress'], { stdio: ['pipe', 'ignore', 'ignore'] })
  await new Promise((resolve) => setTimeout(resolve, 400))
  const interrupted = performance.now()
  run.kill('SIGINT')
  const [, signal] = await new Promise((resolve) => run.once('close', (...how) => resolve(how)))
  assert.equal(signal, 'SIGINT')
  assert.ok(performance.now() - interrupted < 2_000)
})

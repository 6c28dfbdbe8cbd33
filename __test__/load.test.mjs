/** Loading: both builds, one addon, one store; threads; and what is said when there is no addon. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'

import './home.mjs'
import * as esm from 'headroom'
import { openai, orders } from './conversations.mjs'
import { packageWith } from './folders.mjs'

const require = createRequire(import.meta.url)
const ROOT = fileURLToPath(new URL('..', import.meta.url))
const ENTRY = new URL('../dist/index.mjs', import.meta.url).href
const commonjs = require('headroom')

const { platforms } = require('../binding.cjs')

test('both builds export the same names', () => {
  const names = (exports) => Object.keys(exports).toSorted()
  assert.deepEqual(names(commonjs), names(esm))
  const expected = ['compress', 'compressSync', 'simulate', 'retrieve', 'decode', 'countTokens', 'retrieveTool', 'Headroom', 'SharedContext', 'PipelineStage', 'HeadroomError']
  for (const name of expected) assert.ok(name in esm, name)
})

test('every entry exports the same names in both builds', async () => {
  const { exports } = require('headroom/package.json')
  for (const entry of Object.keys(exports).filter((path) => path !== './package.json')) {
    const name = `headroom${entry.slice(1)}`
    const names = Object.keys(await import(name)).toSorted()
    assert.deepEqual(Object.keys(require(name)).toSorted(), names)
    assert.ok(names.length > 0, name)
  }
  assert.equal((await import('headroom/vercel-ai')).withHeadroom, (await import('headroom/ai-sdk')).withHeadroom)
})

test('ESM and CommonJS share one store', async () => {
  assert.notEqual(esm.compress, commonjs.compress)
  const messages = openai(JSON.stringify(orders(300)))
  const [ref] = (await esm.compress(messages, { ccr: true, store: 'memory' })).refs
  assert.equal((await commonjs.retrieve(ref, { rows: '1-1' }, { store: 'memory' })).found, true)
  const own = new esm.Headroom({ store: 'memory', ccr: true })
  const [other] = (await own.compress(openai(JSON.stringify(orders(301))))).refs
  assert.equal((await commonjs.retrieve(other, {}, { store: own })).found, true)
  assert.equal((await commonjs.retrieve(other, {}, { store: 'memory' })).found, false)
})

test('worker threads work at the same time and share the memory store', async () => {
  const code = `
    import { parentPort, workerData } from 'node:worker_threads'
    const { compress } = await import(workerData.entry)
    const results = await Promise.all(workerData.conversations.map((messages) => compress(messages, { ccr: true, store: 'memory' })))
    parentPort.postMessage(results.map(({ refs }) => refs[0]))
  `
  const run = (seed) => {
    const conversations = [0, 1, 2].map((index) => openai(JSON.stringify(orders(200 + 10 * seed + index))))
    const workerData = { entry: ENTRY, conversations }
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`), { workerData })
    return new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))
  }
  const refs = (await Promise.all([1, 2, 3, 4].map(run))).flat()
  assert.equal(new Set(refs).size, 12)
  for (const ref of refs) assert.equal((await esm.retrieve(ref, { rows: '1-1' }, { store: 'memory' })).found, true)
})

test('a worker that is ended in the middle of a call takes nothing with it', async () => {
  const code = `
    import { parentPort, workerData } from 'node:worker_threads'
    const { compress } = await import(workerData.entry)
    for (let call = 0; call < 50; call += 1) compress(workerData.messages)
    parentPort.postMessage('busy')
  `
  const workerData = { entry: ENTRY, messages: openai(JSON.stringify(orders(500))) }
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`), { workerData })
  await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))
  await worker.terminate()
  assert.equal((await esm.compress(workerData.messages)).blocks.at(-1).verdict, 'lossless')
})

test('importing loads no addon; the first call says in full why there is none', () => {
  const folder = packageWith({})
  const script = `
    import(${JSON.stringify(`file://${folder}/dist/index.mjs`)}).then(async ({ compress, HeadroomLoadError, HeadroomError }) => {
      const error = await compress([]).catch((error) => error)
      console.log(HeadroomLoadError.isInstance(error), HeadroomError.isInstance(error), error.code)
      console.log(error.message)
    })
  `
  const { stdout, stderr } = spawnSync(process.execPath, ['--eval', script], { encoding: 'utf8' })
  assert.match(stdout, /^true true addon_not_loaded\ncannot load the native part of headroom on /, stderr)
  assert.ok(stdout.includes(`headroom-${platforms()[0]}: Cannot find module`), stdout)
  assert.match(stdout, /\n {2}hint: Install again/)
})

test("without a build of its own the addon comes from this platform's package", () => {
  const folder = packageWith({})
  const platform = platforms().find((name) => existsSync(join(ROOT, `headroom.${name}.node`)))
  const home = join(folder, 'node_modules', `headroom-${platform}`)
  mkdirSync(home, { recursive: true })
  for (const [from, name] of [[`npm/${platform}`, 'package.json'], ['.', `headroom.${platform}.node`]]) {
    copyFileSync(join(ROOT, from, name), join(home, name))
  }
  const script = `console.log(require(${JSON.stringify(join(folder, 'dist', 'index.cjs'))}).countTokens('hello', 'gpt-4o').tokens)`
  const { stdout, stderr } = spawnSync(process.execPath, ['--eval', script], { encoding: 'utf8' })
  assert.equal(stdout, '1\n', stderr)
})

test('an addon the system refuses is reported with what the system said', () => {
  const name = `headroom.${platforms()[0]}.node`
  const folder = packageWith({ [name]: 'not a library' })
  const script = `try { require(${JSON.stringify(join(folder, 'binding.cjs'))}).binding() } catch (error) { console.log(error.message + '\\n' + error.cause + '\\n' + error.hint) }`
  const { stdout } = spawnSync(process.execPath, ['--eval', script], { encoding: 'utf8' })
  assert.ok(stdout.includes(`${name}: `), stdout)
  assert.ok(!stdout.includes('Cannot find module \'headroom-') || platforms().length > 1, stdout)
  assert.match(stdout, /The file is there but the system refused it/)
})

test('the command line says it too, in one piece and with status 1', () => {
  const folder = packageWith({})
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(folder, 'dist', 'cli.mjs'), '--version'], { encoding: 'utf8' })
  assert.equal(status, 1)
  assert.equal(stdout, '')
  assert.match(stderr, /^error: cannot load the native part of headroom/)
})

test('everything the addon exports is declared, and everything declared is exported', () => {
  const { binding } = require('../binding.cjs')
  const names = [
    'NativeCancel', 'NativeEngine', 'NativeExchange', 'NativeProxy', 'NativeStore', 'answerRetrieval', 'apply', 'applySync', 'checkOptions',
    'compress', 'compressSync', 'contextGet', 'contextKeys', 'contextPut', 'contextRemove', 'contextStats', 'countTokens', 'decode', 'enoughRetrieved',
    'installedIn', 'interruptCli', 'plan', 'planSync', 'recognise', 'retrieve', 'retrieveTool', 'runCli', 'runsBeside',
  ]
  assert.deepEqual(Object.keys(binding()).toSorted(), names)
  const statics = Object.getOwnPropertyNames(binding().NativeStore).filter((name) => typeof binding().NativeStore[name] === 'function')
  assert.deepEqual(statics.toSorted(), ['memory', 'open', 'shared', 'sharedMemory'])
})

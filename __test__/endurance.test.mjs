/** Long lives: ten thousand calls, many threads, several copies of the package in one process; nothing is left behind. */
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Worker } from 'node:worker_threads'

import { HOME } from './home.mjs'
import * as headroom from 'headroom'
import { headroomFetch } from 'headroom/fetch'
import { openai, orders } from './conversations.mjs'
import { packageOf } from './folders.mjs'

const manifest = createRequire(import.meta.url)('headroom/package.json')

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc')

const MESSAGES = openai(JSON.stringify(orders(25)))
const BODY = JSON.stringify({ model: 'gpt-4o', messages: MESSAGES, tools: [{ type: 'function', function: { name: 'list_orders' } }] })
const ANSWER = JSON.stringify({ id: 'c', object: 'chat.completion', choices: [{ index: 0, message: { role: 'assistant', content: 'None.' }, finish_reason: 'stop' }] })
const ENTRIES = ['index', 'fetch'].map((name) => new URL(`../dist/${name}.mjs`, import.meta.url).href)

const provider = async () => new Response(ANSWER, { headers: { 'content-type': 'application/json' } })

/** What is alive after all garbage is gone. */
async function alive() {
  for (let turn = 0; turn < 3; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve))
    collectGarbage()
  }
  const { heapUsed, external, rss } = process.memoryUsage()
  return { heap: heapUsed + external, rss, handles: process.getActiveResourcesInfo().length }
}

/** Makes calls, eight at a time. */
async function repeat(times, call) {
  for (let done = 0; done < times; done += 8) await Promise.all(Array.from({ length: 8 }, call))
}

/** Ten thousand calls leave no more alive than two thousand did. */
async function leavesNothing(call) {
  await repeat(2_000, call)
  const before = await alive()
  await repeat(10_000, call)
  const after = await alive()
  const grown = (what) => (after[what] - before[what]) / 1e6
  assert.ok(grown('heap') < 0.5, `${grown('heap').toFixed(2)} MB more of heap`)
  assert.ok(grown('rss') < 40, `${grown('rss').toFixed(1)} MB more in all`)
  assert.ok(after.handles <= before.handles, `${after.handles - before.handles} more handles`)
}

test('10,000 calls of compress leave neither memory nor handles', { timeout: 120_000 }, async () => {
  const { signal } = new AbortController()
  await leavesNothing(async () => {
    const { tokensSaved } = await headroom.compress(MESSAGES, { ccr: true, store: 'memory', signal })
    assert.ok(tokensSaved > 0)
  })
})

test('10,000 calls of headroomFetch leave neither memory nor handles', { timeout: 120_000 }, async () => {
  const call = headroomFetch({ fetch: provider, store: 'memory' })
  const { signal } = new AbortController()
  await leavesNothing(async () => {
    const response = await call('https://api.openai.com/v1/chat/completions', { method: 'POST', body: BODY, signal })
    assert.equal(await response.text(), ANSWER)
  })
})

test('2,000 instances that are made, used and closed leave neither memory nor handles', { timeout: 120_000 }, async () => {
  const store = join(HOME, 'instances.db')
  const call = async () => {
    const own = new headroom.Headroom({ ccr: true, store })
    await own.compress(MESSAGES)
    own.close()
  }
  await repeat(400, call)
  const before = await alive()
  await repeat(1_600, call)
  const after = await alive()
  assert.ok(after.heap - before.heap < 2e6, `${((after.heap - before.heap) / 1e6).toFixed(2)} MB more`)
  assert.ok(after.handles <= before.handles)
})

const THREAD = `
  import { parentPort, workerData } from 'node:worker_threads'
  const [{ compress }, { headroomFetch }] = await Promise.all(workerData.entries.map((entry) => import(entry)))
  const call = headroomFetch({ fetch: async () => new Response(workerData.answer), store: 'memory' })
  for (let turn = 0; turn < workerData.calls; turn += 1) {
    const { tokensSaved } = await compress(workerData.messages, { ccr: true, store: 'memory' })
    const response = await call('https://api.openai.com/v1/chat/completions', { method: 'POST', body: workerData.body })
    if (!(tokensSaved > 0) || (await response.text()) !== workerData.answer) throw new Error('wrong')
  }
  parentPort.postMessage('done')
`

function thread(calls) {
  const workerData = { entries: ENTRIES, messages: MESSAGES, body: BODY, answer: ANSWER, calls }
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(THREAD)}`), { workerData })
  return new Promise((resolve, reject) => worker.once('exit', resolve).once('error', reject))
}

test('threads that come and go leave nothing behind', { timeout: 120_000 }, async () => {
  const round = () => Promise.all([thread(100), thread(100), thread(1), thread(1)])
  for (let turn = 0; turn < 3; turn += 1) assert.deepEqual(await round(), [0, 0, 0, 0])
  const before = await alive()
  for (let turn = 0; turn < 6; turn += 1) assert.deepEqual(await round(), [0, 0, 0, 0])
  const after = await alive()
  assert.ok(after.rss - before.rss < 60e6, `${((after.rss - before.rss) / 1e6).toFixed(1)} MB more`)
  assert.ok(after.handles <= before.handles)
})

/** A second installation in this process. */
const second = (version) => createRequire(import.meta.url)(join(packageOf(version), 'dist', 'index.cjs'))

test('two installed copies of a version work side by side and lose nothing of what each other stores', async () => {
  const other = second(manifest.version)
  const store = join(HOME, 'copies.db')
  const options = { ccr: true, store }
  const calls = Array.from({ length: 60 }, (_, index) => openai(JSON.stringify(orders(60 + index))))
  const results = await Promise.all(calls.flatMap((messages, at) => [headroom, other].map((copy, turn) => copy.compress(turn === 0 ? messages : openai(JSON.stringify(orders(200 + at))), options))))
  for (const [at, { refs }] of results.entries()) {
    for (const copy of [headroom, other]) assert.equal((await copy.retrieve(refs[0], {}, { store })).found, true, `call ${at}`)
  }
  await new headroom.SharedContext({ name: 'copies', store }).put('key', orders(60))
  assert.deepEqual(await new other.SharedContext({ name: 'copies', store }).get('key', { full: true }), orders(60))
  const own = new other.Headroom({ store: 'memory', ccr: true })
  const [ref] = (await own.compress(MESSAGES)).refs
  assert.equal((await headroom.retrieve(ref, {}, { store: own })).found, true)
  const error = await other.compress(5).catch((reason) => reason)
  assert.ok(headroom.HeadroomError.isInstance(error) && !(error instanceof headroom.HeadroomError))
})

test('a second version writes to no file that the first one may have open, and says so', async () => {
  const other = second('99.0.0')
  const store = join(HOME, 'versions.db')
  const { refs } = await headroom.compress(MESSAGES, { ccr: true, store })
  const theirs = await other.compress(MESSAGES, { ccr: true, store })
  assert.deepEqual(theirs.refs, [])
  assert.ok(theirs.tokensSaved > 0)
  assert.match(theirs.warnings.map(({ message }) => message).join(), /came first in this process/)
  for (const call of [() => other.retrieve(refs[0], {}, { store }), () => new other.SharedContext({ store }).put('key', 'value'), () => new other.SharedContext().keys()]) {
    const error = await call().catch((reason) => reason)
    assert.ok(other.HeadroomStoreError.isInstance(error), String(error))
    assert.match(error.message, /npm ls headroom/)
  }
  const memory = await other.compress(MESSAGES, { ccr: true, store: 'memory' })
  assert.equal((await other.retrieve(memory.refs[0], {}, { store: 'memory' })).found, true)
  const instance = new other.Headroom({ store: 'memory' })
  for (const call of [
    () => headroom.compress(MESSAGES, { ccr: true, store: instance }),
    () => headroom.retrieve(refs[0], {}, { store: instance }),
    () => new headroom.SharedContext({ store: instance }),
    () => headroomFetch({ store: instance }),
  ]) {
    const error = await Promise.resolve().then(call).catch((reason) => reason)
    assert.equal(error.code, 'invalid_options', String(error))
    assert.match(error.message, /another version/)
  }
})

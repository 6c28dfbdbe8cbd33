/** Cancelling: before the call, while it is queued, while it runs, and in a hook. */
import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { test } from 'node:test'

import './home.mjs'
import { Headroom, HeadroomAbortError, compress, compressSync, simulate } from 'headroom'
import { openai, orders } from './conversations.mjs'

const MESSAGES = openai(JSON.stringify(orders(300)))

/** Takes long enough to be caught at it: many large blocks. */
function large(blocks) {
  const text = JSON.stringify(orders(1_500))
  return Array.from({ length: blocks }, () => openai(text)).flat()
}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds))

const isAbort = (error) => HeadroomAbortError.isInstance(error) && error.name === 'AbortError' && error.code === 'aborted'

test('a signal aborted before the call ends it before anything is done', async () => {
  const signal = AbortSignal.abort('no longer needed')
  const seen = []
  const extensions = [{ onPipelineEvent: ({ stage }) => void seen.push(stage) }]
  await assert.rejects(compress(MESSAGES, { signal, extensions }), (error) => isAbort(error) && error.cause === 'no longer needed')
  await assert.rejects(simulate(MESSAGES, { signal }), isAbort)
  assert.throws(() => compressSync(MESSAGES, { signal }), isAbort)
  await assert.rejects(new Headroom({ store: 'memory' }).compress(MESSAGES, { signal }), isAbort)
  assert.deepEqual(seen, [])
})

test('a running call ends at once and the core stops soon after', async () => {
  const controller = new AbortController()
  const pending = compress(large(96), { signal: controller.signal })
  setTimeout(() => controller.abort(), 20)
  await assert.rejects(pending, isAbort)
  // The rest of the work is most of a second; a core that went on would be busy all through the window.
  await pause(50)
  const window = 150
  const before = process.cpuUsage()
  await pause(window)
  const { user } = process.cpuUsage(before)
  assert.ok(user / 1_000 < window / 2, `${user / 1_000} ms of work in ${window} ms after the abort`)
})

test('queued calls end as well', async () => {
  const controller = new AbortController()
  const pending = Array.from({ length: 16 }, () => compress(large(16), { signal: controller.signal }))
  controller.abort()
  const settled = await Promise.allSettled(pending)
  assert.ok(settled.every(({ status, reason }) => status === 'rejected' && isAbort(reason)))
})

test('a hook that never answers can be aborted', async () => {
  const controller = new AbortController()
  const hooks = { preCompress: () => new Promise(() => {}) }
  const pending = compress(MESSAGES, { signal: controller.signal, hooks })
  setTimeout(() => controller.abort(), 10)
  await assert.rejects(pending, isAbort)
})

test('a timeout is an abort whose cause says so', async () => {
  const hooks = { preCompress: () => new Promise(() => {}) }
  const alive = setTimeout(() => {}, 5_000)
  await assert.rejects(
    compress(MESSAGES, { signal: AbortSignal.timeout(10), hooks }),
    (error) => isAbort(error) && error.cause.name === 'TimeoutError',
  )
  clearTimeout(alive)
})

test('a signal that outlives many calls keeps no listeners of them', async () => {
  const { signal } = new AbortController()
  for (let call = 0; call < 20; call += 1) await compress(MESSAGES, { signal, extensions: [{ onPipelineEvent() {} }] })
  assert.equal(getEventListeners(signal, 'abort').length, 0)
})

/** What a server cares for: the event loop stays free, memory stays bounded, calls run side by side. */
import assert from 'node:assert/strict'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

import './home.mjs'
import { compress, compressSync } from 'headroom'
import { openai, orders } from './conversations.mjs'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc')

test('the event loop ticks on while 5 MB are compressed', async () => {
  const messages = Array.from({ length: 5 }, (_, index) => openai(JSON.stringify(orders(7_500 + index)))).flat()
  assert.ok(JSON.stringify(messages).length > 5_000_000)
  const started = performance.now()
  compressSync(messages)
  const alone = performance.now() - started
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  let ticks = 0
  const timer = setInterval(() => (ticks += 1), 5)
  const result = await compress(messages)
  clearInterval(timer)
  delay.disable()
  assert.ok(result.tokensSaved > 0)
  assert.ok(ticks >= alone / 5 / 10, `${ticks} ticks in a call of ${alone.toFixed(0)} ms`)
  // Writing the JSON and reading the answer happen here; the compression does not.
  assert.ok(delay.max / 1e6 < Math.max(150, alone / 2), `${(delay.max / 1e6).toFixed(0)} ms blocked of ${alone.toFixed(0)}`)
})

test('2,000 calls leave no memory behind', async () => {
  const messages = openai(JSON.stringify(orders(300)))
  const round = async (calls) => {
    for (let call = 0; call < calls; call += 8) {
      const { signal } = new AbortController()
      await Promise.all(Array.from({ length: 8 }, () => compress(messages, { ccr: true, store: 'memory', signal })))
    }
    collectGarbage()
    await new Promise((resolve) => setImmediate(resolve))
    collectGarbage()
    return process.memoryUsage.rss()
  }
  await round(400)
  const before = await round(400)
  const after = await round(2_000)
  const grown = (after - before) / 1e6
  assert.ok(grown < 40, `${grown.toFixed(1)} MB more after 2,000 calls`)
})

test('many calls at once each get their own answer', async () => {
  const conversations = Array.from({ length: 64 }, (_, index) => openai(JSON.stringify(orders(60 + index))))
  const together = await Promise.all(conversations.map((messages) => compress(messages)))
  for (const [index, messages] of conversations.entries()) assert.deepEqual(together[index], compressSync(messages))
})

test('the same input gives the same bytes in every call (law 1)', async () => {
  const messages = openai(JSON.stringify(orders(300)))
  const options = { ccr: true, store: 'memory' }
  const first = JSON.stringify(await compress(messages, options))
  for (let call = 0; call < 20; call += 1) assert.equal(JSON.stringify(await compress(messages, options)), first)
})

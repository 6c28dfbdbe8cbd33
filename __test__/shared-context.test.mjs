/** `SharedContext`: what one agent leaves another reads, in this process, in others, on other machines. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

import { HOME } from './home.mjs'
import { Headroom, HeadroomError, HeadroomStoreError, SharedContext, compressSync, retrieve } from 'headroom'
import { openai, orders, recordsOf } from './conversations.mjs'
import { missing, redis } from './redis.mjs'

const commonjs = createRequire(import.meta.url)('headroom')
const AGENT = fileURLToPath(new URL('agent.mjs', import.meta.url))
const LOG = Array.from({ length: 400 }, (_, n) => `2026-03-01T10:00:${String(n % 60).padStart(2, '0')}Z web1 ${n === 211 ? 'ERROR payment 4711 declined by the bank' : `INFO request ${n} served in ${(n * 7) % 40} ms`}`).join('\n')

/** What a call throws or rejects with. */
const failureOf = (call) => Promise.resolve().then(call).then(() => assert.fail('it did not fail'), (error) => error)

/** An agent in a process of its own; `home`: its machine's folder. */
function agent(about, home = HOME) {
  const child = spawn(process.execPath, [AGENT, JSON.stringify(about)], { env: { ...process.env, HEADROOM_HOME: home }, stdio: ['ignore', 'pipe', 'inherit'] })
  const said = []
  const lines = createInterface({ input: child.stdout }).on('line', (line) => said.push(line))
  const ended = Promise.all([once(child, 'exit'), once(lines, 'close')]).then(([[status, signal]]) => signal ?? status)
  return { child, said, ended, first: once(lines, 'line') }
}

test('a text is shown smaller and given back byte for byte, at once and by its ref', async () => {
  const context = new SharedContext({ model: 'gpt-4o', store: 'memory' })
  const put = await context.put('logs', LOG, { agent: 'collector', query: 'which payment was declined?' })
  assert.ok(put.tokensAfter < put.tokensBefore / 4, `${put.tokensAfter} of ${put.tokensBefore}`)
  assert.equal(put.tokensSaved, put.tokensBefore - put.tokensAfter)
  assert.deepEqual([put.agent, put.tokenizer, put.warnings], ['collector', 'o200k_base', []])
  assert.ok(Math.abs(Date.now() - put.at) < 60_000)
  const text = await context.get('logs')
  assert.equal(text, put.text)
  assert.match(text, /payment 4711 declined/)
  assert.ok(text.includes(put.ref))
  assert.equal(await context.get('logs', { full: true }), LOG)
  const page = await retrieve(put.ref, { lines: '212-212' }, { store: 'memory' })
  assert.ok(page.found && page.text.includes(LOG.split('\n')[211]))
  const { warnings: _, ...entry } = put
  assert.deepEqual(await context.getEntry('logs'), entry)
})

test('without ccr nothing is left out', async () => {
  const context = new SharedContext({ ccr: false, store: 'memory' })
  const rows = JSON.stringify(orders(200))
  const { text, tokensSaved, ref } = await context.put('rows', rows)
  assert.ok(tokensSaved > 0)
  assert.deepEqual(JSON.parse(commonjs.decode(text)), orders(200))
  assert.equal((await retrieve(ref, {}, { store: 'memory' })).found, true)
})

test('any value that JSON can hold comes back as it was', async () => {
  const context = new SharedContext({ store: 'memory' })
  for (const value of [orders(200), { a: [1, 'two', null, { b: true }] }, [], 0, -1.5, true, null, '', '"quoted"', '{"text": 1}', 'a lone \ud800 half']) {
    const { text } = await context.put('key', value)
    assert.equal(typeof text, 'string')
    assert.equal(await context.get('key'), text)
    assert.deepEqual(await context.get('key', { full: true }), value)
  }
  assert.equal((await context.put('small', { a: 1 })).text, '{"a":1}')
})

test('the last one to put wins, and keys are listed as they were put', async () => {
  const context = new SharedContext({ name: 'order', store: 'memory' })
  for (const key of ['b', 'a', 'c', 'b']) await context.put(key, `value of ${key}`)
  assert.deepEqual(await context.keys(), ['a', 'c', 'b'])
  const same = new commonjs.SharedContext({ name: 'order', store: 'memory' })
  await same.put('a', LOG)
  assert.equal(await context.get('a', { full: true }), LOG)
  const stats = await context.stats()
  assert.equal(stats.entries, 3)
  assert.ok(stats.tokensSaved > 1_000 && stats.tokensBefore - stats.tokensAfter === stats.tokensSaved)
  assert.ok(stats.compressionRatio > 0 && stats.compressionRatio < 0.5)
  assert.deepEqual([await context.delete('a'), await same.delete('a')], [true, false])
  assert.deepEqual([await context.get('a'), await context.get('a', { full: true }), await context.getEntry('a')], [undefined, undefined, undefined])
  assert.equal(await same.clear(), 2)
  assert.deepEqual(await context.keys(), [])
  assert.deepEqual(await context.stats(), { entries: 0, tokensBefore: 0, tokensAfter: 0, tokensSaved: 0, compressionRatio: 1 })
})

test('contexts of other names, and those without one, do not see each other', async () => {
  const [one, other, unnamed, unnamedToo] = ['one', 'other', undefined, undefined].map((name) => new SharedContext({ name, store: 'memory' }))
  for (const context of [one, other, unnamed]) await context.put('key', context.name)
  assert.equal(await one.get('key'), 'one')
  assert.equal(await other.get('key'), 'other')
  assert.equal(await unnamedToo.get('key'), undefined)
  assert.equal(await new SharedContext({ name: unnamed.name, store: 'memory' }).get('key'), unnamed.name)
})

test('a value goes when its time is over', async () => {
  for (const store of ['memory', join(HOME, 'ttl.db')]) {
    const context = new SharedContext({ ttl: 1, store })
    await context.put('key', 'value')
    assert.equal(await context.get('key'), 'value')
    for (const end = Date.now() + 5_000; (await context.get('key')) !== undefined && Date.now() < end; ) await sleep(100)
    assert.equal(await context.get('key'), undefined, store)
    assert.deepEqual(await context.keys(), [])
    assert.deepEqual(await new SharedContext({ name: context.name, store }).stats(), await new SharedContext({ store }).stats())
  }
})

test('a context outlives the process that filled it', async () => {
  const first = agent({ name: 'restart', prefix: 'first', count: 3 })
  assert.equal(await first.ended, 0)
  const context = new SharedContext({ name: 'restart' })
  assert.deepEqual(await context.keys(), ['first 0', 'first 1', 'first 2', 'everyones'])
  assert.deepEqual(await context.get('first 1', { full: true }), recordsOf('first 1'))
  const { agent: who, ref } = await context.getEntry('first 1')
  assert.equal(who, 'first')
  assert.equal((await retrieve(ref, { rows: '1-1' })).found, true)
})

test('processes that put and read at once never read anything nobody put', async () => {
  const about = { name: 'together', count: 40 }
  const agents = ['anna', 'ben'].map((prefix, at, all) => agent({ ...about, prefix, others: [all[1 - at]] }))
  assert.deepEqual(await Promise.all(agents.map(({ ended }) => ended)), [0, 0])
  const context = new SharedContext({ name: 'together' })
  assert.equal((await context.keys()).length, 81)
  for (const key of ['anna 0', 'anna 39', 'ben 17']) assert.deepEqual(await context.get(key, { full: true }), recordsOf(key))
})

test('a process killed at any moment leaves every value whose put was settled', async () => {
  const context = new SharedContext({ name: 'killed' })
  for (let round = 0; round < 6; round += 1) {
    const { child, said, ended, first } = agent({ name: 'killed', prefix: `round ${round}`, count: 1_000 })
    await first
    await sleep(round * 7)
    child.kill('SIGKILL')
    assert.equal(await ended, 'SIGKILL')
    assert.ok(said.length > 0)
    // A line that the kill cut short was not said.
    for (const key of said.slice(0, -1)) assert.deepEqual(await context.get(key, { full: true }), recordsOf(key), key)
    const [{ key: last }] = await context.get('everyones', { full: true })
    assert.deepEqual(await context.get('everyones', { full: true }), recordsOf(last))
  }
})

test('machines share a context through a server', { timeout: 60_000, skip: missing }, async () => {
  const { url: store, kill, start } = await redis()
  try {
    const machines = ['anna', 'ben'].map((prefix) => mkdtempSync(join(HOME, `${prefix}-`)))
    const about = { name: 'machines', store, count: 20 }
    const agents = [agent({ ...about, prefix: 'anna', others: ['ben'] }, machines[0]), agent({ ...about, prefix: 'ben', others: ['anna'] }, machines[1])]
    assert.deepEqual(await Promise.all(agents.map(({ ended }) => ended)), [0, 0])
    const context = new SharedContext({ name: 'machines', store, ttl: 1 })
    assert.equal((await context.keys()).length, 41)
    assert.deepEqual(await context.get('ben 19', { full: true }), recordsOf('ben 19'))
    const { ref } = await context.getEntry('anna 3')
    assert.equal((await retrieve(ref, { rows: '1-1' }, { store })).found, true)
    await context.put('short', 'value')
    for (const end = Date.now() + 5_000; (await context.get('short')) !== undefined && Date.now() < end; ) await sleep(100)
    assert.equal(await context.get('short'), undefined)
    assert.equal(await context.clear(), 41)
    await new SharedContext({ name: context.name, store }).put('lasting', LOG)
    await kill()
    for (const call of [() => context.put('key', 'value'), () => context.get('key'), () => context.keys()]) {
      const error = await failureOf(call)
      assert.ok(HeadroomStoreError.isInstance(error) && error.code === 'store' && error.hint, String(error))
    }
    await start()
    assert.equal(await new SharedContext({ name: context.name, store }).get('lasting', { full: true }), LOG)
  } finally {
    await kill()
  }
})

test('what makes no sense is refused and nothing is stored', async () => {
  const context = new SharedContext({ store: 'memory' })
  const circular = {}
  circular.self = circular
  const noJson = [undefined, () => 1, Symbol('x'), 1n, Number.NaN, { deep: [Number.POSITIVE_INFINITY] }, { f: () => 1 }, circular]
  const lost = [new Map([[1, 2]]), new Set([1]), Promise.resolve(1), new Uint8Array(3), Buffer.from('x'), { inside: Buffer.from('x') }]
  const calls = [
    ...[...noJson, ...lost].map((value) => () => context.put('key', value)),
    ...['', 5, null, undefined, {}, 'a\ud800', 'x'.repeat(2_000)].flatMap((key) => [() => context.put(key, 'x'), () => context.get(key), () => context.delete(key)]),
    () => context.put('key', 'x', null),
    () => context.put('key', 'x', { agent: 5 }),
    () => context.put('key', 'x', { bogus: 1 }),
    () => context.put('key', 'x', { store: 'memory' }),
    () => context.get('key', null),
    () => context.get('key', { full: 'yes' }),
    ...[null, [], 'name', { name: '' }, { name: 5 }, { ttl: 0 }, { ttl: 1.5 }, { ttl: '60' }, { ttl: Number.NaN }, { bogus: 1 }, { targetRatio: 2 }, { ccr: 'yes' }, { store: 5 }, { store: '' }].map(
      (options) => () => new SharedContext(options),
    ),
  ]
  for (const call of calls) {
    const error = await failureOf(call)
    assert.ok(HeadroomError.isInstance(error), `${call}: ${error}`)
    assert.equal(error.code, 'invalid_options', `${call}: ${error}`)
  }
  assert.deepEqual(await context.keys(), [])
})

test('a closed store is an error, and another one of the same name goes on', async () => {
  const store = new Headroom({ store: 'memory' })
  const context = new SharedContext({ store })
  await context.put('key', 'value')
  assert.equal(await context.get('key'), 'value')
  store.close()
  for (const call of [() => context.put('key', 'x'), () => context.get('key'), () => context.keys(), () => context.delete('key'), () => context.clear(), () => context.stats()]) {
    const error = await failureOf(call)
    assert.ok(HeadroomStoreError.isInstance(error), String(error))
    assert.equal(error.code, 'closed')
  }
  assert.equal(await new SharedContext({ name: context.name, store: 'memory' }).get('key'), undefined)
})

test('a store that cannot be written to is an error, not a value that is lost without a word', async () => {
  const notes = join(HOME, 'notes.txt')
  writeFileSync(notes, 'what somebody wrote\n')
  for (const store of [notes, join(notes, 'not', 'a', 'folder.db')]) {
    const error = await failureOf(() => new SharedContext({ store }).put('key', LOG))
    assert.ok(HeadroomStoreError.isInstance(error) && error.code === 'store', String(error))
  }
  assert.equal(readFileSync(notes, 'utf8'), 'what somebody wrote\n')
})

test('what is shown fits into messages like any tool output and stays as it is', async () => {
  const context = new SharedContext({ store: 'memory' })
  const { text } = await context.put('rows', orders(300), { query: 'which order failed?' })
  const messages = openai(text)
  assert.equal(compressSync(messages, { ccr: true, store: 'memory' }).messages.at(-1).content, text)
})

/** Leaving parts out and giving them back, through every kind of store. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { HOME } from './home.mjs'
import { Headroom, HeadroomError, HeadroomStoreError, HeadroomValidationError, compress, retrieve, simulate } from 'headroom'
import { openai, orders } from './conversations.mjs'

const CLI = fileURLToPath(new URL('../bin/headroom.js', import.meta.url))

/** A conversation nobody else stores, so that a ref found was stored by this test. */
function conversation(seed) {
  const text = JSON.stringify(orders(300).map((order) => ({ ...order, seed })))
  return { text, messages: openai(text) }
}

/** Reads an original back, page after page, and returns its rows. */
async function allRows(read, count) {
  const rows = []
  for (let from = 1; from <= count; from += 20) {
    const page = await read({ rows: `${from}-${Math.min(count, from + 19)}`, maxTokens: 100_000 })
    assert.ok(page.found)
    for (const line of page.text.split('\n')) {
      const row = /^\d+: (\{.*\})$/.exec(line)
      if (row) rows.push(JSON.parse(row[1]))
    }
  }
  return rows
}

test('law 5: without ccr nothing is left out and no store is made', async () => {
  const { messages } = conversation('plain')
  const result = await compress(messages)
  assert.deepEqual(result.refs, [])
  assert.equal(existsSync(join(HOME, 'store.db')), false)
})

test('simulate predicts the leaving out and stores nothing', async () => {
  const { messages } = conversation('simulated')
  const result = await simulate(messages, { ccr: true })
  assert.equal(result.blocks.at(-1).verdict, 'compressed')
  assert.deepEqual(result.refs, [])
  assert.equal(result.blocks.at(-1).ref, null)
  assert.equal(existsSync(join(HOME, 'store.db')), false)
})

test('the default store is durable and shared with the command line', async () => {
  const { text, messages } = conversation('durable')
  const result = await compress(messages, { ccr: true })
  assert.equal(result.refs.length, 1)
  assert.equal(result.blocks.at(-1).verdict, 'compressed')
  assert.equal(result.blocks.at(-1).ref, result.refs[0])
  assert.ok(result.messages.at(-1).content.includes(result.refs[0]))
  assert.ok(result.messages.at(-1).content.includes('card declined'), 'law 6: the error row stays inline')
  assert.ok(existsSync(join(HOME, 'store.db')))
  assert.deepEqual(await allRows((selection) => retrieve(result.refs[0], selection), 300), JSON.parse(text))
  const read = spawnSync(process.execPath, [CLI, 'retrieve', result.refs[0], '--rows', '42-42'], { encoding: 'utf8' })
  assert.equal(read.status, 0, read.stderr)
  assert.ok(read.stdout.includes('"id":10041'), read.stdout)
})

test('retrieve by query, path and lines, and on to the next page', async () => {
  const { messages } = conversation('selected')
  const [ref] = (await compress(messages, { ccr: true, store: 'memory' })).refs
  const read = (selection) => retrieve(ref, selection, { store: 'memory' })
  assert.ok((await read({ query: 'declined' })).text.includes('card declined'))
  assert.ok((await read({ path: '$[3].id' })).text.includes('10003'))
  const first = await read({ maxTokens: 200 })
  assert.ok(first.found && first.next, 'a small page says how to read on')
  await assert.rejects(read({ rows: 5 }), HeadroomValidationError)
  await assert.rejects(read({ path: '$.nowhere' }), (error) => error.code === 'invalid_selection')
})

test("a tool call's input can be handed over as it is, whatever else the model wrote into it", async () => {
  const { messages } = conversation('tool call')
  const [ref] = (await compress(messages, { ccr: true, store: 'memory' })).refs
  const input = { ref, rows: '1-2', reason: 'curious' }
  const page = await retrieve(input.ref, input, { store: 'memory' })
  assert.ok(page.text.includes('"id":10001'))
  await assert.rejects(retrieve(ref, { ...input, store: 'memory' }), { code: 'invalid_selection' })
})

test('a ref that was never stored is an answer for the model, not an error', async () => {
  const page = await retrieve('0'.repeat(32), {}, { store: 'memory' })
  assert.equal(page.found, false)
  assert.match(page.text, /0{32}/)
  assert.equal(page.next, null)
  await assert.rejects(retrieve('not a ref'), (error) => error.code === 'invalid_ref')
})

test('stores are apart: memory, a file, an instance', async () => {
  const file = join(HOME, 'own.db')
  const own = new Headroom({ store: 'memory', ccr: true })
  const stores = ['memory', file, own]
  for (const [index, store] of stores.entries()) {
    const [ref] = (await compress(conversation(`apart ${index}`).messages, { ccr: true, store })).refs
    for (const other of [undefined, ...stores]) {
      assert.equal((await retrieve(ref, {}, { store: other })).found, other === store, `stored in ${index}`)
    }
  }
  assert.ok(existsSync(file))
})

test('law 4: a store that fails leaves everything inline, with a warning', async () => {
  const folder = join(HOME, 'a-folder')
  mkdirSync(folder)
  const { text, messages } = conversation('failing store')
  const result = await compress(messages, { ccr: true, store: folder })
  assert.deepEqual(result.refs, [])
  assert.ok(result.warnings.some(({ code }) => code === 'store_failed'), JSON.stringify(result.warnings))
  assert.ok(result.blocks.at(-1).tokensAfter <= result.blocks.at(-1).tokensBefore)
  assert.ok(text.length > 0)
})

test('an instance has its own store, counts, and refuses to work once closed', async () => {
  const headroom = new Headroom({ store: 'memory', ccr: true, model: 'gpt-4o' })
  const { messages } = conversation('instance')
  const result = await headroom.compress(messages)
  assert.equal((await headroom.retrieve(result.refs[0], { rows: '1-1' })).found, true)
  assert.equal((await retrieve(result.refs[0], {}, { store: headroom })).found, true)
  assert.equal((await retrieve(result.refs[0], {}, { store: 'memory' })).found, false)
  headroom.compressSync(messages)
  await headroom.simulate(messages)
  const stats = headroom.stats()
  assert.equal(stats.calls, 2)
  assert.equal(stats.tokensBefore, 2 * result.tokensBefore)
  assert.equal(stats.tokensSaved, 2 * result.tokensSaved)
  assert.equal(stats.compressionRatio, stats.tokensAfter / stats.tokensBefore)
  headroom.close()
  headroom.close()
  const isClosed = (error) => HeadroomStoreError.isInstance(error) && error.code === 'closed'
  await assert.rejects(headroom.compress(messages), isClosed)
  assert.throws(() => headroom.compressSync(messages), isClosed)
  await assert.rejects(headroom.retrieve(result.refs[0]), isClosed)
  await assert.rejects(retrieve(result.refs[0], {}, { store: headroom }), isClosed)
  assert.deepEqual(headroom.stats(), stats)
})

test("an instance's options lie under those of a call", async () => {
  const headroom = new Headroom({ store: 'memory', ccr: true })
  const { messages } = conversation('defaults')
  assert.equal((await headroom.compress(messages)).refs.length, 1)
  assert.equal((await headroom.compress(messages, { ccr: undefined })).refs.length, 1)
  assert.equal((await headroom.compress(messages, { ccr: false })).refs.length, 0)
  assert.throws(() => new Headroom({ targetRatio: 2 }), HeadroomValidationError)
  assert.throws(() => new Headroom({ format: 'morse' }), HeadroomError)
})

test('a smaller target leaves less inline', async () => {
  const { messages } = conversation('target')
  const tokens = async (targetRatio) => (await compress(messages, { ccr: true, store: 'memory', targetRatio })).tokensAfter
  assert.ok((await tokens(0.05)) < (await tokens(0.3)))
})

test('source code loses bodies only when asked to, and they come back by their lines', async () => {
  const body = ['  let sum = 0', '  for (const item of items) {', '    sum += item.price * item.count * item.discount', '  }', '  return sum']
  const functions = Array.from({ length: 30 }, (_, index) => [`export function total${index}(items) {`, ...body, '}', ''].join('\n'))
  const messages = openai(`import fs from 'node:fs'\n\n${functions.join('\n')}`)
  const plain = await compress(messages, { ccr: true })
  assert.equal(plain.blocks.at(-1).verdict, 'not_asked')
  assert.equal(plain.messages, messages)
  const result = await compress(messages, { ccr: true, codeAware: true })
  assert.equal(result.blocks.at(-1).verdict, 'compressed')
  const [, lines] = /\/\/ \[headroom: lines (\d+-\d+) left out\]/.exec(result.messages.at(-1).content)
  const page = await retrieve(result.refs[0], { lines })
  assert.ok(page.text.includes(body.join('\n')), page.text)
})

test('a server that does not answer leaves everything in, and its password is not repeated', async () => {
  const listener = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => listener.once('listening', resolve))
  const { port } = listener.address()
  await new Promise((resolve) => listener.close(resolve))
  const store = `redis://:hunter2@127.0.0.1:${port}`
  const { messages } = conversation('nobody listens')
  const whole = await compress(messages)
  const result = await compress(messages, { ccr: true, store })
  assert.deepEqual(result.messages, whole.messages)
  const warning = result.warnings.find(({ code }) => code === 'store_failed')
  assert.match(warning.message, /see whether the server runs there/)
  assert.doesNotMatch(JSON.stringify(result), /hunter2/)
  await assert.rejects(retrieve('0'.repeat(32), {}, { store }), HeadroomStoreError)
})

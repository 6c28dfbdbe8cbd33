/** `startProxy`: the proxy in this process. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { command } from './command.mjs'
import { HeadroomValidationError } from 'headroom'
import { startProxy } from 'headroom/proxy'
import { orders } from './conversations.mjs'
import { asks, request, says, streamed, upstream } from './upstream.mjs'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const TEXT = JSON.stringify(orders(300))

const post = (url, body) =>
  fetch(`${url}/v1/messages`, { method: 'POST', headers: { 'content-type': 'application/json', 'x-api-key': 'k' }, body: JSON.stringify(body) })

const start = (provider, more = {}) =>
  startProxy({ port: 0, store: 'memory', upstreams: { anthropic: provider.url }, ...more })

test('a stream with a hidden round', async () => {
  const provider = await upstream([streamed(asks()), streamed(says('None.'))])
  const proxy = await start(provider)
  assert.equal(proxy.url, `http://127.0.0.1:${proxy.port}`)
  const response = await post(proxy.url, request(TEXT))
  assert.ok(Number(response.headers.get('x-headroom-tokens-saved')) > 1_000)
  const text = await response.text()
  assert.match(text, /None\./)
  assert.doesNotMatch(text, /headroom_retrieve/)
  assert.equal(provider.got.length, 2)
  await proxy.close()
  await provider.close()
})

test('closing waits for what is under way, and closing again is the same', async () => {
  let finish
  const provider = await upstream([
    async (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('event: ping\ndata: {"type":"ping"}\n\n')
      await new Promise((resolve) => (finish = resolve))
      response.end(says('late').join(''))
    },
  ])
  const proxy = await start(provider)
  const response = await post(proxy.url, request(TEXT))
  const closing = proxy.close()
  assert.equal(proxy.close(), closing)
  let closed = false
  closing.then(() => (closed = true))
  await new Promise((resolve) => setTimeout(resolve, 50))
  assert.equal(closed, false)
  finish()
  assert.match(await response.text(), /late/)
  await closing
  await assert.rejects(fetch(proxy.url))
  await provider.close()
})

test('what makes no sense is refused', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const invalid = (error) => HeadroomValidationError.isInstance(error)
  for (const options of [
    { port: taken.address().port },
    { port: -1 },
    { host: '0.0.0.0' },
    { upstreams: { anthropic: 'ftp://x' } },
    { upstreams: { nobody: 'http://x' } },
    { bogus: 1 },
  ]) {
    await assert.rejects(startProxy({ port: 0, store: 'memory', ...options }), invalid, JSON.stringify(options))
  }
  taken.close()
})

test('100 proxies, one after the other, leave nothing behind', { skip: process.platform !== 'linux' }, async () => {
  const provider = await upstream(Array.from({ length: 120 }, () => streamed(says('ok'))))
  const cycle = async () => {
    const proxy = await start(provider)
    await (await post(proxy.url, request(TEXT))).text()
    await proxy.close()
  }
  const held = () => ({ files: readdirSync('/proc/self/fd').length, threads: readdirSync('/proc/self/task').length })
  for (let count = 0; count < 20; count += 1) await cycle()
  const before = { ...held(), rss: process.memoryUsage.rss() }
  for (let count = 0; count < 100; count += 1) await cycle()
  const after = { ...held(), rss: process.memoryUsage.rss() }
  // Connections of the client's own pool come and go.
  assert.ok(after.files < before.files + 20, JSON.stringify({ before, after }))
  assert.ok(after.threads < before.threads + 8, JSON.stringify({ before, after }))
  assert.ok(after.rss - before.rss < 40e6, JSON.stringify({ before, after }))
  await provider.close()
})

test('a process lives as long as its proxy, and no longer', async () => {
  const script = `
    import { startProxy } from 'headroom/proxy'
    const proxy = await startProxy({ port: 0, store: 'memory' })
    setTimeout(async () => {
      const { status } = await fetch(proxy.url + '/livez')
      await proxy.close()
      console.log(status)
    }, 50).unref()
  `
  const { stdout, status } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], { cwd: ROOT, encoding: 'utf8', timeout: 20_000 })
  assert.equal(stdout, '200\n')
  assert.equal(status, 0)
})

test('the command ends gently at the first signal', { skip: process.platform === 'win32' }, async () => {
  for (const signal of ['SIGTERM', 'SIGINT']) {
    const { child, ended, url } = await command()
    assert.equal((await fetch(`${url}/livez`)).status, 200)
    child.kill(signal)
    assert.deepEqual(await ended, [0, null])
  }
})

test('the command ends at once at the second signal', { skip: process.platform === 'win32' }, async () => {
  const provider = await upstream([
    async (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('event: ping\ndata: {"type":"ping"}\n\n')
    },
  ])
  const { child, ended, said, url } = await command(['--anthropic-api-url', provider.url])
  const response = await post(url, request(TEXT))
  const cut = assert.rejects(response.text())
  child.kill('SIGTERM')
  while (!said().includes('second signal')) await once(child.stderr, 'data')
  child.kill('SIGTERM')
  assert.deepEqual(await ended, [1, null])
  await cut
  await provider.close()
})

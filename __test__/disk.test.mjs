/** A disc that is full: nothing is left out any more, everything else goes on, and room on it is enough to recover. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { command } from './command.mjs'
import { HOME } from './home.mjs'
import { output, provider, refs, tools } from './model.mjs'

const TOKEN = 't0ken'

/** Files may grow to this many bytes, which holds an empty store and some originals. */
const ROOM = 400_000

/** Limits the files of a running process as a full disc does; to no limit with `unlimited`. */
const limit = (pid, bytes) => spawnSync('prlimit', ['--pid', String(pid), `--fsize=${bytes}:unlimited`])

const missing = process.platform === 'linux' && limit(process.pid, 'unlimited').status === 0 ? false : 'prlimit is not on the PATH'

/** A request with an output that is like no other. */
function request(number) {
  const messages = [
    { role: 'user', content: 'Which order failed?' },
    { role: 'assistant', content: [{ type: 'tool_use', id: 't1', name: 'list', input: {} }] },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't1', content: output(0, number) }] },
  ]
  return JSON.stringify({ model: 'claude-sonnet-4-5', max_tokens: 100, tools, messages })
}

test('a full disc costs what could have been left out, and no request', { skip: missing, timeout: 40_000 }, async (t) => {
  const upstream = await provider()
  const home = mkdtempSync(join(HOME, 'full-'))
  const proxy = await command(['--anthropic-api-url', upstream.url], { HEADROOM_HOME: home, HEADROOM_PROXY_TOKEN: TOKEN })
  t.after(() => {
    proxy.child.kill('SIGKILL')
    upstream.close()
  })
  let number = 0
  const ask = async () => {
    number += 1
    const response = await fetch(`${proxy.url}/v1/messages`, { method: 'POST', headers: { 'x-api-key': 'k' }, body: request(number) })
    const { content } = await response.json()
    assert.equal(response.status, 200)
    return { text: content[0].text, warnings: response.headers.get('x-headroom-warnings') }
  }
  const readable = async () => {
    for (const ref of refs) {
      const response = await fetch(`${proxy.url}/v1/retrieve/${ref}`, { headers: { 'x-headroom-token': TOKEN } })
      assert.equal(response.status, 200, `${ref}: ${await response.text()}`)
    }
  }
  const whole = { text: 'seen whole', warnings: 'store_failed=1' }
  const read = { text: 'read back', warnings: null }
  assert.deepEqual(await ask(), read)

  limit(proxy.child.pid, ROOM)
  const answers = []
  for (let count = 0; count < 300 && answers.at(-1)?.text !== whole.text; count += 1) answers.push(await ask())
  assert.deepEqual(answers.pop(), whole)
  for (const answer of answers) assert.deepEqual(answer, read)
  for (let count = 0; count < 5; count += 1) assert.deepEqual(await ask(), whole)
  await readable()

  limit(proxy.child.pid, 'unlimited')
  assert.deepEqual(await ask(), read)
  await readable()
})

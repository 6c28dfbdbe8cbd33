/** `headroom/server` in Fastify. */
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { decode } from 'headroom'
import { headroomFastify } from 'headroom/server'
import { openai, orders } from '../../__test__/conversations.mjs'
import { load } from '../../scripts/installed.mjs'

const { default: fastify } = await load('fastify')
const ROWS = JSON.stringify(orders(300))
const BODY = { model: 'gpt-4o', messages: openai(ROWS) }

async function posted(payload, { bodyLimit, headers } = {}) {
  const app = fastify({ bodyLimit })
  await app.register(headroomFastify())
  app.post('/', async (request) => request.body)
  const base = await app.listen({ port: 0, host: '127.0.0.1' })
  try {
    const response = await fetch(base, { method: 'POST', body: payload, headers: { 'content-type': 'application/json', ...headers } })
    return { status: response.status, headers: response.headers, body: await response.json() }
  } finally {
    await app.close()
  }
}

test('the parser reads the smaller body', async () => {
  const { status, headers, body } = await posted(JSON.stringify(BODY))
  assert.equal(status, 200)
  assert.equal(decode(body.messages.at(-1).content), ROWS)
  assert.ok(Number(headers.get('x-headroom-tokens-saved')) > 0)
  assert.match(headers.get('x-headroom-verdicts'), /lossless=1/)
})

test('other bodies and refused ones are as ever', async () => {
  const other = await posted('{"rows":[1]}')
  assert.deepEqual([other.body, other.headers.get('x-headroom-tokens-saved')], [{ rows: [1] }, null])
  assert.equal((await posted('{"messages":')).status, 400)
  assert.equal((await posted(JSON.stringify(BODY), { bodyLimit: 100 })).status, 413)
  const bypassed = await posted(JSON.stringify(BODY), { headers: { 'x-headroom-bypass': 'true' } })
  assert.deepEqual(bypassed.body, BODY)
})

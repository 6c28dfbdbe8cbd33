/** `headroom/server` in Hono, called as a function and behind Node's server. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'

import { decode } from 'headroom'
import { headroomHono } from 'headroom/server'
import { openai, orders } from '../../__test__/conversations.mjs'
import { load } from '../../scripts/installed.mjs'

const { Hono } = await load('hono')
const { serve } = await load('@hono/node-server')
const ROWS = JSON.stringify(orders(300))
const BODY = { model: 'gpt-4o', messages: openai(ROWS) }

function application() {
  const app = new Hono()
  app.use('/api/*', headroomHono())
  app.post('/api/chat', async (context) => context.json(await context.req.json()))
  return app
}

const post = (body, headers = {}) => ({ method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } })

async function check(answer) {
  const response = await answer('/api/chat', post(JSON.stringify(BODY)))
  assert.equal(decode((await response.json()).messages.at(-1).content), ROWS)
  assert.ok(Number(response.headers.get('x-headroom-tokens-saved')) > 0)
  const other = await answer('/api/chat', post('{"rows":[1]}'))
  assert.deepEqual([await other.json(), other.headers.get('x-headroom-tokens-saved')], [{ rows: [1] }, null])
  const bypassed = await answer('/api/chat', post(JSON.stringify(BODY), { 'x-headroom-bypass': '1' }))
  assert.deepEqual(await bypassed.json(), BODY)
}

test('called as a function', async () => {
  const app = application()
  await check((path, init) => app.request(path, init))
})

test('behind Node’s server', async () => {
  const server = serve({ fetch: application().fetch, port: 0, hostname: '127.0.0.1' })
  if (!server.listening) await once(server, 'listening')
  await check((path, init) => fetch(`http://127.0.0.1:${server.address().port}${path}`, init))
  server.close()
})

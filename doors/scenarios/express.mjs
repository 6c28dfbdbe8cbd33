/** `headroom/server` in Express. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'

import { decode } from 'headroom'
import { headroomExpress } from 'headroom/server'
import { openai, orders } from '../../__test__/conversations.mjs'
import { load } from '../../scripts/installed.mjs'

const { default: express } = await load('express')
const ROWS = JSON.stringify(orders(300))
const BODY = { model: 'gpt-4o', messages: openai(ROWS) }

/** Posts to an application; gives what it answered. */
async function posted(app, body, headers = {}) {
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    const response = await fetch(`http://127.0.0.1:${server.address().port}/`, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } })
    return { status: response.status, headers: response.headers, body: await response.text() }
  } finally {
    server.close()
  }
}

const PARSERS = {
  'before express.json': (app) => app.use(headroomExpress(), express.json({ limit: '1mb' })),
  'behind express.json': (app) => app.use(express.json({ limit: '1mb' }), headroomExpress()),
  'behind a parser of other bodies': (app) => app.use(express.urlencoded({ extended: false }), headroomExpress(), express.json({ limit: '1mb' })),
  'before express.raw': (app) => app.use(headroomExpress(), express.raw({ limit: '1mb', type: '*/*' })),
  'behind express.text': (app) => app.use(express.text({ limit: '1mb', type: '*/*' }), headroomExpress()),
}

const parsed = ({ body }) => (Buffer.isBuffer(body) || typeof body === 'string' ? JSON.parse(String(body)) : body)

for (const [name, set] of Object.entries(PARSERS)) {
  test(name, async () => {
    const app = express()
    set(app)
    app.post('/', (request, response) => response.json(parsed(request)))
    for (const text of [JSON.stringify(BODY), JSON.stringify(BODY, null, 2)]) {
      const { status, headers, body } = await posted(app, text)
      assert.equal(status, 200, body)
      assert.ok(Number(headers.get('x-headroom-tokens-saved')) > 0)
      assert.equal(decode(JSON.parse(body).messages.at(-1).content), ROWS)
    }
    const other = await posted(app, '{"rows":[1,2]}')
    assert.deepEqual([JSON.parse(other.body), other.headers.get('x-headroom-tokens-saved')], [{ rows: [1, 2] }, null])
  })
}

test('what the parser refuses it refuses as ever', async () => {
  const app = express()
  app.use(headroomExpress(), express.json({ limit: 100 }))
  app.use((error, request, response, _next) => response.status(error.status).end(error.type))
  assert.deepEqual((await posted(app, '{"messages":')).status, 400)
  assert.deepEqual((await posted(app, JSON.stringify(BODY))).body, 'entity.too.large')
})

test('a body in chunks, of no length', async () => {
  const app = express()
  app.use(headroomExpress(), express.json({ limit: '1mb' }))
  app.post('/', (request, response) => response.json(request.body))
  const text = JSON.stringify(BODY)
  const stream = new ReadableStream({
    start(controller) {
      for (let at = 0; at < text.length; at += 10_000) controller.enqueue(new TextEncoder().encode(text.slice(at, at + 10_000)))
      controller.close()
    },
  })
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const response = await fetch(`http://127.0.0.1:${server.address().port}/`, { method: 'POST', body: stream, duplex: 'half', headers: { 'content-type': 'application/json' } })
  assert.equal(decode((await response.json()).messages.at(-1).content), ROWS)
  server.close()
})

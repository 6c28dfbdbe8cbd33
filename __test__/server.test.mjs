/** `headroom/server`: which bodies are made smaller, and above all which requests arrive as they were sent. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, request as send } from 'node:http'
import { describe, test } from 'node:test'

import './home.mjs'
import { HeadroomValidationError, decode, retrieveTool } from 'headroom'
import { compressRequest, headroomExpress, headroomFastify, headroomHandler, headroomHono, headroomRoute } from 'headroom/server'
import { REF, anthropic, gemini, openai, orders, responses } from './conversations.mjs'

const ROWS = JSON.stringify(orders(300))
const BODY = JSON.stringify({ model: 'gpt-4o', messages: openai(ROWS), 'x-unknown': 1.5 })
const TYPE = { 'content-type': 'application/json' }
const ADDRESS = 'http://localhost/api/chat?x=1'
const post = (body, headers = {}, more = {}) => new Request(ADDRESS, { method: 'POST', headers: { ...TYPE, ...headers }, body, ...more })
const textOf = (body) => JSON.parse(body).messages.at(-1).content

describe('requests of the fetch standard', () => {
  test('a body with messages is smaller, and every byte outside of the tool output is its own', async () => {
    const spaced = `{ "messages" : ${JSON.stringify(openai('HERE'))} , "n": 1.50e0, "model":"gpt-4o" }`
    const source = spaced.replace('"HERE"', JSON.stringify(ROWS))
    const request = await compressRequest(post(source, { 'content-length': String(source.length), 'x-mine': 'yes' }))
    const body = await request.text()
    const at = spaced.indexOf('"HERE"')
    assert.equal(body.slice(0, at), spaced.slice(0, at))
    assert.equal(body.slice(-(spaced.length - at - 6)), spaced.slice(at + 6))
    assert.equal(decode(textOf(body)), ROWS)
    assert.deepEqual([request.url, request.method, request.headers.get('x-mine')], [ADDRESS, 'POST', 'yes'])
    assert.equal(request.headers.get('content-length'), String(Buffer.byteLength(body)))
  })

  test('every wire format is found without a word from the address', async () => {
    const result = [{ type: 'text', text: ROWS }]
    for (const body of [{ messages: anthropic(result) }, { input: responses(ROWS) }, { contents: gemini({ output: ROWS }) }]) {
      const source = JSON.stringify(body)
      assert.ok((await (await compressRequest(post(source))).text()).length < source.length * 0.7, source.slice(0, 20))
    }
  })

  test('what is not for a model is the very request, and can still be read', async () => {
    const handler = headroomHandler({ maxBytes: BODY.length })
    const cases = {
      'a GET': new Request(ADDRESS),
      'no body': new Request(ADDRESS, { method: 'POST', headers: TYPE }),
      'another type': post(BODY, { 'content-type': 'text/plain' }),
      'a coding': post(BODY, { 'content-encoding': 'gzip' }),
      'a bypass': post(BODY, { 'x-headroom-bypass': 'true' }),
      'too large': post(`${BODY} `),
      'too large by its head': post('{}', { 'content-length': String(BODY.length + 1) }),
      'no JSON': post('{"messages":'),
      'other JSON': post(JSON.stringify({ rows: orders(100) })),
      'messages of people': post(JSON.stringify({ messages: [{ id: 1, text: ROWS }] })),
      'nothing to make smaller': post(JSON.stringify({ messages: openai('short') })),
    }
    for (const [name, request] of Object.entries(cases)) {
      assert.equal(await handler(request), request, name)
      assert.equal(request.bodyUsed, false, name)
      await request.text()
    }
    const used = post(BODY)
    await used.text()
    assert.equal(await handler(used), used)
  })

  test('nothing is left out unless the request offers the tool and the application says that it reads here', async () => {
    const offering = JSON.stringify({ model: 'gpt-4o', messages: openai(ROWS), tools: [retrieveTool('openai')] })
    const sent = async (body, options) => textOf(await (await compressRequest(post(body), { store: 'memory', ...options })).text())
    assert.equal(decode(await sent(offering)), ROWS)
    assert.equal(decode(await sent(BODY, { ccr: 'mcp' })), ROWS)
    assert.match(await sent(offering, { ccr: 'mcp' }), REF)
  })

  test('a route gets the request of the framework’s own class, and says what was done', async () => {
    class NextRequest extends Request {
      #url = new URL(this.url)
      get nextUrl() {
        return this.#url
      }
    }
    const reports = []
    const route = headroomRoute(
      async (request, context) => {
        assert.ok(request instanceof NextRequest)
        assert.equal(request.nextUrl.searchParams.get('x'), '1')
        assert.equal(request.clone().headers.get('content-type'), 'application/json')
        const body = await request.json()
        assert.equal(request.bodyUsed, true)
        return Response.json([decode(body.messages.at(-1).content) === ROWS, context])
      },
      { onReport: (report) => reports.push(report) },
    )
    const response = await route(new NextRequest(ADDRESS, { method: 'POST', headers: TYPE, body: BODY }), { params: 1 })
    assert.deepEqual(await response.json(), [true, { params: 1 }])
    const of = (name) => Number(response.headers.get(`x-headroom-tokens-${name}`))
    assert.ok(of('before') > of('after') && of('saved') === of('before') - of('after'))
    assert.match(response.headers.get('x-headroom-verdicts'), /lossless=1/)
    assert.equal(reports[0].tokensAfter, of('after'))
  })

  test('a response whose headers cannot be written to, and an answer that is none, go on as they are', async () => {
    const redirect = Response.redirect('http://localhost/else')
    assert.equal(await headroomRoute(() => redirect)(post(BODY)), redirect)
    assert.equal(await headroomRoute(() => 'no response')(post(BODY)), 'no response')
  })

  test('what a handler throws is thrown', async () => {
    await assert.rejects(headroomRoute(() => Promise.reject(new Error('mine')))(post(BODY)), /mine/)
  })

  test('Hono’s context holds the smaller request, before the next handler runs', async () => {
    const headers = new Map()
    const context = { req: { raw: post(BODY) }, header: (name, value) => headers.set(name, value) }
    let read
    await headroomHono()(context, async () => {
      read = await context.req.raw.text()
    })
    assert.equal(decode(textOf(read)), ROWS)
    assert.ok(headers.has('x-headroom-tokens-saved'))
  })

  test('a failure of ours leaves the request as it was, with one warning', async () => {
    const told = []
    const listen = (warning) => told.push(warning)
    process.on('warning', listen)
    const handler = headroomHandler({ onReport: () => { throw new Error('mine') } })
    for (let round = 0; round < 2; round += 1) {
      const request = post(BODY)
      assert.equal(await handler(request), request)
      assert.equal(await request.text(), BODY)
    }
    await new Promise((resolve) => setImmediate(resolve))
    process.off('warning', listen)
    assert.deepEqual(told.map(({ code }) => code), ['HEADROOM_SERVER'])
  })

  test('options that make no sense are refused when it is made', () => {
    for (const options of [{ ccr: 'hidden' }, { maxBytes: -1 }, { maxBytes: '1mb' }, { onReport: 1 }, { minTokens: 'x' }]) {
      for (const make of [headroomHandler, headroomHono, headroomExpress, headroomFastify, (given) => headroomRoute(() => {}, given)]) {
        assert.throws(() => make(options), HeadroomValidationError.isInstance, JSON.stringify(options))
      }
    }
  })
})

describe('requests of Node’s servers', () => {
  /** A server whose handler runs behind the middleware; gives what it answered. */
  async function served(middleware, handler, pieces, { method = 'POST', headers = TYPE, end = true } = {}) {
    const server = createServer((request, response) => middleware(request, response, (error) => handler(request, response, error)))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const arrived = once(server, 'request')
    const request = send({ host: '127.0.0.1', port: server.address().port, method, headers, path: '/' })
    try {
      const answer = once(request, 'response')
      for (const piece of pieces) {
        request.write(piece)
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
      if (!end) {
        answer.catch(() => {})
        await arrived
        request.destroy()
        return null
      }
      request.end()
      const [response] = await answer
      let text = ''
      for await (const chunk of response) text += chunk
      return { text, headers: response.headers, status: response.statusCode }
    } finally {
      server.closeAllConnections()
      server.close()
    }
  }

  /** Reads the stream as body parsers do, its length checked against the head. */
  function echo(request, response) {
    const chunks = []
    request.on('data', (chunk) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks)
      const length = request.headers['content-length']
      response.statusCode = length === undefined || Number(length) === body.length ? 200 : 400
      response.end(body)
    })
  }

  const length = (body) => ({ ...TYPE, 'content-length': String(Buffer.byteLength(body)) })

  test('before a parser: the stream holds the smaller body, and its length is right', async () => {
    for (const headers of [length(BODY), TYPE]) {
      const { text, status, headers: got } = await served(headroomExpress(), echo, [BODY], { headers })
      assert.equal(status, 200)
      assert.equal(decode(textOf(text)), ROWS)
      assert.ok(Number(got['x-headroom-tokens-saved']) > 0)
    }
  })

  test('a body that comes in pieces', async () => {
    const pieces = [0, 1, 2].map((at) => BODY.slice(at * 9_000, at === 2 ? undefined : (at + 1) * 9_000))
    const { text } = await served(headroomExpress(), echo, pieces)
    assert.equal(decode(textOf(text)), ROWS)
  })

  test('what goes on untouched has every byte, in one read or many', async () => {
    const other = JSON.stringify({ rows: orders(3_000) })
    const cases = [
      [other, {}, length(other)],
      [other, {}, TYPE],
      [other, { maxBytes: 1_000 }, TYPE],
      [BODY, { maxBytes: 10 }, length(BODY)],
      [BODY, {}, { ...length(BODY), 'x-headroom-bypass': '1' }],
      ['', {}, TYPE],
      ['{"messages":', {}, TYPE],
    ]
    for (const [body, options, headers] of cases) {
      const got = await served(headroomExpress(options), echo, body ? [body.slice(0, 700), body.slice(700)].filter(Boolean) : [], { headers })
      assert.equal(got.text, body, `${body.slice(0, 20)} ${JSON.stringify(options)}`)
      assert.equal(got.headers['x-headroom-tokens-before'], undefined)
    }
  })

  test('a handler may read by iteration, late, or not at all', async () => {
    const iterating = async (request, response) => {
      await new Promise((resolve) => setTimeout(resolve, 20))
      let text = ''
      for await (const chunk of request) text += chunk
      response.end(text)
    }
    assert.equal(decode(textOf((await served(headroomExpress(), iterating, [BODY])).text)), ROWS)
    assert.equal((await served(headroomExpress(), (_, response) => response.end('unread'), [BODY])).text, 'unread')
  })

  test('behind a parser: the body is replaced, in the form it has', async () => {
    const parsed = (body) => (request, response, next) => {
      request.body = body
      headroomExpress()(request, response, next)
    }
    const answer = (request, response) => response.end(JSON.stringify([typeof request.body, Buffer.isBuffer(request.body), String(request.body.messages ? JSON.stringify(request.body) : request.body)]))
    for (const [body, ...kind] of [[JSON.parse(BODY), 'object', false], [BODY, 'string', false], [Buffer.from(BODY), 'object', true]]) {
      const { text } = await served(parsed(body), answer, [BODY])
      const [type, buffer, got] = JSON.parse(text)
      assert.deepEqual([type, buffer], kind)
      assert.equal(decode(textOf(got)), ROWS)
    }
    const whole = (request, response) => response.end(String(request.body.messages.at(-1).content === ROWS))
    const limited = (request, response, next) => {
      request.body = JSON.parse(BODY)
      headroomExpress({ maxBytes: 1_000 })(request, response, next)
    }
    assert.equal((await served(limited, whole, ['{}'])).text, 'true')
    const { text } = await served(parsed({}), echo, [BODY])
    assert.equal(decode(textOf(text)), ROWS)
    const other = { rows: [1] }
    const same = (request, response) => response.end(String(request.body === other))
    assert.equal((await served(parsed(other), same, ['{}'])).text, 'true')
  })

  test('a client that goes away in the middle ends no process', async () => {
    let reached = 0
    const middleware = headroomExpress()
    await served(middleware, () => (reached += 1), [BODY.slice(0, 100)], { end: false })
    await new Promise((resolve) => setTimeout(resolve, 50))
    assert.equal(reached, 1)
  })

  test('Fastify’s hook gives the payload it got, with the smaller body in it', async () => {
    const hooks = []
    const plugin = headroomFastify()
    assert.equal(plugin[Symbol.for('skip-override')], true)
    await plugin({ addHook: (name, hook) => hooks.push([name, hook]) })
    const [[name, hook]] = hooks
    assert.equal(name, 'preParsing')
    const middleware = async (request, response, next) => {
      const reply = { header: (key, value) => response.setHeader(key, value) }
      assert.equal(await hook({ raw: request }, reply, request), request)
      next()
    }
    const { text, headers } = await served(middleware, echo, [BODY], { headers: length(BODY) })
    assert.equal(decode(textOf(text)), ROWS)
    assert.ok(headers['x-headroom-verdicts'])
  })
})

/** `headroom/server` around a route handler of Next.js, with the requests Next.js makes. */
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { decode } from 'headroom'
import { headroomRoute } from 'headroom/server'
import { openai, orders } from '../../__test__/conversations.mjs'
import { load } from '../../scripts/installed.mjs'

const { NextRequest, NextResponse } = (await load('next/server.js')).default
const ROWS = JSON.stringify(orders(300))
const BODY = JSON.stringify({ model: 'gpt-4o', messages: openai(ROWS) })
const HEADERS = { 'content-type': 'application/json', cookie: 'session=abc' }
const request = (body) => new NextRequest('http://localhost/api/chat?page=2', { method: 'POST', headers: HEADERS, body })

test('a route reads the smaller body from a request of Next.js', async () => {
  const POST = headroomRoute(async (given, context) => {
    assert.ok(given instanceof NextRequest)
    assert.deepEqual([given.nextUrl.searchParams.get('page'), given.cookies.get('session').value], ['2', 'abc'])
    const { messages } = await given.json()
    return NextResponse.json({ same: decode(messages.at(-1).content) === ROWS, params: await context.params })
  })
  const response = await POST(request(BODY), { params: Promise.resolve({ id: '1' }) })
  assert.deepEqual(await response.json(), { same: true, params: { id: '1' } })
  assert.ok(Number(response.headers.get('x-headroom-tokens-saved')) > 0)
})

test('another request is the one Next.js made', async () => {
  const given = request('{"rows":[1]}')
  let got
  await headroomRoute(async (one) => {
    got = one
    return NextResponse.json(await one.json())
  })(given, {})
  assert.equal(got, given)
})

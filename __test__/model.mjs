/**
 * A model that reads back: it asks for a list, reads what was left out of the answer, and says what it has seen. With
 * the conversations that lead it there, and a provider that answers with it, streamed or whole.
 */
import { createServer } from 'node:http'

import { REF, orders } from './conversations.mjs'
import { events } from './upstream.mjs'

/** What the client's requests offer. */
export const tools = [{ name: 'list', input_schema: { type: 'object' } }]

/** What a tool prints, of which no two are alike. */
export const output = (worker, round) => JSON.stringify(orders(150).map((order) => ({ ...order, id: order.id + worker * 7_919 + round * 1_009, total: order.total + round })))

/** What was left out so far. */
export const refs = new Set()

const CALL_INPUT = { list: () => ({}), headroom_retrieve: (ref) => ({ ref, rows: '42' }) }

let calls = 0
function called(name, ref) {
  calls += 1
  return { block: { type: 'tool_use', id: `${name === 'list' ? 'call' : 'hidden'}_${calls}`, name, input: CALL_INPUT[name](ref) }, stop: 'tool_use' }
}
const said = (text) => ({ block: { type: 'text', text }, stop: 'end_turn' })

/** The model: asks for a list, reads back what was left out of it, and says what it has seen. */
function speak({ messages }) {
  const result = [messages.at(-1).content].flat().find(({ type }) => type === 'tool_result')
  if (!result) return called('list')
  const text = JSON.stringify(result.content)
  if (result.tool_use_id.startsWith('hidden')) return said(/card declined/.test(text) ? 'read back' : 'lost')
  const [ref] = REF.exec(text) ?? []
  if (!ref) return said('seen whole')
  refs.add(ref)
  return called('headroom_retrieve', ref)
}

/** An answer in the shape the request asks for. */
function send(response, { stream }, { block, stop }) {
  if (!stream) {
    response.writeHead(200, { 'content-type': 'application/json' })
    return response.end(JSON.stringify({ id: 'm', type: 'message', role: 'assistant', content: [block], stop_reason: stop, usage: { input_tokens: 10, output_tokens: 5 } }))
  }
  const isText = block.type === 'text'
  const delta = isText ? { type: 'text_delta', text: block.text } : { type: 'input_json_delta', partial_json: JSON.stringify(block.input) }
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  for (const event of events(isText ? { ...block, text: '' } : { ...block, input: {} }, delta, stop)) response.write(event)
  response.end()
}

/** The provider; `seen` gets every request, and its body. What is not for the model comes back as it came. */
export async function provider(seen = () => {}) {
  const server = createServer(async (incoming, response) => {
    const chunks = []
    try {
      for await (const chunk of incoming) chunks.push(chunk)
    } catch {
      return
    }
    const bytes = Buffer.concat(chunks)
    if (incoming.url !== '/v1/messages') return response.end(bytes)
    const body = bytes.toString('utf8')
    const request = JSON.parse(body)
    seen(request, body)
    send(response, request, speak(request))
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${server.address().port}`, close: () => server.close(() => {}).closeAllConnections() }
}

/** The message of a streamed answer. A `TypeError`, as of a broken connection, where it broke off. */
export function assembled(text) {
  const parts = text.split('\n').filter((line) => line.startsWith('data: ')).map((line) => JSON.parse(line.slice(6)))
  const content = []
  for (const { type, index, content_block: block, delta, error } of parts) {
    if (error) throw new Error(`the stream says: ${error.message}`)
    if (type === 'content_block_start') content[index] = { ...block, json: '' }
    if (delta?.type === 'text_delta') content[index].text += delta.text
    if (delta?.type === 'input_json_delta') content[index].json += delta.partial_json
  }
  if (parts.at(-1)?.type !== 'message_stop') throw new TypeError('the stream broke off')
  return content.map(({ json, ...block }) => (block.type === 'tool_use' ? { ...block, input: JSON.parse(json) } : block))
}

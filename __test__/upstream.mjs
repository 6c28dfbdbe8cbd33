/** A provider on the loopback that answers by script, and what it says. */
import { createServer } from 'node:http'

/** An event of a stream. */
const event = (value) => `event: ${value.type}\ndata: ${JSON.stringify(value)}\n\n`

/** One answer of Anthropic's API as events: a block, its delta, and why it stopped. */
export function events(block, delta, stop) {
  return [
    { type: 'message_start', message: { id: 'm', content: [], usage: { input_tokens: 10, output_tokens: 1 } } },
    { type: 'content_block_start', index: 0, content_block: block },
    { type: 'content_block_delta', index: 0, delta },
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason: stop }, usage: { output_tokens: 5 } },
    { type: 'message_stop' },
  ].map(event)
}

/** The model says something. */
export const says = (text) => events({ type: 'text', text: '' }, { type: 'text_delta', text }, 'end_turn')

/** The model reads something back. */
export const asks = (input = { ref: '0'.repeat(32) }) =>
  events(
    { type: 'tool_use', id: 'h1', name: 'headroom_retrieve', input: {} },
    { type: 'input_json_delta', partial_json: JSON.stringify(input) },
    'tool_use',
  )

/** A request with a tool and an output of it. */
export function request(text, stream = true) {
  return {
    model: 'claude-sonnet-4-5',
    max_tokens: 100,
    stream,
    tools: [{ name: 'list', input_schema: { type: 'object' } }],
    messages: [
      { role: 'user', content: 'which rows are odd?' },
      { role: 'assistant', content: [{ type: 'tool_use', id: 't1', name: 'list', input: {} }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't1', content: text }] },
    ],
  }
}

/** A stream of events as an answer; each is awaited to be taken by the socket. */
export const streamed = (pieces) => async (response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'x-kept': 'yes' })
  for (const piece of pieces) response.write(piece)
  response.end()
}

/** A JSON answer. */
export const json = (value, status = 200) => async (response) => {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(value))
}

/** Starts it. `replies`: one function of the response for each request. */
export async function upstream(replies) {
  const got = []
  const waiting = [...replies]
  const server = createServer(async (incoming, response) => {
    const chunks = []
    for await (const chunk of incoming) chunks.push(chunk)
    const body = Buffer.concat(chunks).toString('utf8')
    got.push({ path: incoming.url, headers: incoming.headers, body })
    await (waiting.shift() ?? json({ error: 'no reply by script' }, 599))(response)
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    got,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

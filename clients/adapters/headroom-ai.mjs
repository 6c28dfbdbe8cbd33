/** The Python peer's npm client `headroom-ai`, which talks to a proxy over HTTP alone. */
import assert from 'node:assert/strict'

const QUESTION = [
  { role: 'user', content: 'Which order failed?' },
  { role: 'assistant', content: null, tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'list', arguments: '{}' } }] },
]

/** The secret that this client sends as its key. */
export const TOKEN = 'client-secret'

const read = async (events) => {
  const all = []
  for await (const event of events) all.push(event)
  return all
}

const conversation = (orders) => [...QUESTION, { role: 'tool', tool_call_id: 'call_1', content: orders }]

/** What it asks the proxy itself. */
function own(peer, headroom) {
  return {
    async compress({ orders }) {
      const result = await headroom.compress(conversation(orders), { model: 'gpt-4o' })
      assert.equal(result.compressed, true)
      assert.ok(result.tokensAfter < result.tokensBefore)
      assert.equal(result.tokensSaved, result.tokensBefore - result.tokensAfter)
      assert.ok(result.compressionRatio > 0 && result.compressionRatio < 1)
      assert.ok(result.transformsApplied.length > 0)
      assert.deepEqual(result.messages.slice(0, 2), QUESTION)
    },
    async simulate({ orders }) {
      const result = await peer.simulate(conversation(orders), { client: headroom, model: 'gpt-4o' })
      assert.ok(result.tokensSaved > 0)
      const other = await headroom.chat.completions.simulate({ messages: conversation(orders), model: 'gpt-4o' })
      assert.equal(other.tokensSaved, result.tokensSaved)
    },
    async retrieve({ orders }) {
      const raw = await headroom.compressRaw({ messages: conversation(orders), model: 'gpt-4o', config: { ccr: true } })
      const [hash] = raw.ccr_hashes
      assert.equal((await headroom.retrieve(hash)).originalContent, orders)
      const found = await headroom.retrieve(hash, { query: 'declined' })
      assert.equal(found.count, 1)
      assert.match(found.results[0], /card declined/)
      const call = { id: 'c9', function: { name: 'headroom_retrieve', arguments: JSON.stringify({ ref: hash, rows: '42' }) } }
      const answer = await headroom.handleToolCall({ toolCall: call, provider: 'openai' })
      assert.equal(answer.success, true)
      assert.match(JSON.stringify(answer.toolResult), /10041/)
      const { store, ...stats } = await headroom.getCCRStats()
      assert.ok(JSON.stringify({ store, ...stats }).includes('1'))
    },
    async health() {
      const health = await headroom.health()
      assert.equal(health.status, 'healthy')
      assert.equal(typeof health.version, 'string')
      const setup = await headroom.validateSetup()
      assert.deepEqual([setup.valid, setup.errors], [true, []])
    },
    async stats({ provider }) {
      provider.script({ say: [{ text: 'Hello.' }] })
      await headroom.chat.completions.create({ model: 'gpt-4o', messages: [{ role: 'user', content: 'Hi' }] })
      const { requests, tokens } = await headroom.proxyStats()
      assert.ok(requests.total >= 1 && tokens.input >= 0, JSON.stringify({ requests, tokens }))
      const summary = await headroom.getSummary()
      assert.equal(summary.totalRequests, requests.total)
      assert.equal(summary.totalTokensBefore - summary.totalTokensAfter, summary.totalTokensSaved)
      const metrics = await headroom.getMetrics({ limit: 1 })
      assert.equal(metrics.length, 1)
      assert.equal(metrics[0].model, 'gpt-4o')
      assert.equal(typeof (await headroom.getStats()).cacheHits, 'number')
      assert.match(await headroom.prometheusMetrics(), /headroom_requests_total/)
      assert.ok(await headroom.statsHistory({ series: 'daily' }))
    },
  }
}

/** What it asks providers, and what goes wrong. */
function others(peer, headroom, open) {
  return {
    async create({ provider }) {
      provider.script({ say: [{ text: 'Hello.' }] })
      const chat = await headroom.chat.completions.create({ model: 'gpt-4o', messages: [{ role: 'user', content: 'Hi' }] })
      assert.equal(chat.choices[0].message.content, 'Hello.')
      provider.script({ say: [{ text: 'Hello.' }] })
      const message = await headroom.messages.create({ model: 'claude-sonnet-4-5', messages: [{ role: 'user', content: 'Hi' }] })
      assert.equal(message.content[0].text, 'Hello.')
      assert.equal(provider.got[0].headers['x-api-key'], 'key')
    },
    async stream({ provider }) {
      provider.script({ say: [{ text: 'Hello.' }] })
      const chunks = await read(await headroom.chat.completions.create({ model: 'gpt-4o', stream: true, messages: [{ role: 'user', content: 'Hi' }] }))
      assert.equal(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join(''), 'Hello.')
      provider.script({ say: [{ text: 'Hello.' }] })
      const events = await read(await headroom.messages.stream({ model: 'claude-sonnet-4-5', messages: [{ role: 'user', content: 'Hi' }] }))
      assert.equal(events.map(({ delta }) => delta?.text ?? '').join(''), 'Hello.')
    },
    async errors({ provider }) {
      provider.script({ status: 429, text: 'slow down' })
      await assert.rejects(headroom.chat.completions.create({ model: 'gpt-4o', messages: [] }), (error) => error instanceof peer.HeadroomError && /slow down/.test(error.message))
      await assert.rejects(headroom.retrieve('0'.repeat(32)), (error) => error instanceof peer.HeadroomError)
      await assert.rejects(headroom.compressRaw({ model: 'gpt-4o' }), (error) => error instanceof peer.HeadroomError)
      await assert.rejects(open({ apiKey: 'wrong' }).proxyStats(), (error) => error instanceof peer.HeadroomAuthError)
    },
    async 'what we have not'() {
      for (const ask of [() => headroom.telemetry.getStats(), () => headroom.feedback.getStats(), () => headroom.toin.getStats(), () => headroom.memoryUsage(), () => headroom.clearCache()]) {
        await assert.rejects(ask(), (error) => error instanceof peer.HeadroomError && /no such endpoint/.test(error.message))
      }
    },
  }
}

/** Everything it has that asks the proxy. */
export async function client(load, base) {
  const peer = await load('headroom-ai')
  const open = (more = {}) => new peer.HeadroomClient({ baseUrl: base, apiKey: TOKEN, providerApiKey: 'key', fallback: false, retries: 0, ...more })
  const headroom = open()
  return { checks: { ...own(peer, headroom), ...others(peer, headroom, open) }, alone: true }
}

/** Two proxies on one store under load, while one of them is killed, and the store is killed and stopped: no client hears of it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'

import { command } from './command.mjs'
import { assembled, output, provider, refs, tools } from './model.mjs'
import { missing, redis } from './redis.mjs'

const TOKEN = 't0ken'

/** Conversations at once, half of them streamed, and turns until one is begun anew. */
const WORKERS = 6
const TURNS = 40

/** Turns that a worker may do beyond those that are waited for. */
const AHEAD = 2

/** How long a phase may take, in milliseconds. */
const PATIENCE = 20_000

/** The load: conversations that go on, at whichever proxy answers. */
class Load {
  turns = Array.from({ length: WORKERS }, () => 0)
  /** What the model said how often; `lost` where it is told that it cannot read back. */
  answers = { 'read back': 0, 'seen whole': 0, lost: 0 }
  retried = 0
  /** Requests of a conversation that must begin as the last one of an earlier turn did: pairs of these. */
  compared = 0
  /** Of these, pairs with a time without a store in between. */
  crossed = 0
  warned = 0
  /** Changes whenever requests may differ from those before. */
  epoch = 0
  isClean = true
  #bodies = new Map()
  #ended = false
  /** Turns that are waited for. */
  #goal = 0

  seen(conversation, body) {
    const bodies = this.#bodies.get(conversation) ?? []
    bodies.push(body)
    this.#bodies.set(conversation, bodies)
  }

  /** At these proxies. */
  start(bases) {
    this.bases = bases
    this.running = Promise.all(this.turns.map((_, worker) => this.#work(worker)))
    // Told by whoever waits for it.
    this.running.catch(() => {})
  }

  /** Waits until every worker has done so many more turns. */
  async more(turns) {
    const goals = this.turns.map((done) => done + turns)
    this.#goal = Math.max(...goals)
    const late = pause(PATIENCE, 'late', { ref: false })
    const reached = async () => {
      while (this.turns.some((done, worker) => done < goals[worker])) await pause(5)
    }
    assert.notEqual(await Promise.race([reached(), late, this.running]), 'late', `only ${this.turns} of ${goals}`)
  }

  stop() {
    this.#ended = true
  }

  async #work(worker) {
    for (let round = 0; !this.#ended; round += 1) {
      const name = `conversation ${worker}.${round}`
      const state = { name, messages: [], stream: worker % 2 === 0, worker, last: undefined }
      for (let turn = 0; turn < TURNS && !this.#ended; turn += 1) {
        await this.#turn(state, turn > 0 ? `And now, for the ${turn}. time?` : name, round * TURNS + turn)
        this.turns[worker] += 1
        // Conversations are to last from before a failure until after it, whoever has to wait meanwhile.
        while (this.turns[worker] >= this.#goal + AHEAD && !this.#ended) await pause(5)
      }
    }
  }

  async #turn(state, question, number) {
    const { epoch, isClean } = this
    const from = this.#bodies.get(state.name)?.length ?? 0
    state.messages.push({ role: 'user', content: question })
    const [call] = await this.#ask(state)
    assert.equal(call.name, 'list')
    state.messages.push({ role: 'user', content: [{ type: 'tool_result', tool_use_id: call.id, content: output(state.worker, number) }] })
    const [{ text }] = await this.#ask(state)
    assert.ok(text in this.answers, text)
    this.answers[text] += 1
    if (isClean && this.epoch === epoch) this.#compare(state, from, epoch)
  }

  /** Every request of a turn begins as the last one of an earlier turn. */
  #compare(state, from, epoch) {
    const { body, epoch: earlier } = state.last ?? {}
    const bodies = this.#bodies.get(state.name)
    for (const later of body ? bodies.slice(from) : []) {
      assert.ok(later.startsWith(body.slice(0, -2)), `${state.name}: a request does not begin as the one before`)
      this.compared += 1
      if (epoch > earlier + 1) this.crossed += 1
    }
    state.last = { body: bodies.at(-1), epoch }
  }

  async #ask(state) {
    const request = { model: 'claude-sonnet-4-5', max_tokens: 100, stream: state.stream, tools, messages: state.messages }
    const content = await this.#sent(state.worker, JSON.stringify(request))
    assert.doesNotMatch(JSON.stringify(content), /headroom_retrieve|hidden_/)
    state.messages.push({ role: 'assistant', content })
    return content
  }

  /** What a client does: where a connection breaks, it comes again, here at the other proxy. */
  async #sent(worker, body) {
    for (let attempt = 0; ; attempt += 1) {
      try {
        const base = this.bases[(worker + attempt) % this.bases.length]
        const response = await fetch(`${base}/v1/messages`, { method: 'POST', headers: { 'content-type': 'application/json', 'x-api-key': 'k' }, body })
        const text = await response.text()
        assert.equal(response.status, 200, text)
        if (/store_failed/.test(response.headers.get('x-headroom-warnings'))) this.warned += 1
        return response.headers.get('content-type').startsWith('text/event-stream') ? assembled(text) : JSON.parse(text).content
      } catch (error) {
        if (!(error instanceof TypeError) || attempt === 3) throw error
        this.retried += 1
      }
    }
  }
}

/** What a proxy gives back of an original. */
async function retrieved(url, ref) {
  const response = await fetch(`${url}/v1/retrieve/${ref}`, { headers: { 'x-headroom-token': TOKEN } })
  assert.equal(response.status, 200, await response.text())
}

const ready = async (url) => (await fetch(`${url}/readyz`)).status

async function until(condition, what) {
  const deadline = Date.now() + PATIENCE
  while (!(await condition())) {
    assert.ok(Date.now() < deadline, what)
    await pause(20)
  }
}

test('conversations go on while a proxy and the store are killed, and while the store says nothing', { skip: missing, timeout: 40_000 }, async (t) => {
  const store = await redis()
  const load = new Load()
  const upstream = await provider(({ messages }, body) => load.seen(messages[0].content, body))
  const start = () => command(['--store', store.url, '--anthropic-api-url', upstream.url], { HEADROOM_PROXY_TOKEN: TOKEN })
  const [first, second] = await Promise.all([start(), start()])
  t.after(async () => {
    load.stop()
    for (const { child } of [first, second]) child.kill('SIGKILL')
    await store.kill()
    upstream.close()
  })
  load.start([first.url, second.url])
  await load.more(2)

  first.child.kill('SIGKILL')
  await first.ended
  for (const ref of refs) await retrieved(second.url, ref)
  await load.more(2)
  assert.ok(load.retried > 0, 'nobody was at the proxy that was killed')
  assert.deepEqual(load.answers, { ...load.answers, 'seen whole': 0, lost: 0 })

  load.isClean = false
  load.epoch += 1
  await store.kill()
  await load.more(2)
  assert.ok(load.answers['seen whole'] > 0)
  assert.ok(load.warned > 0, 'no answer says that the store failed')
  assert.equal(await ready(second.url), 503)

  await store.start()
  await until(async () => (await ready(second.url)) === 200, 'it never was ready again')
  await load.more(1)

  // A server that says nothing is waited for once, and not by everybody.
  store.freeze()
  await load.more(1)
  store.thaw()
  await until(async () => (await ready(second.url)) === 200, 'it never was ready after it had said nothing')
  await load.more(1)
  load.isClean = true
  load.epoch += 1
  const before = { ...load.answers }
  await load.more(3)
  load.stop()
  await load.running
  assert.ok(load.answers['read back'] > before['read back'])
  assert.deepEqual(load.answers, { ...before, 'read back': load.answers['read back'] })
  assert.ok(load.compared > 0 && load.crossed > 0, `${load.compared} ${load.crossed}`)
})

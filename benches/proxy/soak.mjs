/**
 * Whether memory stays where it is: a proxy under mixed traffic (1 MB bodies, conversations with hidden rounds, streams,
 * clients that leave, bytes nobody reads), its RSS once a second, and the slope of that behind a warm-up.
 *
 *   node benches/proxy/soak.mjs [--seconds 60] [--program target/release/headroom]... [--json]
 *
 * Without --program: the plain binary, where it is built, and `startProxy` in a process of Node. Ends with status 1 where
 * memory grows, or a request failed. Linux alone: memory comes from /proc. Times of a busy machine do not matter here.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

import { assembled, output, provider, tools } from '../../__test__/model.mjs'
import { median } from '../../evals/timing.mjs'
import { fail } from '../../scripts/failure.mjs'
import { memory, server, startHeadroom } from './servers.mjs'

/** @typedef {import('./servers.mjs').Server} Server */
/** @typedef {{ idle: number, sizes: number[], requests: number, slope: number, name: string }} Figures MiB, and MiB a minute */

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const TARGET = process.env['CARGO_TARGET_DIR'] ?? join(ROOT, 'target')
const BUILT = join(TARGET, 'release', 'headroom')

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    program: { type: 'string', multiple: true, default: [BUILT] },
    json: { type: 'boolean', default: false },
  },
})
const SECONDS = Number(options.seconds)

/** Clients at once. */
const WORKERS = 6

/** Turns of a conversation, the outputs of its tools included. */
const TURNS = 5

/** What of the size may be chance. Requests of 1 MB come and go, so single samples are a tenth apart. */
const NOISE = 0.1

const LARGE = JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'Nothing of this is touched. '.repeat(36_000) }] })
const BYTES = Buffer.alloc(300_000, 7)

/** What is sent by each worker in turns. @type {((url: string, worker: number, round: number) => Promise<number>)[]} */
const TRAFFIC = [conversation, large, leaving, unread, conversation]

/** @param {string} url @param {string | Buffer} body @param {AbortSignal} [signal] */
const post = (url, body, signal) => fetch(url, { method: 'POST', headers: { 'x-api-key': 'k' }, body, ...(signal && { signal }) })

/** @param {Response} response */
async function read(response) {
  const text = await response.text()
  if (response.status !== 200) throw new Error(`status ${response.status}: ${text.slice(0, 200)}`)
  const streamed = response.headers.get('content-type')?.startsWith('text/event-stream')
  return streamed ? assembled(text) : JSON.parse(text).content
}

/** Turns with a tool and a hidden round each, streamed by every other worker. @param {string} url @param {number} worker @param {number} round */
async function conversation(url, worker, round) {
  /** @type {object[]} */
  const messages = []
  for (let turn = 0; turn < TURNS; turn += 1) {
    const ask = async (/** @type {unknown} */ content) => {
      messages.push({ role: 'user', content })
      const body = JSON.stringify({ model: 'claude-sonnet-4-5', max_tokens: 100, stream: worker % 2 === 0, tools, messages })
      const said = await read(await post(`${url}/v1/messages`, body))
      messages.push({ role: 'assistant', content: said })
      return said[0]
    }
    const call = await ask(`Which order failed, for the ${turn}. time?`)
    const { text } = await ask([{ type: 'tool_result', tool_use_id: call.id, content: output(worker, round * TURNS + turn) }])
    if (text !== 'read back') throw new Error(`the model says: ${text}`)
  }
  return 2 * TURNS
}

/** 1 MB that is handed on. @param {string} url */
async function large(url) {
  await read(await post(`${url}/v1/messages`, LARGE))
  return 1
}

/** Clients that leave: before the answer, and in the middle of it. @param {string} url */
async function leaving(url) {
  const controller = new AbortController()
  const asked = post(`${url}/v1/messages`, LARGE, controller.signal).catch(() => undefined)
  await pause(2)
  controller.abort()
  await asked
  const body = JSON.stringify({ model: 'm', stream: true, tools, messages: [{ role: 'user', content: 'List.' }] })
  await (await post(`${url}/v1/messages`, body)).body?.cancel()
  return 2
}

/** Bytes at a path that no provider reads. @param {string} url */
async function unread(url) {
  const response = await post(`${url}/v1/files`, BYTES)
  const { byteLength } = await response.arrayBuffer()
  if (byteLength !== BYTES.length) throw new Error(`${byteLength} bytes came back`)
  return 1
}

/** `startProxy` in a process of Node. @param {string} upstream @param {string} folder @returns {Promise<Server>} */
async function startInNode(upstream, folder) {
  const script = `
    import { startProxy } from 'headroom/proxy'
    const proxy = await startProxy({ port: 0, upstreams: { anthropic: ${JSON.stringify(upstream)} } })
    console.log(proxy.port)
  `
  const env = { ...process.env, HEADROOM_HOME: join(folder, 'node') }
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'inherit'] })
  const [port] = await once(child.stdout, 'data')
  return server('startProxy in Node', Number(port), child)
}

/** Samples behind the first third, in which caches and pools fill. @param {readonly number[]} sizes */
const warm = (sizes) => sizes.slice(Math.floor(sizes.length / 3))

/** Least squares: how much the sizes grow from one to the next. @param {readonly number[]} sizes */
function slopeOf(sizes) {
  const middle = (sizes.length - 1) / 2
  const mean = sizes.reduce((sum, size) => sum + size, 0) / sizes.length
  let [above, below] = [0, 0]
  for (const [at, size] of sizes.entries()) {
    above += (at - middle) * (size - mean)
    below += (at - middle) ** 2
  }
  return above / below
}

/** Lets the traffic run at a proxy, and looks at its memory. @param {Server} proxy @returns {Promise<Figures>} */
async function soak(proxy) {
  await pause(1_000)
  const idle = memory(proxy)
  const url = `http://127.0.0.1:${proxy.port}`
  const end = Date.now() + SECONDS * 1_000
  /** @type {number[]} */
  const sizes = []
  let requests = 0
  const work = async (/** @type {number} */ worker) => {
    for (let round = 0; Date.now() < end; round += 1) {
      const send = TRAFFIC[(worker + round) % TRAFFIC.length] ?? large
      requests += await send(url, worker, round)
    }
  }
  const look = async () => {
    while (Date.now() < end) {
      await pause(1_000)
      sizes.push(memory(proxy))
    }
  }
  await Promise.all([look(), ...Array.from({ length: WORKERS }, (_, worker) => work(worker))])
  return { name: proxy.name, idle, sizes, requests, slope: slopeOf(warm(sizes)) * 60 }
}

/** What is wrong with the figures, in words. @param {Figures} figures */
function judge({ name, sizes }) {
  const behind = warm(sizes)
  const half = Math.ceil(behind.length / 2)
  const [before, after] = [median(behind.slice(0, half)), median(behind.slice(half))]
  return after > before * (1 + NOISE) ? [`${name} grows from ${before.toFixed(1)} to ${after.toFixed(1)} MiB behind the warm-up`] : []
}

/** @param {Figures} figures */
function tell({ name, idle, sizes, requests, slope }) {
  const tenths = Array.from({ length: 10 }, (_, at) => sizes[Math.floor(((at + 1) * sizes.length) / 10) - 1] ?? Number.NaN)
  const cells = [name, idle.toFixed(1), tenths.map((size) => size.toFixed(1)).join(', '), requests, slope.toFixed(2)]
  process.stdout.write(`| ${cells.join(' | ')} |\n`)
}

const upstream = await provider()
const folder = mkdtempSync(join(tmpdir(), 'headroom-soak-'))
/** @type {(() => Promise<Server>)[]} */
const starts = options.program.filter((program) => existsSync(program)).map((program) => () => startHeadroom(program, Number(new URL(upstream.url).port), folder))
if (starts.length === 0) process.stdout.write(`${BUILT} is not there: the plain binary is left out\n`)
starts.push(() => startInNode(upstream.url, folder))

process.stdout.write(`${SECONDS} s each\n\n| server | idle MiB | RSS after each tenth, MiB | requests | MiB a minute |\n| --- | --- | --- | --- | --- |\n`)
const results = []
for (const start of starts) {
  const proxy = await start()
  const figures = await soak(proxy)
  await proxy.stop()
  tell(figures)
  results.push(figures)
}
upstream.close()
rmSync(folder, { recursive: true, force: true })
if (options.json) process.stdout.write(`${JSON.stringify(results)}\n`)
const wrong = results.flatMap(judge)
if (wrong.length > 0) fail('memory does not stay where it is', { cause: wrong.join('; '), hint: 'Run it longer: caches may not be full yet.' })

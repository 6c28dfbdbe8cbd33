/**
 * What `compress` costs a Node program, on the fixtures of the Rust benches.
 *
 *   npm run bench -- [--quick]
 *
 * Prints a table in Markdown. Every call gets an input unlike any other, made outside the measured time. The
 * boundary is shown apart: an empty call into the addon, and the `JSON.stringify` of the messages that every
 * call makes before it crosses.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

import { compress, compressSync, countTokens } from 'headroom'

import { firstCall, median } from '../evals/timing.mjs'
import { SIZES, distinct, fixture } from './fixtures.mjs'

const ROOT = new URL('..', import.meta.url)
const MODEL = 'gpt-4o'
const { values: options } = parseArgs({ options: { quick: { type: 'boolean', default: false } } })
/** Milliseconds a measurement may take, and its fewest calls. */
const BUDGET = options.quick ? 300 : 3000
const FEWEST = options.quick ? 3 : 15

/** @typedef {{ role: string, [field: string]: unknown }[]} Messages */

/** A conversation in which a tool printed `output`. @param {string} output @returns {Messages} */
function conversation(output) {
  const call = { id: 'call_1', type: 'function', function: { name: 'list_orders', arguments: '{"limit":100}' } }
  return [
    { role: 'user', content: 'When will ord_100004 arrive, and did a payment fail?' },
    { role: 'assistant', content: null, tool_calls: [call] },
    { role: 'tool', tool_call_id: 'call_1', content: output },
  ]
}

/**
 * The median time of a call in milliseconds; each gets messages of its own.
 *
 * @param {(iteration: number) => Messages} make not measured
 * @param {(messages: Messages) => unknown} run
 */
async function time(make, run) {
  const times = []
  const deadline = performance.now() + BUDGET
  // The first two calls warm up.
  for (let iteration = 0; iteration < FEWEST + 2 || performance.now() < deadline; iteration += 1) {
    const messages = make(iteration)
    const started = performance.now()
    await run(messages)
    if (iteration >= 2) times.push(performance.now() - started)
  }
  return median(times)
}

/** One row of the table. @param {string} what @param {number[]} milliseconds @param {boolean} [speed] */
function row(what, milliseconds, speed = true) {
  const cells = milliseconds.map((value, index) => {
    const bytes = Object.values(SIZES)[index] ?? 0
    const shown = value < 1 ? value.toFixed(3) : value.toFixed(1)
    return speed ? `${shown} ms (${(bytes / 1000 / value).toFixed(0)} MB/s)` : `${shown} ms`
  })
  return `| ${[what, ...cells].join(' | ')} |`
}

/** The median of first calls in fresh processes. @param {string} output @param {boolean} ccr */
function first(output, ccr) {
  const folder = mkdtempSync(join(tmpdir(), 'headroom-bench-'))
  const file = join(folder, 'case.json')
  writeFileSync(file, JSON.stringify({ messages: conversation(output) }))
  const times = Array.from({ length: options.quick ? 3 : 9 }, (_, index) =>
    firstCall(file, { model: MODEL, ccr, store: join(folder, `${index}.db`) }).milliseconds,
  )
  rmSync(folder, { recursive: true, force: true })
  return median(times)
}

/** Where and with what this was measured. */
function machine() {
  const commit = spawnSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: ROOT, encoding: 'utf8' }).stdout?.trim()
  const family = cpus()[0]?.model.trim() || process.arch
  const date = new Date().toISOString().slice(0, 10)
  return `${date}, ${availableParallelism()} cores (${family}), Node ${process.version}${commit ? `, ${commit}` : ''}; \`npm run bench\``
}

/** The addon's size on disk. */
function addon() {
  const name = readdirSync(ROOT).find((file) => file.endsWith('.node'))
  return name === undefined ? 'not built' : `${(statSync(fileURLToPath(new URL(name, ROOT))).size / 1e6).toFixed(1)} MB`
}

const fixtures = Object.values(SIZES).map(fixture)
/** Measures one thing for every size. @param {(messages: Messages) => unknown} run */
const every = async (run) => {
  const times = []
  for (const text of fixtures) times.push(await time((iteration) => conversation(distinct(text, iteration)), run))
  return times
}
const store = join(mkdtempSync(join(tmpdir(), 'headroom-bench-')), 'originals.db')
const empty = await time(() => [], () => countTokens('', MODEL))
const lines = [
  machine(),
  '',
  `| median of warm calls | ${Object.keys(SIZES).join(' | ')} |`,
  `|---|${'---|'.repeat(fixtures.length)}`,
  row('`compress`, lossless', await every((messages) => compress(messages, { model: MODEL }))),
  row('`compressSync`, lossless', await every((messages) => compressSync(messages, { model: MODEL }))),
  row('`compress`, ccr, SQLite store', await every((messages) => compress(messages, { model: MODEL, ccr: true, store }))),
  row('`compress`, ccr, memory store', await every((messages) => compress(messages, { model: MODEL, ccr: true, store: 'memory' }))),
  row('boundary: `JSON.stringify` to a buffer', await every((messages) => Buffer.from(JSON.stringify(messages)))),
  row('first call in a fresh process, lossless', fixtures.map((text) => first(text, false)), false),
  row('first call in a fresh process, ccr', fixtures.map((text) => first(text, true)), false),
  '',
  `boundary: an empty call into the addon takes ${(empty * 1000).toFixed(1)} µs; the addon is ${addon()}.`,
]
rmSync(join(store, '..'), { recursive: true, force: true })
process.stdout.write(`${lines.join('\n')}\n`)

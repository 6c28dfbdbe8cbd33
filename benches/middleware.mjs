/**
 * What `withHeadroom` costs around a model of the AI SDK, on the fixtures of the other benches.
 *
 *   node benches/middleware.mjs [--quick]
 *
 * Prints a table in Markdown. The model answers at once, so a call's time is ours; what the same call takes without us
 * is in the last row. `first sight`: a tool result unlike any other in every call. `seen before`: the same prompt again,
 * and `next step`: a conversation that grows by one small tool result a call, as an agent's does.
 */
import { availableParallelism, cpus, tmpdir } from 'node:os'
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import { withHeadroom } from 'headroom/ai-sdk'

import { median } from '../evals/timing.mjs'
import { SIZES, distinct, fixture } from './fixtures.mjs'

const { values: options } = parseArgs({ options: { quick: { type: 'boolean', default: false } } })
/** Milliseconds a measurement may take, and its fewest calls. */
const BUDGET = options.quick ? 300 : 3000
const FEWEST = options.quick ? 5 : 30

const TOOLS = [{ type: 'function', name: 'list_orders', inputSchema: { type: 'object', properties: {} } }]
const ANSWER = { content: [{ type: 'text', text: 'None.' }], finishReason: { unified: 'stop' }, usage: {}, warnings: [] }
/** @typedef {{ doGenerate(call: object): PromiseLike<unknown> }} Model */
/** @typedef {(iteration: number) => object[]} Prompts */

const MODEL = { specificationVersion: 'v3', modelId: 'gpt-4o', doGenerate: async () => ANSWER, doStream: async () => {} }

/** A call of a tool and what it printed. @param {number} page @param {string} output */
function step(page, output) {
  const id = `call_${page}`
  return [
    { role: 'assistant', content: [{ type: 'tool-call', toolCallId: id, toolName: 'list_orders', input: { page } }] },
    { role: 'tool', content: [{ type: 'tool-result', toolCallId: id, toolName: 'list_orders', output: { type: 'text', value: output } }] },
  ]
}

/** A conversation in which a tool printed `output`. @param {string} output */
function conversation(output) {
  return [{ role: 'user', content: [{ type: 'text', text: 'When will ord_100004 arrive, and did a payment fail?' }] }, ...step(0, output)]
}

/**
 * The median time of a call in milliseconds.
 *
 * @param {Prompts} make the prompt; not measured
 * @param {Model} model
 */
async function time(make, model) {
  const times = []
  const deadline = performance.now() + BUDGET
  for (let iteration = 0; iteration < FEWEST + 2 || performance.now() < deadline; iteration += 1) {
    const prompt = make(iteration)
    const started = performance.now()
    await model.doGenerate({ prompt, tools: TOOLS })
    // The first two calls warm up.
    if (iteration >= 2) times.push(performance.now() - started)
  }
  return median(times)
}

/** Prompts of a conversation that grows, begun anew now and then. @param {string} text @returns {Prompts} */
function growing(text) {
  /** @type {object[]} */
  let prompt = []
  return (iteration) => {
    prompt = iteration % 10 === 0 ? conversation(distinct(text, iteration)) : [...prompt, ...step(iteration, 'ok '.repeat(200))]
    return prompt
  }
}

const folder = mkdtempSync(join(tmpdir(), 'headroom-bench-'))
const texts = [fixture(SIZES['10k']), fixture(SIZES['100k'])]
/** One row of the table. @param {string} what @param {number[]} times */
const row = (what, times) => `| ${[what, ...times.map((value) => `${value.toFixed(value < 0.1 ? 3 : 2)} ms`)].join(' | ')} |`

/**
 * Measures one way of calling for both sizes.
 *
 * @param {string} what
 * @param {(text: string) => Prompts} make
 * @param {Model} model
 */
async function every(what, make, model) {
  const times = []
  for (const text of texts) times.push(await time(make(text), model))
  return row(what, times)
}

/** Prompts unlike any other. @param {string} text @returns {Prompts} */
const fresh = (text) => (iteration) => conversation(distinct(text, iteration))
/** The same prompt in other objects. @param {string} text @returns {Prompts} */
const same = (text) => {
  const prompt = conversation(text)
  return () => structuredClone(prompt)
}

const lines = [
  `${new Date().toISOString().slice(0, 10)}, ${availableParallelism()} cores (${cpus()[0]?.model.trim() || process.arch}), Node ${process.version}; \`node benches/middleware.mjs\``,
  '',
  '| median of calls | 10k | 100k |',
  '|---|---|---|',
]
for (const [name, store] of [['memory store', 'memory'], ['SQLite store', join(folder, 'originals.db')]]) {
  const model = withHeadroom(MODEL, { store })
  lines.push(await every(`first sight, ${name}`, fresh, model), await every(`next step, ${name}`, growing, model), await every(`seen before, ${name}`, same, model))
}
lines.push(await every('lossless, first sight', fresh, withHeadroom(MODEL, { ccr: false })))
lines.push(await every('`JSON.stringify` to a buffer', fresh, { doGenerate: async (call) => Buffer.from(JSON.stringify(call)) }))
lines.push(await every('without headroom', fresh, MODEL))
rmSync(folder, { recursive: true, force: true })
process.stdout.write(`${lines.join('\n')}\n`)

/**
 * What the proxy costs: the same requests straight to a mock of a provider, through Headroom and, where it is
 * installed, through nginx, in turns.
 *
 *   node benches/proxy/run.mjs [--profile release|fast] [--quick] [--only NAME]... [--json]
 *
 * Prints tables in Markdown. Absolute times are the machine's; ratios and differences within one run are what
 * counts. Linux alone: processor time and memory come from /proc.
 */
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

import { median } from '../../evals/timing.mjs'
import { fail } from '../../scripts/failure.mjs'
import { STAMP, writeBodies } from './bodies.mjs'
import { memory, processorTime, startHeadroom, startNginx, startUpstream } from './servers.mjs'

/** @typedef {import('./servers.mjs').Server} Server */
/** @typedef {{ count: number, p50: number, p90: number, p99: number, max: number }} Spread microseconds */
/** @typedef {{ times: Spread, medians: number[], perSecond: number }} Requests */
/** @typedef {{ first: Spread, delay: Spread, lost: number, merged: number, reordered: number }} Streams */

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const TARGET = process.env['CARGO_TARGET_DIR'] ?? join(ROOT, 'target')

const { values: options } = parseArgs({
  options: {
    profile: { type: 'string', default: 'release' },
    quick: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true, default: [] },
    json: { type: 'boolean', default: false },
  },
})

/** Fewer where the run shall be quick. @param {number} count */
const rounds = (count) => (options.quick ? Math.ceil(count / 5) : count)

/** Builds what is measured and what measures; gives the programs. */
function build() {
  const cargo = (/** @type {string[]} */ ...args) => {
    const { status } = spawnSync('cargo', ['build', ...args], { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] })
    if (status !== 0) fail('the build failed', { hint: 'Cargo says why, above.' })
  }
  const bench = join(TARGET, 'bench-proxy')
  cargo('--package', 'headroom-cli', '--bin', 'headroom', '--profile', options.profile)
  cargo('--release', '--manifest-path', 'benches/proxy/Cargo.toml', '--target-dir', bench)
  return {
    headroom: join(TARGET, options.profile, 'headroom'),
    upstream: join(bench, 'release', 'upstream'),
    load: join(bench, 'release', 'load'),
  }
}

const programs = build()
const folder = mkdtempSync(join(tmpdir(), 'headroom-bench-'))
const bodies = writeBodies(folder)
const upstream = await startUpstream(programs.upstream)
const headroom = await startHeadroom(programs.headroom, upstream.port, folder)
const nginx = await startNginx(upstream.port, folder)
const servers = nginx === undefined ? [upstream, headroom] : [upstream, headroom, nginx]
/** @type {Record<string, unknown>} */
const results = {}

/**
 * Runs the load generator; one result for each server.
 *
 * @param {'requests' | 'streams'} what @param {readonly Server[]} to @param {Record<string, string | number>} plan
 * @returns {Promise<any[]>}
 */
function load(what, to, plan) {
  const args = [what, `to=${to.map(({ port }) => port).join(',')}`]
  for (const [key, value] of Object.entries(plan)) args.push(`${key}=${value}`)
  const child = spawn(programs.load, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  child.stdout.on('data', (data) => {
    text += data
  })
  return new Promise((resolve) => {
    child.once('exit', (status) => {
      resolve(status === 0 ? JSON.parse(text) : fail(`the load generator failed: ${args.join(' ')}`))
    })
  })
}

/** @param {string} line */
const say = (line) => process.stdout.write(`${line}\n`)
/** @param {(string | number)[]} cells */
const row = (...cells) => say(`| ${cells.join(' | ')} |`)
/** @param {string[]} cells */
function head(...cells) {
  say('')
  row(...cells)
  row(...cells.map(() => '---'))
}
/** @param {number} microseconds */
const us = (microseconds) => `${microseconds.toFixed(0)} µs`
/** @param {number} microseconds */
const ms = (microseconds) => `${(microseconds / 1000).toFixed(2)} ms`

/** The middle of the differences between the medians of rounds, which stood next to each other. @param {Requests} of @param {Requests} direct */
const added = (of, direct) => median(of.medians.map((value, index) => value - (direct.medians[index] ?? Number.NaN)))

/** @typedef {{ name: string, path: string, body: string }} Kind */
/** @type {Kind[]} */
const PASSING = [
  { name: 'unknown path', path: '/v1/unknown', body: bodies.small },
  { name: '`/v1/messages`, nothing to do', path: '/v1/messages', body: bodies.small },
]

/** One connection, 200 bytes: what a request takes longer. */
async function latency() {
  head('pass-through, 200 B, one connection', 'server', 'p50', 'p99', 'added p50', 'of nginx')
  for (const { name, path, body } of PASSING) {
    /** @type {Requests[]} */
    const found = await load('requests', servers, { path, body, rounds: rounds(60), each: 100 })
    const [direct] = found
    if (direct === undefined) return
    const last = nginx && found.at(-1)
    for (const [index, of] of found.entries()) {
      const more = added(of, direct)
      const ratio = last === undefined ? '' : (more / added(last, direct)).toFixed(2)
      const cells = index === 0 ? ['', ''] : [us(more), ratio]
      row(name, servers[index]?.name ?? '', us(of.times.p50), us(of.times.p99), ...cells)
    }
    results[`latency ${path}`] = found
  }
}

/** Eight connections: time on processors for each request. */
async function processor() {
  head('eight connections', 'server', 'processor time a request', 'requests a second', 'p50', 'p99')
  for (const { name, path, body } of PASSING) {
    const each = 500
    for (const server of servers) {
      /** @type {Requests[]} */
      const found = []
      const costs = []
      for (let turn = 0; turn < rounds(10); turn += 1) {
        const before = processorTime(server)
        found.push(...(await load('requests', [server], { path, body, connections: 8, each })))
        // The round that warms up counts here, too.
        costs.push((processorTime(server) - before) / (2 * 8 * each))
      }
      const middle = (/** @type {(of: Requests) => number} */ of) => median(found.map(of))
      const cost = median(costs) * 1e6
      const figures = [us(cost), middle((of) => of.perSecond).toFixed(0), us(middle((of) => of.times.p50))]
      row(name, server.name, ...figures, us(middle((of) => of.times.p99)))
      results[`processor ${path} ${server.name}`] = { cost, found }
    }
  }
}

/** 55 KB of JSON from a tool in the request. */
async function compression() {
  head('55 KB JSON tool result', 'server', 'p50', 'p99', 'added p50', 'processor time a request')
  const plan = { path: '/v1/messages', body: bodies.result, rounds: rounds(20), each: 10 }
  // With the round that warms up.
  const sent = (plan.rounds + 1) * plan.each
  const ways = { 'at first sight': { ...plan, stamp: STAMP }, 'seen before': plan }
  for (const [name, way] of Object.entries(ways)) {
    const before = processorTime(headroom)
    /** @type {Requests[]} */
    const found = await load('requests', [upstream, headroom], way)
    const cost = ((processorTime(headroom) - before) / sent) * 1e6
    const [direct, through] = found
    if (direct === undefined || through === undefined) return
    row(name, 'direct', ms(direct.times.p50), ms(direct.times.p99), '', '')
    row(name, 'headroom', ms(through.times.p50), ms(through.times.p99), ms(added(through, direct)), ms(cost))
    results[`compression ${name}`] = { cost, found }
  }
}

/** Paced streams. */
async function streams() {
  const columns = ['first frame p50', 'p99', 'added p99']
  head('streams', 'server', ...columns, 'frame delay p50', 'p99', 'lost', 'merged', 'reordered')
  const ways = [
    { name: 'no tools', body: bodies.stream },
    { name: 'tools (rewritten)', body: bodies.tools },
  ]
  const loads = [
    { connections: 64, pace: '20,20', rounds: rounds(15), each: 1 },
    { connections: 512, pace: '20,100', rounds: rounds(5), each: 1 },
  ]
  for (const plan of loads) {
    for (const { name, body } of ways) {
      /** @type {Streams[]} */
      const found = await load('streams', servers, { path: '/v1/messages', body, ...plan })
      const straight = found[0]?.first.p99 ?? Number.NaN
      for (const [index, { first, delay, lost, merged, reordered }] of found.entries()) {
        const more = index === 0 ? '' : ms(first.p99 - straight)
        const delays = [ms(delay.p50), ms(delay.p99), lost, merged, reordered]
        const what = `${plan.connections} × ${name}`
        row(what, servers[index]?.name ?? '', ms(first.p50), ms(first.p99), more, ...delays)
      }
      results[`streams ${plan.connections} ${name}`] = found
    }
  }
}

/** Memory: of a proxy that has done nothing, and while it hands 1 MB on again and again. */
async function resident() {
  const fresh = await startHeadroom(programs.headroom, upstream.port, folder)
  const idle = memory(fresh)
  const total = options.quick ? 1000 : 10_000
  const parts = 10
  const sizes = []
  for (let part = 0; part < parts; part += 1) {
    // Half of them warm up, as the load generator sees it.
    const plan = { path: '/v1/messages', body: bodies.large, connections: 4, each: Math.ceil(total / parts / 8) }
    await load('requests', [fresh], plan)
    sizes.push(memory(fresh))
  }
  await fresh.stop()
  head('memory (RSS)', 'MiB')
  row('idle', idle.toFixed(1))
  row(`after each tenth of ${total} requests of 1 MB`, sizes.map((size) => size.toFixed(1)).join(', '))
  if (nginx !== undefined) row('nginx, all processes, at the end', memory(nginx).toFixed(1))
  results['memory'] = { idle, sizes }
}

/** Where and with what this was measured. */
function machine() {
  const commit = spawnSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: ROOT, encoding: 'utf8' }).stdout.trim()
  const family = cpus()[0]?.model.trim() || process.arch
  const date = new Date().toISOString().slice(0, 10)
  return `${date}, ${availableParallelism()} cores (${family}), profile ${options.profile}, ${commit}`
}

const MEASUREMENTS = { latency, processor, compression, streams, resident }
say(machine())
if (nginx === undefined) say('nginx is not installed: its figures are missing (Debian: apt-get install nginx-light)')
for (const [name, measure] of Object.entries(MEASUREMENTS)) {
  if (options.only.length === 0 || options.only.includes(name)) await measure()
}
if (options.json) say(JSON.stringify(results))
for (const server of servers.toReversed()) await server.stop()
rmSync(folder, { recursive: true, force: true })

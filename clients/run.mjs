/**
 * The proxy with real clients. Installs each in a folder of its own under the system's temporary one, runs
 * `suite.mjs` with it, and prints which scenarios passed.
 *
 *   node clients/run.mjs [--quick] [--only TEXT] [--seconds N] [--keep DIR] [--sessions DIR]
 *
 * --quick takes one version of each client; --only those whose name has the text in it; --seconds bounds the whole run
 * (600): what is not begun by then is skipped, and said so. --keep leaves what was installed in a folder, for the next
 * run. --sessions also replays the recorded sessions of a folder turn by turn, as `evals/run.mjs` takes them. Ends with status 1 if anything failed; with 0 and a word about it where there is no registry.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

import { run } from '../scripts/program.mjs'
import { clients } from './clients.mjs'

const SUITE = fileURLToPath(new URL('suite.mjs', import.meta.url))
const REPORTER = new URL('reporter.mjs', import.meta.url).href

/** How long one client's scenarios may take, in milliseconds. */
const SUITE_LIMIT = 60_000

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    seconds: { type: 'string', default: '600' },
    keep: { type: 'string' },
    sessions: { type: 'string', default: '' },
  },
})
const deadline = Date.now() + Number(options.seconds) * 1_000
const base = options.keep ?? mkdtempSync(join(tmpdir(), 'headroom-clients-'))

const left = () => deadline - Date.now()

/** Puts a client's packages into its folder; `undefined`, or why that failed. */
async function install({ set, packages, pip }) {
  const folder = join(base, set.replaceAll(/\W+/g, '-'))
  const done = join(folder, '.installed')
  if (existsSync(done)) return { folder }
  mkdirSync(folder, { recursive: true })
  const steps = pip
    ? [['python3', ['-m', 'venv', folder]], [join(folder, 'bin', 'pip'), ['install', '--quiet', '--disable-pip-version-check', ...packages]]]
    : [['npm', ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', '--prefix', folder, ...packages]]]
  for (const [command, args] of steps) {
    const { ok, status, err } = await run(command, args, left())
    if (!ok) return { folder, why: err.trim().split('\n')[0] || `${command} ended with ${status}` }
  }
  writeFileSync(done, '')
  return { folder }
}

/** The scenarios of one client: what each came to. */
async function scenarios(client, folder) {
  const env = { ...process.env, HEADROOM_CLIENT: client.name, HEADROOM_CLIENT_FOLDER: folder, HEADROOM_CLIENT_SESSIONS: options.sessions }
  const args = [`--test-reporter=${REPORTER}`, '--test-reporter-destination=stdout', SUITE]
  const { out, err, ok, status } = await run(process.execPath, args, Math.min(options.sessions ? 3 * SUITE_LIMIT : SUITE_LIMIT, left()), { env })
  const lines = out.split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line))
  for (const { note } of lines) if (note) process.stdout.write(`${client.name}: ${note}\n`)
  const results = lines.filter(({ name }) => name)
  if (!ok && results.every(({ passed }) => passed)) results.push({ name: 'end', passed: false, why: `ended with ${status}\n${err.slice(-2_000)}` })
  return results
}

const mark = ({ passed, skipped }) => (skipped ? 'skip' : passed ? 'ok' : 'FAIL')

/** Clients by scenarios; scenarios that only one client has are counted together. */
function matrix(rows) {
  const names = [...new Set(rows.flatMap(({ results }) => results.map(({ name }) => name)))]
  const columns = names.filter((name) => rows.filter(({ results }) => results.some((one) => one.name === name)).length > 1)
  const width = Math.max(...rows.map(({ name }) => name.length))
  const line = (cells, first) => `${first.padEnd(width)}  ${cells.map((cell, at) => cell.padEnd(at < columns.length ? columns[at].length : 0)).join('  ')}`.trimEnd()
  const lines = rows.map(({ name, results, why }) => {
    if (why) return `${name.padEnd(width)}  skipped: ${why}`
    const cells = columns.map((column) => {
      const found = results.find((one) => one.name === column)
      return found ? mark(found) : '-'
    })
    const others = results.filter((one) => !columns.includes(one.name))
    const passed = others.filter((one) => one.passed).length
    return line([...cells, others.length > 0 ? `${passed} of ${others.length}` : ''], name)
  })
  return [line([...columns, 'others'], 'client'), ...lines].join('\n')
}

const chosen = clients.filter(({ name, quick }) => name.includes(options.only) && (quick || !options.quick))
const sets = [...new Set(chosen.map(({ set }) => set))].map((set) => chosen.filter((client) => client.set === set))
const rows = new Map(chosen.map(({ name }) => [name, { name, results: [], why: 'no time left' }]))
let failed = 0

/** Installs a set and runs its clients one after the other. */
async function runSet(members) {
  const { folder, why } = await install(members[0])
  for (const client of members) {
    if (left() < 5_000) return
    const results = why ? [] : await scenarios(client, folder)
    rows.set(client.name, { name: client.name, results, why: why && `not installed: ${why}` })
    for (const { name, why: cause } of results.filter(({ passed }) => !passed)) {
      failed += 1
      process.stdout.write(`FAIL ${client.name}: ${name}\n${cause.replaceAll(/^/gm, '  ')}\n`)
    }
  }
}

// Two at a time: while one waits for the registry the other has the processor.
const waiting = [...sets]
const worker = async () => {
  for (let next = waiting.shift(); next; next = waiting.shift()) await runSet(next)
}
await Promise.all([worker(), worker()])

if (options.keep === undefined) rmSync(base, { recursive: true, force: true })
process.stdout.write(`${matrix([...rows.values()])}\n`)
const ran = [...rows.values()].filter(({ why }) => !why)
if (ran.length === 0) process.stdout.write('no client could be installed: is there a registry?\n')
process.stdout.write(`${ran.length} of ${rows.size} clients, ${ran.reduce((sum, { results }) => sum + results.length, 0)} scenarios, ${failed} failed\n`)
process.exitCode = failed > 0 ? 1 : 0

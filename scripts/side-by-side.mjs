/**
 * Tests against packages of others, many versions side by side: installs each set in a folder of its own, runs a test
 * file with each row of a table, two sets at a time, and prints which tests passed.
 *
 * What is not begun in time, or not given by a registry, is skipped, and said so.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import { run } from './program.mjs'

const REPORTER = new URL('reporter.mjs', import.meta.url).href

/** Characters in all names of columns, at most. */
const WIDEST = 300

/** The flags of every run of this kind; see `clients/run.mjs`. */
const FLAGS = {
  quick: { type: 'boolean', default: false },
  only: { type: 'string', default: '' },
  seconds: { type: 'string', default: '600' },
  keep: { type: 'string' },
  node: { type: 'string', default: process.execPath },
}

/**
 * One line of a table.
 *
 * @typedef {object} Row
 * @property {string} name of the row; `--only` looks in it
 * @property {string} set what is installed together; rows of a set share a folder
 * @property {string[]} packages as `npm install` or `pip install` take them
 * @property {boolean} [quick] also run with `--quick`
 * @property {boolean} [pip] packages of Python
 * @property {number} [node] the oldest major of Node that it runs on
 * @property {string} file the test file
 * @property {Record<string, string>} env what the test file is told besides the folder
 */

/** Puts the packages of a set into its folder; gives that, and why it failed if it did. */
async function install({ set, packages, pip }, base, limit) {
  const folder = join(base, set.replaceAll(/\W+/g, '-'))
  const done = join(folder, '.installed')
  if (existsSync(done)) return { folder }
  mkdirSync(folder, { recursive: true })
  const steps = pip
    ? [['python3', ['-m', 'venv', folder]], [join(folder, 'bin', 'pip'), ['install', '--quiet', '--disable-pip-version-check', ...packages]]]
    : [['npm', ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', '--prefix', folder, ...packages]]]
  for (const [command, args] of steps) {
    const { ok, status, err } = await run(command, args, limit())
    if (!ok) return { folder, why: err.trim().split('\n')[0] || `${command} ended with ${status}` }
  }
  writeFileSync(done, '')
  return { folder }
}

/** Runs the test file of a row: what each test came to. */
async function results(row, folder, node, limit) {
  const env = { ...process.env, ...row.env, HEADROOM_FOLDER: folder }
  const args = [`--test-reporter=${REPORTER}`, '--test-reporter-destination=stdout', row.file]
  const { out, err, ok, status } = await run(node, args, limit, { env })
  const lines = out.split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line))
  for (const { note } of lines) if (note) process.stdout.write(`${row.name}: ${note}\n`)
  const found = lines.filter(({ name }) => name)
  if (!ok && found.every(({ passed }) => passed)) found.push({ name: 'end', passed: false, why: `ended with ${status}\n${err.slice(-2_000)}` })
  return found
}

const mark = ({ passed, skipped }) => (skipped ? 'skip' : passed ? 'ok' : 'FAIL')

/** Rows by tests; tests that few rows have are counted together, and all of them where a table would be too wide. */
function matrix(what, rows) {
  const names = [...new Set(rows.flatMap((row) => row.results.map(({ name }) => name)))]
  const shared = names.filter((name) => rows.filter((row) => row.results.some((one) => one.name === name)).length > Math.max(1, rows.length / 4))
  const columns = shared.join('').length > WIDEST ? [] : shared
  const width = Math.max(what.length, ...rows.map(({ name }) => name.length))
  const line = (cells, first) => `${first.padEnd(width)}  ${cells.map((cell, at) => cell.padEnd(at < columns.length ? columns[at].length : 0)).join('  ')}`.trimEnd()
  const lines = rows.map((row) => {
    if (row.why) return `${row.name.padEnd(width)}  skipped: ${row.why}`
    const cells = columns.map((column) => {
      const found = row.results.find((one) => one.name === column)
      return found ? mark(found) : '-'
    })
    const others = row.results.filter((one) => !columns.includes(one.name))
    const passed = others.filter((one) => one.passed).length
    return line([...cells, others.length > 0 ? `${passed} of ${others.length}` : ''], row.name)
  })
  return [line([...columns, columns.length > 0 ? 'others' : 'passed'], what), ...lines].join('\n')
}

/** What every row came to, said: the table, and the counts. */
function conclude(what, rows) {
  const ran = rows.filter(({ why }) => !why)
  const all = ran.flatMap((row) => row.results)
  const failed = all.filter(({ passed }) => !passed).length
  process.stdout.write(`${matrix(what, rows)}\n`)
  if (ran.length === 0) process.stdout.write(`no ${what} could be installed: is there a registry?\n`)
  process.stdout.write(`${ran.length} of ${rows.length} ${what}s, ${all.length} scenarios, ${failed} failed\n`)
  process.exitCode = failed > 0 ? 1 : 0
}

/** The flags as given; `more` are those that only one table knows. */
export function flags(more = {}) {
  return parseArgs({ options: { ...FLAGS, ...more } }).values
}

/**
 * Runs a table, prints it, and sets the exit code: 1 if anything failed, 0 and a word about it without a registry.
 *
 * @param {string} what a row is called
 * @param {Row[]} table
 * @param {ReturnType<typeof flags>} options
 * @param {number} limit how long the tests of one row may take, in milliseconds
 */
export async function sideBySide(what, table, options, limit) {
  const deadline = Date.now() + Number(options.seconds) * 1_000
  const left = () => deadline - Date.now()
  const base = options.keep ?? mkdtempSync(join(tmpdir(), `headroom-${what}s-`))
  const chosen = table.filter(({ name, quick }) => name.includes(options.only) && (quick || !options.quick))
  const rows = new Map(chosen.map((row) => [row.name, { name: row.name, results: [], why: 'no time left' }]))
  const version = Number((await run(options.node, ['-p', 'process.versions.node'], 10_000)).out.split('.')[0])
  const runnable = chosen.filter(({ name, node = 0 }) => node <= version || !(rows.get(name).why = `needs Node ${node}`))
  const waiting = [...new Set(runnable.map(({ set }) => set))].map((set) => runnable.filter((row) => row.set === set))

  async function runSet(members) {
    const { folder, why } = await install(members[0], base, left)
    for (const row of members) {
      if (left() < 5_000) return
      const found = why ? [] : await results(row, folder, options.node, Math.min(limit, left()))
      rows.set(row.name, { name: row.name, results: found, why: why && `not installed: ${why}` })
      for (const { name, why: cause } of found.filter(({ passed }) => !passed)) {
        process.stdout.write(`FAIL ${row.name}: ${name}\n${cause.replaceAll(/^/gm, '  ')}\n`)
      }
    }
  }

  // Two at a time: while one waits for the registry the other has the processor.
  const worker = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) await runSet(next)
  }
  await Promise.all([worker(), worker()])
  if (options.keep === undefined) rmSync(base, { recursive: true, force: true })
  conclude(what, [...rows.values()])
}

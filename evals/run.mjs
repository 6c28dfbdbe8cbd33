/**
 * Evaluates compression on conversations with ground truth, and checks the laws on every one.
 *
 *   npm run eval -- [--corpora DIR] [--lossless] [--ccr] [--kind KIND] [--case PREFIX] [--sessions] [--no-times] [--json]
 *   npm run eval -- --code DIR [--code DIR]
 *   npm run eval -- --prose [--corpora DIR]
 *
 * Without --corpora it runs on evals/corpus; without a mode it is lossless; with both modes it runs twice.
 * --sessions replays every conversation turn by turn instead. With --code it runs on source trees instead, every file as the output of one tool,
 * with --prose on made-up documents and the prose among the cases, at a wanted size.
 * Status 1: a law is broken, or with --ccr a fact neither stands in the text nor comes back.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

import { fail } from '../scripts/failure.mjs'
import { loadCases } from './cases.mjs'
import { evaluateCode } from './code.mjs'
import { MODEL, evaluate } from './evaluate.mjs'
import { durable } from './originals.mjs'
import { evaluateProse } from './prose.mjs'
import { apiFigure, faults, table, totalsBy } from './report.mjs'
import { isSession, replay, sessionGroups, sessionTable } from './sessions.mjs'

const OPTIONS = /** @type {const} */ ({
  corpora: { type: 'string', default: fileURLToPath(new URL('corpus', import.meta.url)) },
  lossless: { type: 'boolean', default: false },
  ccr: { type: 'boolean', default: false },
  code: { type: 'string', multiple: true },
  prose: { type: 'boolean', default: false },
  kind: { type: 'string' },
  case: { type: 'string' },
  sessions: { type: 'boolean', default: false },
  'no-times': { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
})

/** The options as written. */
function read() {
  try {
    return parseArgs({ options: OPTIONS }).values
  } catch (error) {
    return fail('cannot read the options', { cause: String(error), hint: `Known: --${Object.keys(OPTIONS).join(', --')}.` })
  }
}

/**
 * Replays all conversations in every mode and prints what they cost.
 *
 * @param {ReturnType<typeof loadCases>} cases
 * @param {readonly boolean[]} modes
 * @param {boolean} json
 * @returns {Promise<number>} breaches
 */
async function runSessions(cases, modes, json) {
  const runs = []
  for (const ccr of modes) {
    const sessions = []
    for (const { content } of cases) {
      if (isSession(content)) sessions.push(await replay(content, { ccr, store: 'memory' }))
    }
    runs.push({ mode: ccr ? 'ccr' : 'lossless', sessions, groups: sessionGroups(sessions) })
    if (!json) process.stdout.write(`${sessionTable(sessions, ccr)}\n`)
  }
  if (json) process.stdout.write(`${JSON.stringify({ model: MODEL, node: process.version, runs }, null, 1)}\n`)
  return runs.flatMap(({ sessions }) => sessions.flatMap(({ breaches }) => breaches)).length
}

/**
 * Runs all cases in one mode. Originals go into a store of their own.
 *
 * @param {ReturnType<typeof loadCases>} cases
 * @param {boolean} ccr
 * @param {boolean} times
 */
async function runMode(cases, ccr, times) {
  const folder = mkdtempSync(join(tmpdir(), 'headroom-eval-'))
  const store = join(folder, 'originals.db')
  /** @type {Map<string, string>} */
  const shown = new Map()
  const outcomes = []
  for (const source of cases) {
    if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${source.content.name}`)
    outcomes.push(await evaluate(source, { ccr, store, times, shown }))
  }
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K')
  const breaches = shown.size > 0 ? durable(shown, store) : []
  rmSync(folder, { recursive: true, force: true })
  return { ccr, outcomes, breaches }
}

/** Runs on source trees and ends. @param {readonly string[]} folders */
async function runCode(folders) {
  const folder = mkdtempSync(join(tmpdir(), 'headroom-eval-'))
  const outcome = await evaluateCode(folders, join(folder, 'originals.db'))
  rmSync(folder, { recursive: true, force: true })
  process.stdout.write(outcome.text)
  process.exit(outcome.faults.length > 0 ? 1 : 0)
}

const options = read()
if (options.code) await runCode(options.code)
const cases = loadCases(options.corpora, { kind: options.kind, prefix: options.case })
if (options.prose) {
  process.stdout.write(await evaluateProse(cases))
  process.exit(0)
}
const modes = [...(options.lossless || !options.ccr ? [false] : []), ...(options.ccr ? [true] : [])]
if (options.sessions) {
  const breaches = await runSessions(cases, modes, options.json)
  if (breaches > 0) process.exitCode = 1
} else {
  await runCases()
}

/** Evaluates every case in every mode and prints the tables. */
async function runCases() {
  const runs = []
  for (const ccr of modes) {
    const run = await runMode(cases, ccr, !options['no-times'])
    runs.push(run)
    if (options.json) continue
    process.stdout.write(`${table(run.outcomes, ccr)}${run.breaches.map(({ law, message }) => `! ${law}: ${message}\n`).join('')}\n`)
  }
  if (options.json) {
    const data = runs.map(({ ccr, outcomes, breaches }) => ({
      mode: ccr ? 'ccr' : 'lossless',
      cases: outcomes,
      groups: totalsBy(outcomes, 'group'),
      kinds: totalsBy(outcomes, 'kind'),
      api: apiFigure(outcomes),
      breaches,
    }))
    process.stdout.write(`${JSON.stringify({ model: MODEL, node: process.version, runs: data }, null, 1)}\n`)
  }
  const wrong = runs.flatMap(({ ccr, outcomes, breaches }) => [...breaches, ...outcomes.flatMap((outcome) => faults(outcome, ccr))])
  if (wrong.length > 0) {
    process.stderr.write(`${wrong.length} faults; the lines marked ! say where\n`)
    process.exitCode = 1
  }
}

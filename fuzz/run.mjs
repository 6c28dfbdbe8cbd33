/**
 * Builds the fuzz targets and runs each for a bounded time.
 *
 *   node fuzz/run.mjs [--seconds 30] [--target NAME]... [--jobs 1] [--seed 0] [--runs N]
 *
 * It needs Rust (stable), a C++ compiler and the built package (`npm install`), nothing else: coverage
 * instrumentation is asked for with flags stable rustc has, as cargo-fuzz does without a sanitizer. A
 * finding ends it with status 1, prints libFuzzer's report and leaves the input in fuzz/artifacts/.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

import { fail } from '../scripts/failure.mjs'
import { writeSeeds } from './seeds.mjs'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const FUZZ = fileURLToPath(new URL('.', import.meta.url))
const MANIFEST = `${FUZZ}Cargo.toml`

/** Longest input per target, in bytes. @type {Record<string, number>} */
const TARGETS = {
  json_parse: 4096,
  format: 4096,
  outline_round_trip: 4096,
  outline_decode: 4096,
  pipeline: 8192,
  log_round_trip: 4096,
  log_decode: 4096,
  prose: 4096,
  code: 4096,
  config: 4096,
  kompress: 4096,
  history_round_trip: 4096,
  paths_round_trip: 4096,
  search_round_trip: 4096,
  sheet_round_trip: 4096,
  diff_pieces: 4096,
  html: 4096,
  xml: 4096,
  mixed_round_trip: 4096,
  retrieve: 1024,
  tokens: 4096,
  wire: 4096,
  answers: 4096,
}

/** Words for mutations, where those of JSON and of outlines are not the ones that matter. @type {Record<string, string>} */
const DICTIONARIES = { code: 'code.dict', config: 'config.dict' }

/** What cargo-fuzz passes for `--sanitizer none`. */
const INSTRUMENTATION = [
  '--cfg fuzzing',
  '-Cpasses=sancov-module',
  '-Cllvm-args=-sanitizer-coverage-level=4',
  '-Cllvm-args=-sanitizer-coverage-inline-8bit-counters',
  '-Cllvm-args=-sanitizer-coverage-pc-table',
  '-Cllvm-args=-sanitizer-coverage-trace-compares',
].join(' ')

/**
 * Runs a program in the project's root; ends this process when it cannot be started. What is not piped goes
 * to the terminal.
 *
 * @param {string} program
 * @param {string[]} args
 * @param {import('node:child_process').SpawnSyncOptions} [options]
 * @returns {{ status: number | null, stdout: string, stderr: string }}
 */
function run(program, args, options = {}) {
  const result = spawnSync(program, args, { cwd: ROOT, stdio: 'inherit', maxBuffer: 1 << 28, ...options, encoding: 'utf8' })
  if (result.error) fail(`\`${program}\` does not run`, { cause: result.error.message, hint: 'Is it installed?' })
  return result
}

function hostTriple() {
  const { stdout } = run('rustc', ['-vV'], { stdio: ['ignore', 'pipe', 'inherit'] })
  return /^host: (.+)$/m.exec(stdout)?.[1] ?? fail('rustc does not say what machine this is')
}

/** Builds everything and returns the folder of the programs. @param {string} triple */
function build(triple) {
  const env = { ...process.env, RUSTFLAGS: INSTRUMENTATION, CARGO_TARGET_DIR: process.env.CARGO_TARGET_DIR ?? `${FUZZ}target` }
  const args = ['build', '--quiet', '--release', '--manifest-path', MANIFEST, '--target', triple]
  for (const target of Object.keys(TARGETS)) args.push('--bin', target)
  if (run('cargo', args, { env }).status !== 0) fail('the fuzz targets do not build', { hint: 'Cargo says why, above; libFuzzer needs a C++ compiler.' })
  return `${env.CARGO_TARGET_DIR}/${triple}/release`
}

/**
 * Fuzzes one target; true when nothing was found.
 *
 * @param {string} folder
 * @param {string} target
 * @param {{ seconds: number, jobs: number, seed: number, runs: number }} limits
 */
function fuzz(folder, target, { seconds, jobs, seed, runs }) {
  const corpus = `${FUZZ}corpus/${target}`
  const artifacts = `${FUZZ}artifacts/${target}/`
  mkdirSync(corpus, { recursive: true })
  mkdirSync(artifacts, { recursive: true })
  const args = [
    corpus,
    `-max_total_time=${seconds}`,
    `-seed=${seed}`,
    `-runs=${runs}`,
    `-max_len=${TARGETS[target]}`,
    `-artifact_prefix=${artifacts}`,
    `-dict=${FUZZ}${DICTIONARIES[target] ?? 'outline.dict'}`,
    '-timeout=10',
    '-rss_limit_mb=2048',
    '-print_final_stats=1',
    '-verbosity=0',
    ...(jobs > 1 ? [`-fork=${jobs}`] : []),
  ]
  process.stdout.write(`fuzz ${target}, ${seconds} s\n`)
  const { status, stderr } = run(`${folder}/${target}`, args, { stdio: ['ignore', 'inherit', 'pipe'] })
  const done = /stat::number_of_executed_units:\s*(\d+)/.exec(stderr)?.[1] ?? 'unknown'
  process.stdout.write(`fuzz ${target}: ${status === 0 ? 'nothing found' : 'FOUND SOMETHING'} in ${done} runs\n`)
  if (status !== 0) process.stderr.write(`${stderr}\nreplay: ${folder}/${target} ${artifacts}<file>\n`)
  return status === 0
}

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '30' },
    target: { type: 'string', multiple: true, default: Object.keys(TARGETS) },
    jobs: { type: 'string', default: '1' },
    seed: { type: 'string', default: '0' },
    runs: { type: 'string', default: '-1' },
  },
})
const unknown = options.target.find((target) => !Object.hasOwn(TARGETS, target))
if (unknown) fail(`no fuzz target ${unknown}`, { hint: `There are ${Object.keys(TARGETS).join(', ')}.` })
process.stdout.write(`${writeSeeds(`${FUZZ}corpus/`)} seeds\n`)
const folder = build(hostTriple())
const limits = { seconds: Number(options.seconds), jobs: Number(options.jobs), seed: Number(options.seed), runs: Number(options.runs) }
const clean = options.target.map((target) => fuzz(folder, target, limits))
process.exitCode = clean.every(Boolean) ? 0 : 1

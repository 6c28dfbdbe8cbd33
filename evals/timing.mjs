/** Milliseconds: warm, and for the first call of a fresh process. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** How often a warm call is repeated, and for how long at most. */
const REPEATS = { least: 3, most: 25, milliseconds: 300 }

/** The middle of some numbers. @param {readonly number[]} numbers @returns {number} */
export function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

/** The median time of a call that has run before. @param {() => Promise<unknown>} call @returns {Promise<number>} */
export async function warm(call) {
  const times = []
  const deadline = performance.now() + REPEATS.milliseconds
  while (times.length < REPEATS.least || (times.length < REPEATS.most && performance.now() < deadline)) {
    const started = performance.now()
    await call()
    times.push(performance.now() - started)
  }
  return median(times)
}

/**
 * The first call in a fresh process, addon load included and the start of Node excluded.
 *
 * @param {string} file a case
 * @param {object} options options of `compress`
 * @returns {{ milliseconds: number, digest: string }}
 */
export function firstCall(file, options) {
  const script = fileURLToPath(new URL('first-call.mjs', import.meta.url))
  const child = spawnSync(process.execPath, [script, file, JSON.stringify(options)], { encoding: 'utf8' })
  if (child.status !== 0) throw new Error(`the first call failed in a fresh process: ${child.stderr}`)
  return JSON.parse(child.stdout)
}

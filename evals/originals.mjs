/** Originals: reading them back as a user of the package would, here and in another process. */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { fileURLToPath } from 'node:url'

import { retrieve } from 'headroom'

import { refsIn } from './laws.mjs'

/** @typedef {import('./laws.mjs').Breach} Breach */

/** A page that holds any original whole. */
const WHOLE = 1_000_000_000

/** The whole original of a ref, or null when there is none. @param {string} ref @param {string} store */
export async function original(ref, store) {
  const page = await retrieve(ref, { maxTokens: WHOLE }, { store })
  return page.found ? page.text : null
}

/** @param {string} text @returns {string} */
export function digest(text) {
  return createHash('sha256').update(text).digest('hex')
}

/**
 * Laws 3 and 4: every ref a text names gives back the text it stands for, byte for byte.
 *
 * @param {string} before
 * @param {string} after
 * @param {string} store
 * @returns {Promise<Breach[]>}
 */
export async function comesBack(before, after, store) {
  /** @type {Breach[]} */
  const breaches = []
  for (const ref of after === before ? [] : refsIn(after)) {
    const text = await original(ref, store)
    if (text === null) breaches.push({ law: 'law 4', message: `${ref} is shown and not stored` })
    else if (text !== before) breaches.push({ law: 'law 3', message: `${ref} gives something else back` })
  }
  return breaches
}

/**
 * Law 4: what was shown can be read by another process.
 *
 * @param {ReadonlyMap<string, string>} digests refs and the digests of their originals
 * @param {string} store
 * @returns {Breach[]}
 */
export function durable(digests, store) {
  const script = fileURLToPath(new URL('read-back.mjs', import.meta.url))
  const input = JSON.stringify({ store, refs: [...digests.keys()] })
  const { stdout, stderr, status } = spawnSync(process.execPath, [script], { input, encoding: 'utf8', maxBuffer: 1 << 28 })
  if (status !== 0) return [{ law: 'law 4', message: `another process cannot read the originals: ${stderr.trim()}` }]
  const found = new Map(Object.entries(/** @type {Record<string, string | null>} */ (JSON.parse(stdout))))
  const lost = [...digests].filter(([ref, expected]) => found.get(ref) !== expected)
  return lost.map(([ref]) => ({ law: 'law 4', message: `another process does not find ${ref}` }))
}

/** One case, one mode: compress, count, time, and check what must hold. */
import { compress, countTokens } from 'headroom'

import { groupOf, textsOf } from './cases.mjs'
import { countFacts } from './facts.mjs'
import { blocks, causal, frozen, refsIn, restored, untouched } from './laws.mjs'
import { comesBack, digest, original } from './originals.mjs'
import { firstCall, warm } from './timing.mjs'

/** @typedef {import('./cases.mjs').Case} Case */
/** @typedef {import('./cases.mjs').Message} Message */
/** @typedef {import('./facts.mjs').FactCount} FactCount */
/** @typedef {import('./laws.mjs').Breach} Breach */

/** The model whose exact vocabulary (o200k) counts. */
export const MODEL = 'gpt-4o'

/**
 * `before` and `after` count the texts of all messages. `json` counts the tool outputs that are JSON alone:
 * as they came, as `JSON.stringify` writes them without spaces, and as they are sent now.
 *
 * @typedef {object} Outcome
 * @property {string} name
 * @property {string} kind
 * @property {string} group
 * @property {number} before
 * @property {number} after
 * @property {{ received: number, compact: number, after: number }} json
 * @property {FactCount} facts
 * @property {number | null} warm milliseconds, median of repeated calls
 * @property {number | null} first milliseconds of the first call in a fresh process
 * @property {Breach[]} breaches
 */

/** Tokens of some texts. @param {readonly string[]} texts */
function count(texts) {
  return texts.reduce((sum, text) => sum + countTokens(text, MODEL).tokens, 0)
}

/** A text without spaces, or null when it is not a JSON object or array. @param {string} text */
function stringified(text) {
  try {
    const value = /** @type {unknown} */ (JSON.parse(text))
    return typeof value === 'object' && value !== null ? JSON.stringify(value) : null
  } catch {
    return null
  }
}

/** Tokens of the tool outputs that are JSON. @param {readonly Message[]} before @param {readonly Message[]} after */
function countJson(before, after) {
  const sum = { received: 0, compact: 0, after: 0 }
  for (const [index, message] of before.entries()) {
    if (message.role !== 'tool') continue
    for (const [at, text] of textsOf(message).entries()) {
      const compact = stringified(text)
      if (compact === null) continue
      sum.received += count([text])
      sum.compact += count([compact])
      sum.after += count([textsOf(after[index])[at] ?? ''])
    }
  }
  return sum
}

/**
 * What the refs in a message give back, or its decoded texts.
 *
 * @param {readonly Message[]} messages
 * @param {number} at
 * @param {string} store
 */
async function recovered(messages, at, store) {
  const parts = []
  const above = messages.slice(0, at).flatMap((message) => (message.role === 'tool' ? textsOf(message) : []))
  for (const text of textsOf(messages[at])) {
    const refs = refsIn(text)
    if (refs.length === 0) parts.push(restored(text, above))
    for (const ref of refs) parts.push((await original(ref, store)) ?? '')
  }
  return parts.join('\n')
}

/**
 * Evaluates a case.
 *
 * @param {{ file: string, content: Case }} source
 * @param {{ ccr: boolean, store: string, times: boolean, shown: Map<string, string> }} setting refs shown are
 *   added to `shown` with the digest of what they stand for
 * @returns {Promise<Outcome>}
 */
export async function evaluate({ file, content }, { ccr, store, times, shown }) {
  const options = { model: MODEL, ccr, store }
  const messages = frozen(content.messages)
  const call = (/** @type {readonly Message[]} */ part) => compress(part, options)
  const result = await call(messages)

  const breaches = [...untouched(messages, result), ...blocks(messages, result, { ccr, model: MODEL })]
  breaches.push(...(await causal(messages, result, call)))
  for (const [index, message] of messages.entries()) {
    for (const [at, before] of textsOf(message).entries()) {
      const after = textsOf(result.messages[index])[at] ?? ''
      breaches.push(...(await comesBack(before, after, store)))
      if (after !== before) for (const ref of refsIn(after)) shown.set(ref, digest(before))
    }
  }
  const first = times ? firstCall(file, options) : null
  if (first !== null && first.digest !== digest(JSON.stringify(result.messages))) {
    breaches.push({ law: 'law 1', message: 'another process gives another result' })
  }
  return {
    name: content.name,
    kind: content.kind,
    group: groupOf(content.name),
    before: count(messages.flatMap(textsOf)),
    after: count(result.messages.flatMap(textsOf)),
    json: countJson(messages, result.messages),
    facts: await countFacts(content, result.messages, (at) => recovered(result.messages, at, store)),
    warm: times ? await warm(() => call(messages)) : null,
    first: first?.milliseconds ?? null,
    breaches,
  }
}

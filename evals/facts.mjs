/** Ground truth: is what the next step needs still there, and if not, does it come back? */
import { textsOf } from './cases.mjs'

/** @typedef {import('./cases.mjs').Case} Case */
/** @typedef {import('./cases.mjs').Message} Message */

/**
 * How many facts a case has, how many stand in the compressed messages, how many can be had back besides
 * (`retrieve`, or `decode` for lossless texts), and the needs that are lost. Facts that the messages never
 * held are the corpus' mistake and are left out.
 * @typedef {{ total: number, inline: number, recoverable: number, lost: string[], unsound: string[] }} FactCount
 */

/** True when a text holds `need`, literally or as JSON escapes it. @param {string} text @param {string} need */
function holds(text, need) {
  return text.includes(need) || text.includes(JSON.stringify(need).slice(1, -1))
}

/**
 * Counts the facts of a case.
 *
 * @param {Case} content
 * @param {readonly Message[]} compressed
 * @param {(at: number) => Promise<string>} recover what the refs in message `at` give back, or its decoded text
 * @returns {Promise<FactCount>}
 */
export async function countFacts(content, compressed, recover) {
  /** @type {FactCount} */
  const count = { total: 0, inline: 0, recoverable: 0, lost: [], unsound: [] }
  for (const { at, need } of content.facts) {
    const [before, after] = [content.messages[at], compressed[at]].map((message) => textsOf(message).join('\n'))
    if (!need.every((text) => holds(before ?? '', text))) {
      count.unsound.push(...need)
      continue
    }
    count.total += 1
    if (need.every((text) => holds(after ?? '', text))) {
      count.inline += 1
      continue
    }
    const recovered = `${after}\n${await recover(at)}`
    if (need.every((text) => holds(recovered, text))) count.recoverable += 1
    else count.lost.push(...need)
  }
  return count
}

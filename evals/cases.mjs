/** Cases: conversations in the OpenAI chat shape with ground truth, one JSON file each. */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

import { fail } from '../scripts/failure.mjs'

/**
 * A message. Only its role and its texts are looked at.
 * @typedef {{ role: string, content?: string | null | readonly { text?: string }[], [field: string]: unknown }} Message
 */

/**
 * What must survive: every string of `need` in message `at`.
 * @typedef {{ at: number, need: string[] }} Fact
 */

/** @typedef {{ name: string, kind: string, messages: Message[], facts: Fact[] }} Case */

/** The texts of a message, in order. @param {Message | undefined} message @returns {string[]} */
export function textsOf(message) {
  const content = message?.content
  if (typeof content === 'string') return [content]
  return (content ?? []).flatMap((part) => (typeof part.text === 'string' ? [part.text] : []))
}

/** The group of a case: its name up to the first `_` or digit. @param {string} name @returns {string} */
export function groupOf(name) {
  return /^[^_\d]+/.exec(name)?.[0] ?? name
}

/** True when a value has the shape of a case. @param {unknown} value @returns {value is Case} */
function isCase(value) {
  if (typeof value !== 'object' || value === null) return false
  const { name, kind, messages, facts } = /** @type {Partial<Case>} */ (value)
  return typeof name === 'string' && typeof kind === 'string' && Array.isArray(messages) && Array.isArray(facts)
}

/** Reads one case. @param {string} file @returns {Case} */
export function readCase(file) {
  const value = /** @type {unknown} */ (JSON.parse(readFileSync(file, 'utf8')))
  if (isCase(value)) return value
  return fail('not an eval case', { cause: file, hint: 'A case has name, kind, messages and facts.' })
}

/**
 * The cases of a folder by name, those of one kind or with names that start so.
 *
 * @param {string} folder
 * @param {{ kind?: string | undefined, prefix?: string | undefined }} [filter]
 * @returns {{ file: string, content: Case }[]}
 */
export function loadCases(folder, { kind, prefix = '' } = {}) {
  let names
  try {
    names = readdirSync(folder).filter((name) => name.endsWith('.json') && name.startsWith(prefix))
  } catch (error) {
    return fail('cannot read the corpus', { cause: String(error), hint: '--corpora takes a folder of case files.' })
  }
  const cases = names.toSorted().map((name) => {
    const file = join(folder, name)
    return { file, content: readCase(file) }
  })
  const wanted = cases.filter(({ content }) => kind === undefined || content.kind === kind)
  if (wanted.length > 0) return wanted
  return fail('no case to evaluate', { cause: `${folder} has none that fits`, hint: 'Check --kind and --case.' })
}

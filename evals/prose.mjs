/**
 * Prose at a wanted size: how many answers are inline at a tenth of the text, and how much of what is asked for
 * of a transcript at three tenths, beside sentences and turns ranked by plain BM25.
 */
import { compress, countTokens } from 'headroom'

import { article } from './articles.mjs'
import { textsOf } from './cases.mjs'
import { MODEL } from './evaluate.mjs'
import { median } from './timing.mjs'

/** @typedef {import('./cases.mjs').Case} Case */

/** A text, a question, and what should be shown of it. @typedef {{ text: string, question: string, needs: readonly string[] }} Sample */

const [DOCUMENTS, RATIO, TRANSCRIPT_RATIO] = [400, 0.1, 0.3]

/** @param {string} text @returns {string[]} */
const wordsOf = (text) => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []

/** The BM25 score of every unit, with the usual constants. @param {readonly string[]} units @param {string} question */
function scores(units, question) {
  const [k1, b] = [1.2, 0.75]
  const read = units.map(wordsOf)
  const average = read.reduce((sum, words) => sum + words.length, 0) / units.length
  const terms = [...new Set(wordsOf(question))].map((term) => ({ term, holders: read.filter((words) => words.includes(term)).length }))
  return read.map((words) =>
    terms.reduce((sum, { term, holders }) => {
      const count = words.filter((word) => word === term).length
      const rarity = Math.log(1 + (units.length - holders + 0.5) / (holders + 0.5))
      return sum + (rarity * count * (k1 + 1)) / (count + k1 * (1 - b + (b * words.length) / average))
    }, 0),
  )
}

/** What plain BM25 shows: the best units up to the size nearest to the wanted. @param {Sample} sample @param {number} ratio @param {RegExp} border */
function ranked({ text, question }, ratio, border) {
  const units = text.split(border).filter((unit) => unit.trim() !== '')
  const of = scores(units, question)
  const order = units.map((_, at) => at).toSorted((one, other) => (of[other] ?? 0) - (of[one] ?? 0) || one - other)
  const shown = []
  let size = 0
  for (const at of order) {
    const unit = units[at] ?? ''
    if (shown.length > 0 && size + unit.length / 2 > ratio * text.length) break
    size += unit.length
    shown.push(unit)
  }
  return shown.join('\n')
}

/** What we show, and how long it took. @param {Sample} sample @param {number} targetRatio */
async function ours({ text, question }, targetRatio) {
  const call = { id: 'call_1', type: 'function', function: { name: 'fetch_page', arguments: '{}' } }
  const messages = [
    { role: 'user', content: question },
    { role: 'assistant', content: null, tool_calls: [call] },
    { role: 'tool', tool_call_id: 'call_1', content: text },
  ]
  const started = performance.now()
  const result = await compress(messages, { model: MODEL, ccr: true, store: 'memory', targetRatio })
  const milliseconds = performance.now() - started
  return { shown: String(result.messages[2]?.content), milliseconds }
}

/** The share of the needs that stand in a text. @param {Sample} sample @param {string} shown */
const held = ({ needs }, shown) => needs.filter((need) => shown.includes(need)).length / needs.length

/**
 * Transcripts: the turns from the first that is labelled to the last are what is asked for.
 *
 * @param {Sample} sample
 * @returns {Sample}
 */
function stretch({ text, question, needs }) {
  const lines = text.split('\n')
  const labelled = needs.map((need) => lines.findIndex((line) => line.includes(need)))
  const turns = lines.slice(Math.min(...labelled), Math.max(...labelled) + 1)
  return { text, question, needs: turns.filter((turn) => wordsOf(turn).length > 4) }
}

/** The share of the tokens of some turns that stands in a text. @param {Sample} sample @param {string} shown */
function heldTokens({ needs }, shown) {
  const tokens = (/** @type {readonly string[]} */ texts) => countTokens(texts.join('\n'), MODEL).tokens
  const body = (/** @type {string} */ turn) => turn.slice(turn.indexOf(':') + 1).trim()
  return tokens(needs.filter((need) => shown.includes(body(need)))) / tokens(needs)
}

/** Samples in the cases of a corpus whose names start so. @param {readonly { content: Case }[]} cases @param {RegExp} named @returns {Sample[]} */
function samples(cases, named) {
  return cases.flatMap(({ content: { name, messages, facts } }) => {
    const at = facts[0]?.at
    const question = messages.findLast(({ role }) => role === 'user')
    if (!named.test(name) || at === undefined || question === undefined) return []
    const [text = ''] = textsOf(messages[at])
    return text.trimStart().startsWith('[') ? [] : [{ text, question: textsOf(question).join('\n'), needs: facts.flatMap(({ need }) => need) }]
  })
}

/**
 * One row of the table.
 *
 * @param {string} name
 * @param {readonly Sample[]} all
 * @param {{ ratio: number, border: RegExp, of: (sample: Sample, shown: string) => number }} how
 */
async function row(name, all, { ratio, border, of }) {
  let [plain, own, before, after] = [0, 0, 0, 0]
  const times = []
  for (const sample of all) {
    plain += of(sample, ranked(sample, ratio, border))
    const { shown, milliseconds } = await ours(sample, ratio)
    own += of(sample, shown)
    before += countTokens(sample.text, MODEL).tokens
    after += countTokens(shown, MODEL).tokens
    times.push(milliseconds)
  }
  const percent = (/** @type {number} */ part) => `${(100 * part).toFixed(1)}%`
  const cells = [all.length, percent(ratio), percent(plain / all.length), percent(own / all.length), percent(after / before), median(times).toFixed(2)]
  return `${name.padEnd(24)}${cells.map((cell) => String(cell).padStart(10)).join('')}`
}

/** The table for made-up documents and for the prose and transcripts among some cases. @param {readonly { content: Case }[]} cases */
export async function evaluateProse(cases) {
  const made = Array.from({ length: DOCUMENTS }, (_, seed) => article(seed))
  const documents = made.map(({ text, question, answer }) => ({ text, question, needs: [answer] }))
  const heads = ['texts', 'wanted', 'bm25', 'ours', 'tokens', 'ms']
  const lines = ['prose at a wanted size: answers inline, of transcripts the share of what is asked for; tokens with marks', `${''.padEnd(24)}${heads.map((head) => head.padStart(10)).join('')}`]
  const answers = { ratio: RATIO, border: /(?<=[.!?]["')\]]*)\s+(?=\S)/u, of: held }
  lines.push(await row('made up', documents, answers))
  const prose = samples(cases, /^(prose|rag)/)
  if (prose.length > 0) lines.push(await row('prose', prose, answers))
  const meetings = samples(cases, /^meeting/).map(stretch)
  if (meetings.length > 0) lines.push(await row('meetings', meetings, { ratio: TRANSCRIPT_RATIO, border: /\n/u, of: heldTokens }))
  return `${lines.join('\n')}\n`
}

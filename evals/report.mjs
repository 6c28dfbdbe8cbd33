/** Outcomes as a table a terminal of 100 columns holds, and as data. */
import { median } from './timing.mjs'

/** @typedef {import('./evaluate.mjs').Outcome} Outcome */

/** Outcomes of several cases taken together: sums, and the median of times. @typedef {ReturnType<typeof total>} Total */

const WIDTHS = [28, 8, 8, 7, 8, 7, 8, 8, 8, 8]
const HEADS = ['case', 'before', 'after', 'saved', 'compact', 'vs it', 'inline', 'back', 'warm ms', '1st ms']

/** Adds outcomes up. @param {string} name @param {readonly Outcome[]} outcomes */
export function total(name, outcomes) {
  const sum = (/** @type {(outcome: Outcome) => number} */ of) => outcomes.reduce((all, outcome) => all + of(outcome), 0)
  const times = (/** @type {(outcome: Outcome) => number | null} */ of) => {
    const known = outcomes.flatMap((outcome) => of(outcome) ?? [])
    return known.length > 0 ? median(known) : null
  }
  return {
    name,
    cases: outcomes.length,
    before: sum(({ before }) => before),
    after: sum(({ after }) => after),
    json: {
      received: sum(({ json }) => json.received),
      compact: sum(({ json }) => json.compact),
      after: sum(({ json }) => json.after),
    },
    facts: {
      total: sum(({ facts }) => facts.total),
      inline: sum(({ facts }) => facts.inline),
      recoverable: sum(({ facts }) => facts.recoverable),
    },
    warm: times(({ warm }) => warm),
    first: times(({ first }) => first),
  }
}

/** Outcomes by a property of theirs, in order of first appearance. @param {readonly Outcome[]} outcomes @param {'kind' | 'group'} property */
export function totalsBy(outcomes, property) {
  const names = [...new Set(outcomes.map((outcome) => outcome[property]))]
  return names.map((name) => total(name, outcomes.filter((outcome) => outcome[property] === name)))
}

/** How much smaller in percent; negative when larger. @param {number} before @param {number} after */
export function saved(before, after) {
  return before === 0 ? 0 : (1 - after / before) * 100
}

/** @param {number} value */
function percent(value) {
  return `${value.toFixed(1)}%`
}

/** @param {number | null} milliseconds */
function time(milliseconds) {
  if (milliseconds === null) return '-'
  return milliseconds < 100 ? milliseconds.toFixed(1) : milliseconds.toFixed(0)
}

/** One line: the first cell to the left, the others to the right. @param {readonly string[]} cells */
function line(cells) {
  const padded = cells.map((cell, index) => {
    const width = WIDTHS[index] ?? 0
    if (index > 0) return cell.padStart(width)
    return (cell.length > width ? `${cell.slice(0, width - 1)}…` : cell).padEnd(width)
  })
  return padded.join('').trimEnd()
}

/** @param {Outcome | Total} row @param {string} [name] */
function rowOf(row, name = row.name) {
  const { before, after, json, facts } = row
  const compact = json.compact > 0
  return line([
    name,
    String(before),
    String(after),
    percent(saved(before, after)),
    compact ? String(json.compact) : '-',
    compact ? percent(saved(json.compact, json.after)) : '-',
    facts.total > 0 ? `${facts.inline}/${facts.total}` : '-',
    facts.total > 0 ? `${facts.inline + facts.recoverable}/${facts.total}` : '-',
    time(row.warm),
    time(row.first),
  ])
}

/**
 * The figure of lossless JSON against `JSON.stringify`: all `api_*` and `webhook_*` cases, in total and for
 * the case that gains least.
 *
 * @param {readonly Outcome[]} outcomes
 */
export function apiFigure(outcomes) {
  const cases = outcomes.filter(({ group, json }) => (group === 'api' || group === 'webhook') && json.compact > 0)
  const gains = cases.map(({ name, json }) => ({ name, saved: saved(json.compact, json.after) }))
  const worst = gains.toSorted((a, b) => a.saved - b.saved)[0]
  const all = total('api_* and webhook_*', cases)
  return { ...all, saved: saved(all.before, all.after), savedToCompact: saved(all.json.compact, all.json.after), worst: worst ?? null }
}

/** The closing lines about a mode. @param {readonly Outcome[]} outcomes @returns {string[]} */
function figures(outcomes) {
  const api = apiFigure(outcomes)
  if (api.worst === null) return []
  const { inline, total: facts } = api.facts
  return [
    `api_* and webhook_* (${api.cases} cases): ${percent(api.saved)} saved as received,`,
    `  ${percent(api.savedToCompact)} against JSON.stringify (least: ${percent(api.worst.saved)}, ${api.worst.name}), ${inline} of ${facts} facts inline`,
  ]
}

/** What is wrong with a case, a line each. @param {Outcome} outcome @param {boolean} ccr @returns {string[]} */
export function faults({ breaches, facts }, ccr) {
  const lost = ccr ? facts.lost.map((need) => `lost: ${JSON.stringify(need.slice(0, 60))} is neither inline nor comes back`) : []
  return [...breaches.map(({ law, message }) => `${law}: ${message}`), ...lost]
}

/** The whole table of a mode. @param {readonly Outcome[]} outcomes @param {boolean} ccr @returns {string} */
export function table(outcomes, ccr) {
  const rule = '-'.repeat(98)
  const lines = [
    `${ccr ? 'ccr: parts may be left out' : 'lossless'}; tokens are o200k; "vs it": JSON tool outputs against JSON.stringify`,
    line(HEADS),
    rule,
  ]
  for (const outcome of outcomes) {
    lines.push(rowOf(outcome), ...faults(outcome, ccr).map((fault) => `  ! ${fault}`))
    if (outcome.facts.unsound.length > 0) lines.push(`  ? ${outcome.facts.unsound.length} needs are not in the messages and are not counted`)
  }
  lines.push(rule)
  for (const group of totalsBy(outcomes, 'group')) lines.push(rowOf(group, `${group.name} (${group.cases})`))
  lines.push(rule)
  for (const kind of totalsBy(outcomes, 'kind')) lines.push(rowOf(kind, `kind ${kind.name} (${kind.cases})`))
  lines.push(rowOf(total('all', outcomes), `all (${outcomes.length})`), ...figures(outcomes))
  return `${lines.join('\n')}\n`
}

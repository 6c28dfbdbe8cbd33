/**
 * Whole sessions: every request of a conversation as it would have been sent, one a turn.
 *
 * A conversation with n assistant messages is n requests, each the messages before one of them. What a session costs is
 * the sum over its requests: texts, markers, and with ccr the retrieval tool's definition in every one (law 12).
 */
import { compress, countTokens, retrieveTool } from 'headroom'

import { groupOf, textsOf } from './cases.mjs'
import { MODEL } from './evaluate.mjs'
import { blocks, frozen, untouched } from './laws.mjs'

/** @typedef {import('./cases.mjs').Case} Case */
/** @typedef {import('./cases.mjs').Message} Message */
/** @typedef {import('./laws.mjs').Breach} Breach */

/**
 * `before` and `after` are sums over all requests, `tool` what of `after` is the tool's definition. `last` is the last
 * request alone, without it. `verdicts` are the tool outputs' tokens of the last request by verdict.
 *
 * @typedef {object} Session
 * @property {string} name
 * @property {string} group
 * @property {number} requests
 * @property {number} before
 * @property {number} after
 * @property {number} tool
 * @property {{ before: number, after: number }} last
 * @property {Record<string, number>} verdicts
 * @property {Breach[]} breaches
 */

/** The lengths of the requests of a conversation. @param {readonly Message[]} messages */
function requestLengths(messages) {
  const turns = messages.flatMap(({ role }, index) => (role === 'assistant' && index > 0 ? [index] : []))
  return messages.at(-1)?.role === 'assistant' ? turns : [...turns, messages.length]
}

/** Law 1: the messages of one request open the next. @param {readonly string[]} earlier @param {readonly string[]} later */
function opens(earlier, later) {
  const changed = earlier.findIndex((message, index) => message !== later[index])
  return changed < 0 ? [] : [{ law: 'law 1', message: `message ${changed} is another after ${later.length} messages` }]
}

/**
 * Replays a conversation turn by turn.
 *
 * @param {Case} content
 * @param {{ ccr: boolean, store: string }} setting
 * @returns {Promise<Session>}
 */
export async function replay(content, { ccr, store }) {
  const messages = frozen(content.messages)
  const definition = ccr ? countTokens(JSON.stringify(retrieveTool('openai')), MODEL).tokens : 0
  const lengths = requestLengths(messages)
  /** @type {Session} */
  const session = {
    name: content.name,
    group: groupOf(content.name),
    requests: lengths.length,
    before: 0,
    after: 0,
    tool: definition * lengths.length,
    last: { before: 0, after: 0 },
    verdicts: {},
    breaches: [],
  }
  /** @type {string[]} */
  let sent = []
  for (const length of lengths) {
    const request = messages.slice(0, length)
    const result = await compress(request, { model: MODEL, ccr, store })
    const now = result.messages.map((message) => JSON.stringify(message))
    session.breaches.push(...opens(sent, now), ...untouched(request, result), ...blocks(request, result, { ccr, model: MODEL }))
    sent = now
    session.last = { before: result.tokensBefore, after: result.tokensAfter }
    session.before += result.tokensBefore
    session.after += result.tokensAfter + definition
    session.verdicts = {}
    for (const { message, verdict, tokensBefore } of result.blocks) {
      if (messages[message]?.role !== 'tool') continue
      session.verdicts[verdict] = (session.verdicts[verdict] ?? 0) + tokensBefore
    }
  }
  return session
}

/** True for conversations in which a tool printed something. @param {Case} content */
export function isSession(content) {
  return content.messages.some((message) => message.role === 'tool' && textsOf(message).join('') !== '')
}

/** Sessions taken together. @param {string} name @param {readonly Session[]} sessions @returns {Session} */
function total(name, sessions) {
  const sum = (/** @type {(session: Session) => number} */ of) => sessions.reduce((all, session) => all + of(session), 0)
  /** @type {Record<string, number>} */
  const verdicts = {}
  for (const session of sessions) {
    for (const [verdict, tokens] of Object.entries(session.verdicts)) verdicts[verdict] = (verdicts[verdict] ?? 0) + tokens
  }
  return {
    name: `${name} (${sessions.length})`,
    group: name,
    requests: sum(({ requests }) => requests),
    before: sum(({ before }) => before),
    after: sum(({ after }) => after),
    tool: sum(({ tool }) => tool),
    last: { before: sum(({ last }) => last.before), after: sum(({ last }) => last.after) },
    verdicts,
    breaches: [],
  }
}

/** Sums by group, in order of first appearance. @param {readonly Session[]} sessions */
export function sessionGroups(sessions) {
  const groups = [...new Set(sessions.map(({ group }) => group))]
  return groups.map((group) => total(group, sessions.filter((session) => session.group === group)))
}

/** @param {number} before @param {number} after */
function percent(before, after) {
  return `${(before === 0 ? 0 : (1 - after / before) * 100).toFixed(1)}%`
}

/** @param {Session} session */
function rowOf({ name, requests, before, after, tool, last, verdicts }) {
  const all = Object.values(verdicts).reduce((sum, tokens) => sum + tokens, 0)
  const shares = Object.entries(verdicts)
    .filter(([, tokens]) => tokens > 0)
    .toSorted((a, b) => b[1] - a[1])
    .map(([verdict, tokens]) => `${verdict} ${((tokens / all) * 100).toFixed(0)}%`)
  const cells = [requests, before, after, tool].map((cell) => String(cell).padStart(9))
  const saved = [percent(before, after), percent(before, after - tool), percent(last.before, last.after)]
  return `${name.padEnd(20)}${cells.join('')}${saved.map((cell) => cell.padStart(9)).join('')}  ${shares.join(', ')}`
}

/** The table of a mode. @param {readonly Session[]} sessions @param {boolean} ccr */
export function sessionTable(sessions, ccr) {
  const heads = ['requests', 'before', 'after', 'of it tool', 'saved', 'no tool', 'last'].map((head) => head.padStart(9))
  const rows = sessions.flatMap((session) => [rowOf(session), ...session.breaches.map(({ law, message }) => `  ! ${law}: ${message}`)])
  return [
    `sessions, ${ccr ? 'ccr' : 'lossless'}; tokens are o200k, summed over every request; verdicts by tokens of tool outputs`,
    `${'session'.padEnd(20)}${heads.join('')}  verdicts`,
    ...rows,
    '-'.repeat(98),
    ...sessionGroups(sessions).map(rowOf),
    '',
  ].join('\n')
}

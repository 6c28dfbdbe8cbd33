/**
 * The laws of the project, checked from outside: through the public API alone and with readers of our own,
 * so that a mistake the core makes twice is still seen.
 */
import { countTokens, decode } from 'headroom'

import { textsOf } from './cases.mjs'

/** @typedef {import('./cases.mjs').Message} Message */
/** @typedef {import('headroom').CompressResult<Message>} Result */
/** @typedef {{ law: string, message: string }} Breach */
/** @typedef {(messages: readonly Message[]) => Promise<Result>} Compress */

/** How many prefixes of a conversation are compressed for law 1, and for how long at most. */
const MOST_PREFIXES = 16
const MOST_MILLISECONDS = 4000

/** JSON without insignificant whitespace, every other byte as it was. @param {string} json */
function withoutSpace(json) {
  return json.replaceAll(/("[^"\\]*(?:\\.[^"\\]*)*")|\s+/g, '$1')
}

/** XML without the white space that breaks lines between its tags. @param {string} xml */
function withoutLayout(xml) {
  return xml.trim().replaceAll(/>\s*\n\s*</g, '><')
}

/** What a lossless text gives back of a text of some kind. @param {string} kind @param {string} text */
function significant(kind, text) {
  if (kind === 'json') return withoutSpace(text)
  return kind === 'xml' ? withoutLayout(text) : text
}

/**
 * True when a decoded text is the source. The JSON parts of mixed texts lose white space; that nothing else of them does
 * is for the core's own tests.
 *
 * @param {string} kind
 * @param {string} decoded
 * @param {string} source
 */
function standsFor(kind, decoded, source) {
  if (kind === 'json_lines' || kind === 'mixed') return decoded.replaceAll(/\s+/g, '') === source.replaceAll(/\s+/g, '')
  return decoded === significant(kind, source)
}

/** The refs that the markers in a text name. @param {string} text @returns {string[]} */
export function refsIn(text) {
  return [...text.matchAll(/\[headroom: [^\]]*\bref ([0-9a-f]{32})\]/g)].map((match) => match[1] ?? '')
}

/** A value that cannot be changed, all the way down. @template T @param {T} value @returns {T} */
export function frozen(value) {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  for (const inner of Object.values(value)) frozen(inner)
  return Object.freeze(value)
}

/** The lengths of the prefixes to try: all, or evenly spread ones. @param {number} length @returns {number[]} */
function prefixLengths(length) {
  const all = Array.from({ length: Math.max(length - 1, 0) }, (_, index) => index + 1)
  const step = Math.max(1, Math.ceil(all.length / MOST_PREFIXES))
  return all.filter((_, index) => (all.length - 1 - index) % step === 0)
}

/**
 * Law 1: the start of a conversation is compressed to the start of what the whole is compressed to.
 *
 * @param {readonly Message[]} messages
 * @param {Result} result
 * @param {Compress} compress
 * @returns {Promise<Breach[]>}
 */
export async function causal(messages, result, compress) {
  const whole = result.messages.map((message) => JSON.stringify(message))
  const deadline = performance.now() + MOST_MILLISECONDS
  for (const length of prefixLengths(messages.length)) {
    if (performance.now() > deadline) break
    const part = await compress(messages.slice(0, length))
    const changed = part.messages.findIndex((message, index) => JSON.stringify(message) !== whole[index])
    if (changed >= 0) return [{ law: 'law 1', message: `message ${changed} differs in a prefix of ${length} messages` }]
  }
  const again = await compress(messages)
  const same = again.messages.every((message, index) => JSON.stringify(message) === whole[index])
  return same ? [] : [{ law: 'law 1', message: 'the same call gave another result' }]
}

/** True when two messages differ in nothing but their texts. @param {Message} before @param {Message} after */
function sameButText(before, after) {
  const shape = (/** @type {Message} */ message) =>
    JSON.stringify(message, (key, value) => (key === 'content' || key === 'text') && typeof value === 'string' ? '' : value)
  return shape(before) === shape(after)
}

/** Law 2: what is not touched is the very same object. @param {readonly Message[]} messages @param {Result} result */
export function untouched(messages, result) {
  /** @type {Breach[]} */
  const breaches = []
  const broken = (/** @type {string} */ message) => breaches.push({ law: 'law 2', message })
  if (result.messages.length !== messages.length) broken(`${messages.length} messages became ${result.messages.length}`)
  for (const [index, before] of messages.entries()) {
    const after = result.messages[index]
    if (after === undefined || before === after) continue
    if (JSON.stringify(before) === JSON.stringify(after)) broken(`message ${index} is a copy of itself`)
    else if (!sameButText(before, after)) broken(`message ${index} changed outside its texts`)
    else if (before.role !== 'tool') broken(`message ${index} has the role ${before.role} and changed`)
  }
  const changed = messages.some((before, index) => before !== result.messages[index])
  if (!changed && result.messages !== messages) broken('nothing changed, and the array is another')
  return breaches
}

/**
 * Laws 3, 5, 8, 9 and 12, block by block.
 *
 * @param {readonly Message[]} messages
 * @param {Result} result
 * @param {{ ccr: boolean, model: string }} options
 * @returns {Breach[]}
 */
export function blocks(messages, result, { ccr, model }) {
  /** @type {Breach[]} */
  const breaches = []
  /** @type {string[]} */
  const above = []
  for (const [index, after] of result.messages.entries()) {
    const texts = { before: textsOf(messages[index]), after: textsOf(after) }
    const reports = result.blocks.filter((block) => block.message === index)
    const broken = (/** @type {string} */ law, /** @type {string} */ message) =>
      breaches.push({ law, message: `message ${index}: ${message}` })
    for (const [at, text] of texts.after.entries()) {
      const before = texts.before[at] ?? ''
      const report = reports[at]
      if (report === undefined) {
        if (text !== before) broken('law 9', 'changed without a verdict')
        continue
      }
      if (report.verdict === 'error') broken('law 9', result.warnings.map(({ message }) => message).join('; '))
      const counted = countTokens(text, model).tokens
      if (counted !== report.tokensAfter) broken('law 12', `${counted} tokens are reported as ${report.tokensAfter}`)
      if (text === before) continue
      if (counted >= countTokens(before, model).tokens) broken('law 8', 'it changed and got no smaller')
      const markers = refsIn(text)
      const gap = text.includes(' left out]') && !before.includes(' left out]')
      if (!ccr && (markers.length > 0 || gap)) broken('law 5', 'parts are left out with ccr off')
      if (markers.length === 0 && !standsFor(report.kind, restored(text, above), before)) {
        broken('law 3', 'the lossless text does not decode to what it was')
      }
      if (markers.some((ref) => !result.refs.includes(ref))) broken('law 3', 'it names a ref the result does not list')
    }
    if (after.role === 'tool') above.push(...texts.after)
  }
  if (!ccr && result.refs.length > 0) breaches.push({ law: 'law 5', message: 'refs with ccr off' })
  return breaches
}

/**
 * The text a lossless text stands for.
 *
 * @param {string} text
 * @param {readonly string[]} above the earlier tool outputs, as sent
 * @returns {string}
 */
export function restored(text, above) {
  try {
    return decode(text, above)
  } catch {
    // Compact JSON is its own decoding.
    return text
  }
}

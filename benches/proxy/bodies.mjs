/** The requests that are sent. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { STAMP, fixture } from '../fixtures.mjs'

const MODEL = 'claude-sonnet-4-5'
const QUESTION = 'When will ord_100004 arrive, and did a payment fail?'
const TOOL = {
  name: 'list_orders',
  description: 'Orders of a customer.',
  input_schema: { type: 'object', properties: { limit: { type: 'number' } } },
}

/** @param {object[]} messages @param {object} [more] */
const request = (messages, more) => JSON.stringify({ model: MODEL, max_tokens: 64, ...more, messages })

/** A conversation in which a tool printed `output`. @param {string} output */
function answered(output) {
  const id = 'toolu_01'
  return [
    { role: 'user', content: QUESTION },
    { role: 'assistant', content: [{ type: 'tool_use', id, name: TOOL.name, input: { limit: 100 } }] },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: id, content: output }] },
  ]
}

const small = request([{ role: 'user', content: QUESTION.padEnd(110, '.') }])

/** Bodies by name. */
const BODIES = {
  // 200 bytes, nothing to do.
  small,
  // A stream nobody rewrites, and one in which calls of ours may come.
  stream: request([{ role: 'user', content: QUESTION }], { stream: true }),
  tools: request([{ role: 'user', content: QUESTION }], { stream: true, tools: [TOOL] }),
  // 55 KB of JSON from a tool; parts may be left out. Stamps make it unlike any other.
  result: request(answered(fixture(55_000)), { tools: [TOOL] }),
  // 1 MB a user has written, which is never touched.
  large: request([{ role: 'user', content: `${QUESTION} `.repeat(1e6 / (QUESTION.length + 1)) }]),
}

/** Writes the bodies into a folder; gives their files. @param {string} folder @returns {Record<keyof typeof BODIES, string>} */
export function writeBodies(folder) {
  const written = Object.entries(BODIES).map(([name, text]) => {
    const file = join(folder, `${name}.json`)
    writeFileSync(file, text)
    return [name, file]
  })
  return Object.fromEntries(written)
}

export { STAMP }

/** Tools as JSON Schema has them: what they are called is all that matters here. */
import { REF } from '../../__test__/conversations.mjs'

/** What a tool takes. */
export const schema = { type: 'object', properties: { page: { type: 'number' } }, additionalProperties: true }

/** A function as most APIs have it. */
export const described = (name) => ({ name, description: `Runs ${name}.`, parameters: schema })

/** Functions as OpenAI's chat has them. */
export const functions = (names) => names.map((name) => ({ type: 'function', function: described(name) }))

/** The model asks for the rows of a list. */
export const list = (id) => ({ call: { id, name: 'list', input: { page: 1 } } })

/** The model reads something back. */
export const retrieve = (id, ref, more = {}) => ({ call: { id, name: 'headroom_retrieve', input: { ref, ...more } } })

/** It reads back what was left out of the last message. */
export const readsBack = (seen) => ({ say: [retrieve('hidden_1', REF.exec(seen.items.at(-1))[0], { rows: '42' })] })

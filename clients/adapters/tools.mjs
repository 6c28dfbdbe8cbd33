/** Tools as JSON Schema has them: what they are called is all that matters here. */

/** What a tool takes. */
export const schema = { type: 'object', properties: { page: { type: 'number' } }, additionalProperties: true }

/** A function as most APIs have it. */
export const described = (name) => ({ name, description: `Runs ${name}.`, parameters: schema })

/** Functions as OpenAI's chat has them. */
export const functions = (names) => names.map((name) => ({ type: 'function', function: described(name) }))

/**
 * A turn of the model by script, in no provider's words: `say` is a list of `{ text }`, `{ think }` and
 * `{ call: { id, name, input } }`.
 */

/** Stands in a stream where the model has said something and may be made to wait. */
export const PAUSE = Symbol('pause')

/** An event of a stream. */
export const sse = (value, name) => `${name ? `event: ${name}\n` : ''}data: ${JSON.stringify(value)}\n\n`

/** A text in two pieces, as models say things. */
export function pieces(text) {
  const middle = Math.ceil(text.length / 2)
  return [text.slice(0, middle), text.slice(middle)].filter((piece) => piece !== '')
}

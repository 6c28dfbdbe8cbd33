/** Texts of JSON values as they stand on the wire: what was read and written again proves nothing about bytes. */

const SPACE = /[\s,:]/

/** Where the value that begins at `start` ends. */
function end(text, start) {
  let depth = 0
  for (let at = start; at < text.length; at += 1) {
    const char = text[at]
    if (char === '"') {
      for (at += 1; text[at] !== '"'; at += 1) if (text[at] === '\\') at += 1
    } else if (char === '{' || char === '[') depth += 1
    else if (char === '}' || char === ']') depth -= 1
    else if (depth > 0 || !/[,\]}\s]/.test(text[at + 1] ?? ',')) continue
    if (depth === 0) return at + 1
  }
  throw new SyntaxError('no value ends here')
}

/** The texts of a list's elements, or of an object's keys and values in turn. */
export function parts(text) {
  const found = []
  for (let at = 1; at < text.length - 1; ) {
    if (SPACE.test(text[at])) {
      at += 1
      continue
    }
    const stop = end(text, at)
    found.push(text.slice(at, stop))
    at = stop
  }
  return found
}

/** The text of a field of an object; `undefined` without it. */
export function field(text, name) {
  const found = parts(text.trim())
  const at = found.findIndex((key, index) => index % 2 === 0 && JSON.parse(key) === name)
  return at < 0 ? undefined : found[at + 1]
}

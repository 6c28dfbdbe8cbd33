/** The methods of a client's resources, and what each of them takes, read from its own source. */

/** The names between the first parenthesis of a function and its partner, split where no bracket is open. */
function parameters(source) {
  const found = []
  let depth = 0
  let text = ''
  for (const char of source.slice(source.indexOf('('))) {
    if ('([{'.includes(char)) depth += 1
    if (')]}'.includes(char)) depth -= 1
    if (depth === 0 || (depth === 1 && char === ',')) {
      found.push(text.replace(/^\(/, '').trim())
      text = ''
    } else text += char
    if (depth === 0) break
  }
  return found.filter((name) => name !== '')
}

/** The names a pattern like `{ a, b: c, ...rest }` takes out of an object. */
const members = (pattern) => pattern.split(',').map((part) => part.trim().split(/[\s:=]/)[0]).filter((name) => name && !name.startsWith('...'))

/** What is taken out of the parameter of this name. */
function taken(source, name) {
  const found = [...source.matchAll(/\{([^{}]*)\}\s*=\s*(\w+)/g)].filter(([, , from]) => from === name)
  return found.flatMap(([, pattern]) => members(pattern))
}

/** A parameter: its name, and the members that must be there. */
function parameter(text, source) {
  if (text.startsWith('{')) return { name: 'params', members: members(text.slice(1, text.lastIndexOf('}'))) }
  const [name] = text.split(/[\s=]/)
  return { name, members: taken(source, name) }
}

/** Functions of a resource, those it inherits included. */
function* functions(resource) {
  const names = new Set()
  for (let from = Object.getPrototypeOf(resource); from && from !== Object.prototype; from = Object.getPrototypeOf(from)) {
    for (const name of Object.getOwnPropertyNames(from)) {
      const { value } = Object.getOwnPropertyDescriptor(from, name)
      if (typeof value !== 'function' || name === 'constructor' || name.startsWith('_') || names.has(name)) continue
      names.add(name)
      yield [name, value]
    }
  }
}

/** A resource knows its client. */
const isResource = (value, client) => typeof value === 'object' && value !== null && Object.values(value).includes(client)

/** Every method below `node`, in the order they are found: where it is, and what it takes. */
export function* methods(client, node = client, path = []) {
  for (const [key, resource] of Object.entries(node)) {
    if (key.startsWith('_') || !isResource(resource, client)) continue
    const at = [...path, key]
    for (const [name, value] of functions(resource)) {
      const source = value.toString()
      yield { path: [...at, name], source, parameters: parameters(source).map((text) => parameter(text, source)) }
    }
    yield* methods(client, resource, at)
  }
}

/** What came of a call, and what the provider got of it, as plain values that can be compared. */
import { createHash } from 'node:crypto'

/** How long a call may take, in milliseconds. */
const PATIENCE = 5_000

const hash = (bytes) => createHash('sha256').update(bytes).digest('hex')

/** Values that can be compared. */
const plain = (value) => JSON.parse(JSON.stringify(value))

const byName = ([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)

async function all(iterable) {
  const found = []
  for await (const item of iterable) found.push(item)
  return found
}

/** The whole of a value that a method gave: pages, events, bytes and runs included. */
async function whole(value) {
  const name = value?.constructor?.name
  if (typeof value?.arrayBuffer === 'function') return { name, bytes: hash(Buffer.from(await value.arrayBuffer())) }
  if (typeof value?.[Symbol.asyncIterator] === 'function') return { name, items: await all(value) }
  if (typeof value?.done !== 'function') return { name, value }
  await value.done()
  return { name, messages: value.messages }
}

/** What an error says. */
const failed = (error) => ({
  thrown: error?.constructor?.name,
  message: error?.message,
  ...Object.fromEntries(['status', 'code', 'type', 'param', 'request_id', 'requestID', 'error'].map((key) => [key, error?.[key]])),
  headers: headers(error?.headers),
})

/** Pairs of names and values, sorted; older clients have an object. */
const headers = (from) => from && (typeof from.entries === 'function' ? [...from.entries()] : Object.entries(from)).toSorted(byName)

async function answered(call) {
  const promise = call()
  const response = await promise?.asResponse?.()
  const value = await whole(await promise)
  return { status: response?.status, headers: headers(response?.headers), ...value }
}

/** What a call came to: the head of its answer where it can be had, and its value; or its error. */
export async function outcome(call) {
  let timer
  const late = new Promise((_, reject) => {
    timer = setTimeout(reject, PATIENCE, new Error('the call does not end'))
  })
  try {
    return plain(await Promise.race([answered(call), late]))
  } catch (error) {
    return plain(failed(error))
  } finally {
    clearTimeout(timer)
  }
}

/** A request as the provider got it. What separates the parts of a form is drawn by lot. */
export function got({ method, path, pairs, bytes }) {
  const named = pairs.flatMap((name, at) => (at % 2 === 0 ? [[name.toLowerCase(), pairs[at + 1]]] : []))
  const [, boundary] = /boundary=(.+)$/.exec(named.find(([name]) => name === 'content-type')?.[1] ?? '') ?? []
  const settled = (text) => (boundary ? text.replaceAll(boundary, 'BOUNDARY') : text)
  const pairsOf = named.map(([name, value]) => [name, settled(value)])
  return { method, path, headers: pairsOf.toSorted(byName), body: settled(bytes.toString('latin1')) }
}

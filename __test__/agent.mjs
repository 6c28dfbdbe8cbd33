/**
 * An agent in a process of its own, for the tests of `SharedContext`. Told in JSON as its first argument: `{name, store,
 * prefix, count, others}`. Leaves `count` values and the one that all leave, says each key once it is stored, and reads
 * what the others left so far; ends with status 1 when anything read is not what somebody put.
 */
import { SharedContext } from 'headroom'
import { recordsOf } from './conversations.mjs'

const { name, store, prefix, count, others = [] } = JSON.parse(process.argv[2])
const context = new SharedContext({ name, store })

async function check(key) {
  const value = await context.get(key, { full: true })
  if (value === undefined) return
  const text = JSON.stringify(value)
  if (text !== JSON.stringify(recordsOf(value[0].key))) throw new Error(`${key} holds ${text.slice(0, 100)}`)
}

for (let index = 0; index < count; index += 1) {
  const key = `${prefix} ${index}`
  await context.put(key, recordsOf(key), { agent: prefix })
  await context.put('everyones', recordsOf(key), { agent: prefix })
  process.stdout.write(`${key}\n`)
  for (const other of others) await check(`${other} ${index}`)
  await check('everyones')
}

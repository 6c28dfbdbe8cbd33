/**
 * A process of its own for the first call: prints the milliseconds from before the import of the package to
 * the result, and the digest of what came out. `first-call.mjs FILE OPTIONS`, the file a case, the options
 * those of `compress`.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

const [file = '', options = '{}'] = process.argv.slice(2)
/** @type {{ messages: unknown[] }} */
const { messages } = JSON.parse(readFileSync(file, 'utf8'))
/** @type {import('headroom').CompressOptions} */
const settings = JSON.parse(options)

const started = performance.now()
const { compress } = await import('headroom')
const result = await compress(messages, settings)
const milliseconds = performance.now() - started

const digest = createHash('sha256').update(JSON.stringify(result.messages)).digest('hex')
process.stdout.write(JSON.stringify({ milliseconds, digest }))

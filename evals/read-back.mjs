/** A process of its own for law 4: reads `{ store, refs }` from stdin, prints the digest of each original. */
import { readFileSync } from 'node:fs'

import { digest, original } from './originals.mjs'

const { store, refs } = /** @type {{ store: string, refs: string[] }} */ (JSON.parse(readFileSync(0, 'utf8')))
/** @type {Record<string, string | null>} */
const found = {}
for (const ref of refs) {
  const text = await original(ref, store)
  found[ref] = text === null ? null : digest(text)
}
process.stdout.write(JSON.stringify(found))

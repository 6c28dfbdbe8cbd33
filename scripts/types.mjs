/**
 * Keeps `index.d.ts`, the committed public types, equal to what the sources declare.
 *
 *   node scripts/types.mjs --write   writes it
 *   node scripts/types.mjs --check   fails when it has drifted
 *
 * Both read the declarations of the build, in one file in `target/types`, so build first.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'

import { fail } from './failure.mjs'

const BUILT = new URL('../target/types/index.d.mts', import.meta.url)
const COMMITTED = new URL('../index.d.ts', import.meta.url)
const HEADER = '// The public types of `headroom`, generated from ts/ by `npm run build:ts`. Do not edit.\n'

if (!existsSync(BUILT)) fail('the declarations are not built', { hint: 'Run `npm run build:ts`.' })
const types = HEADER + readFileSync(BUILT, 'utf8')
if (process.argv.includes('--write')) {
  writeFileSync(COMMITTED, types)
} else if (!existsSync(COMMITTED) || readFileSync(COMMITTED, 'utf8') !== types) {
  fail('index.d.ts differs from what ts/ declares', { hint: 'Run `npm run build:ts` and commit index.d.ts.' })
}

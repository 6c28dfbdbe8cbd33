/** Loading the installed package: every entry of it, in both module systems, and the command line. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The specifiers of a manifest's entries that are code: `headroom`, `headroom/fetch`, … */
export function entries(manifest) {
  const code = Object.entries(manifest.exports).filter(([, target]) => typeof target !== 'string')
  return code.map(([path]) => manifest.name + path.slice(1))
}

/** What an application does first, after it has loaded the package as `headroom`. */
export const USE = `
const rows = Array.from({ length: 200 }, (_, id) => ({ id, name: 'row ' + id, state: id === 41 ? 'error: declined' : 'ok' }))
const messages = [
  { role: 'user', content: 'which row failed?' },
  { role: 'assistant', content: null, tool_calls: [{ id: 'c', type: 'function', function: { name: 'list', arguments: '{}' } }] },
  { role: 'tool', tool_call_id: 'c', content: JSON.stringify(rows) },
]
async function use({ compress, retrieve }) {
  const { refs, tokensSaved } = await compress(messages, { ccr: true, store: 'memory' })
  const { found } = await retrieve(refs[0], { rows: '1-2' }, { store: 'memory' })
  return tokensSaved > 1000 && found
}
`

const ESM = (names) => `
import { createRequire } from 'node:module'
import * as headroom from '${names[0]}'
${USE}
const require = createRequire(import.meta.url)
const namesOf = (exports) => Object.keys(exports).filter((name) => name !== 'module.exports').toSorted().join()
for (const name of ${JSON.stringify(names)}) {
  const [esm, cjs] = [namesOf(await import(name)), namesOf(require(name))]
  if (esm === '' || esm !== cjs) throw new Error(name + ': ' + esm + ' as ESM, ' + cjs + ' as CommonJS')
}
if (!(await use(headroom))) throw new Error('it does not compress')
`

const CJS = (names) => `
const headroom = require('${names[0]}')
${USE}
use(headroom).then((works) => {
  if (!works) throw new Error('it does not compress')
})
`

/** The checks; each runs something in the application's folder and fails as that does. */
export function loads({ app, manifest, node, run }) {
  const names = entries(manifest)
  writeFileSync(join(app, 'esm.mjs'), ESM(names))
  writeFileSync(join(app, 'commonjs.cjs'), CJS(names))
  const bin = join('node_modules', manifest.name, manifest.bin[manifest.name])
  return [
    { name: `${names.length} entries as ESM and CommonJS, and it works as ESM`, check: () => run(node, ['esm.mjs']) },
    { name: 'it works as CommonJS', check: () => run(node, ['commonjs.cjs']) },
    { name: 'the command line runs', check: () => run(node, [bin, '--version']) },
  ]
}

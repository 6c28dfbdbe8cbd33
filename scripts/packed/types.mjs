/** The declarations of every entry, as the compilers of applications resolve them. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { entries } from './loads.mjs'

/** Ways of resolving modules, the `module` that goes with each, and the kinds of files it is tried with. */
const WAYS = [
  { moduleResolution: 'bundler', module: 'esnext', files: ['all.mts'] },
  { moduleResolution: 'node16', module: 'node16', files: ['all.mts', 'all.cts'] },
  { moduleResolution: 'nodenext', module: 'nodenext', files: ['all.mts', 'all.cts'] },
]

const HEAD = `
type Message = { role: 'user'; content: string }
export async function use(messages: Message[]): Promise<Message[]> {
  return (await e0.compress(messages)).messages
}
`

/** A file that imports every entry and uses a type of the first. */
function source(names, line) {
  const imports = names.map(line).join('\n')
  return `${imports}\n${HEAD}\nexport const all: object[] = [${names.map((_, index) => `e${index}`).join(', ')}]\n`
}

/** The checks; `tsc` and `typeRoots` are the checkout's. */
export function types({ app, manifest, root, run }) {
  const names = entries(manifest)
  writeFileSync(join(app, 'all.mts'), source(names, (name, index) => `import * as e${index} from '${name}'`))
  writeFileSync(join(app, 'all.cts'), source(names, (name, index) => `import e${index} = require('${name}')`))
  return WAYS.map(({ files, ...way }) => {
    const config = `tsconfig.${way.moduleResolution}.json`
    const compilerOptions = {
      ...way, target: 'es2023', lib: ['es2023'], strict: true, noEmit: true, skipLibCheck: false, exactOptionalPropertyTypes: true,
      types: ['node'], typeRoots: [join(root, 'node_modules', '@types')],
    }
    writeFileSync(join(app, config), JSON.stringify({ compilerOptions, files }))
    const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
    return { name: `types of every entry, moduleResolution ${way.moduleResolution}`, check: () => run(process.execPath, [tsc, '-p', config]) }
  })
}

/** Bundles: with the package left outside they run; with it inside the first call says what to do. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { USE } from './loads.mjs'

const ENTRY = `
import { compress, retrieve } from 'headroom'
${USE}
use({ compress, retrieve }).then(
  (works) => console.log(works ? 'works' : 'does not compress'),
  (error) => console.log(error.code, error.hint),
)
`

/** The checks; `esbuild` is the path of its command. */
export function bundles({ app, node, esbuild, run }) {
  writeFileSync(join(app, 'entry.mjs'), ENTRY)
  const ways = [
    { format: 'esm', outside: true },
    { format: 'cjs', outside: true },
    { format: 'esm', outside: false },
    { format: 'cjs', outside: false },
  ]
  return ways.map(({ format, outside }) => {
    const file = `bundle.${outside ? 'outside' : 'inside'}.${format === 'esm' ? 'mjs' : 'cjs'}`
    const args = ['entry.mjs', '--bundle', '--platform=node', `--format=${format}`, `--outfile=${file}`, '--log-level=error']
    if (outside) args.push('--external:headroom')
    const check = async () => {
      const built = await run(esbuild, args)
      if (!built.ok) return built
      const ran = await run(node, [file])
      const wanted = outside ? /^works$/m : /^addon_not_loaded .*--external:headroom/m
      return { ...ran, ok: ran.ok && wanted.test(ran.out) }
    }
    const what = outside ? 'esbuild with --external:headroom runs' : 'esbuild without it says at the first call to leave headroom out'
    return { name: `${what} (${format})`, check }
  })
}

/** From the checkout to what an application installs: two tarballs, made in folders beside it. */
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { platforms } from '../../binding.cjs'
import { fail } from '../failure.mjs'
import { run } from '../program.mjs'

/** How long one `npm pack` may take, in milliseconds. */
const LIMIT = 60_000

/** Files npm packs without being told. */
const ALWAYS = ['README.md', 'LICENSE']

/** The platform of this machine whose addon is built, as in `linux-x64-gnu`. */
function platformOf(root) {
  const built = platforms().find((platform) => existsSync(join(root, `headroom.${platform}.node`)))
  return built ?? fail('there is no addon to pack', { hint: 'Run `npm run build` or `npm run build:fast`.' })
}

async function pack(folder, into) {
  const { ok, out, err } = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', into], LIMIT, { cwd: folder })
  if (!ok) fail(`cannot pack ${folder}`, { cause: err.trim() })
  const answer = JSON.parse(out)
  const [{ filename, size, unpackedSize }] = Array.isArray(answer) ? answer : Object.values(answer)
  return { path: join(into, filename), size, unpackedSize }
}

/**
 * Packs the package as it is published, without an addon of its own, and the package of this platform, which carries
 * it. Only this platform is named as a dependency: the others need not be anywhere.
 */
export async function stage(root, base) {
  const platform = platformOf(root)
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const [main, native, tarballs] = ['main', platform, 'tarballs'].map((name) => join(base, name))
  for (const folder of [main, native, tarballs]) mkdirSync(folder, { recursive: true })
  for (const file of [...manifest.files.filter((name) => !name.includes('*')), ...ALWAYS]) {
    cpSync(join(root, file), join(main, file), { recursive: true })
  }
  const published = { ...manifest, optionalDependencies: { [`headroom-${platform}`]: manifest.version } }
  writeFileSync(join(main, 'package.json'), JSON.stringify(published, null, 2))
  cpSync(join(root, 'npm', platform), native, { recursive: true })
  copyFileSync(join(root, `headroom.${platform}.node`), join(native, `headroom.${platform}.node`))
  return { manifest, main: await pack(main, tarballs), native: await pack(native, tarballs) }
}

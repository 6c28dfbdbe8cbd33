/**
 * npm's `prepublishOnly`: turns the checkout into what is published. The addons live in the platform packages
 * under `npm/`, which are published first; the main package names them as optional dependencies of its own
 * version and carries no addon itself.
 */
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'

import { fail } from './failure.mjs'
import { PLATFORMS } from './platform.mjs'

const ROOT = new URL('..', import.meta.url)
const MANIFEST = new URL('package.json', ROOT)

const manifest = JSON.parse(readFileSync(MANIFEST, 'utf8'))
const optionalDependencies = {}
for (const platform of Object.values(PLATFORMS)) {
  const folder = new URL(`npm/${platform}/`, ROOT)
  const { name, version } = JSON.parse(readFileSync(new URL('package.json', folder), 'utf8'))
  if (version !== manifest.version) {
    fail(`npm/${platform} has version ${version}, the main package ${manifest.version}`, {
      hint: 'Give every package of a release the same version.',
    })
  }
  if (!existsSync(new URL(`headroom.${platform}.node`, folder))) {
    fail(`npm/${platform} holds no addon`, {
      hint: `Build it with \`node scripts/build-addon.mjs --target …\` on its system and copy it into npm/${platform}.`,
    })
  }
  optionalDependencies[name] = version
}

for (const name of readdirSync(ROOT)) {
  if (/^headroom\..*\.node$/.test(name)) rmSync(new URL(name, ROOT))
}
writeFileSync(MANIFEST, `${JSON.stringify({ ...manifest, optionalDependencies }, null, 2)}\n`)

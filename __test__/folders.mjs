/** Installed folders of the package, made for a test. */
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { HOME } from './home.mjs'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** A package folder with the loader and the build, but with the addons given: contents by file name. */
export function packageWith(addons, version = '0.0.0') {
  const folder = mkdtempSync(join(HOME, 'package-'))
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'headroom', version, type: 'module' }))
  copyFileSync(join(ROOT, 'binding.cjs'), join(folder, 'binding.cjs'))
  mkdirSync(join(folder, 'dist'))
  for (const file of readdirSync(join(ROOT, 'dist'))) copyFileSync(join(ROOT, 'dist', file), join(folder, 'dist', file))
  for (const [name, content] of Object.entries(addons)) writeFileSync(join(folder, name), content)
  return folder
}

/** A package folder with this machine's addon, as a second installation has it. */
export function packageOf(version) {
  const folder = packageWith({}, version)
  for (const name of readdirSync(ROOT).filter((file) => /^headroom\..*\.node$/.test(file))) copyFileSync(join(ROOT, name), join(folder, name))
  return folder
}

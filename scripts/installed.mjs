/** The packages of the row that is being run, for its test file: names mean what is installed in its folder. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** Where the packages of this row are installed. */
export const folder = process.env.HEADROOM_FOLDER

// A module of the folder's own, so that names mean what is installed there.
const loader = join(folder, 'load.mjs')
writeFileSync(loader, 'export const load = (name) => import(name)\n')

/** Imports a package by its name. */
export const { load } = await import(pathToFileURL(loader).href)

/** The major version of a package that is installed. */
export function majorOf(name) {
  const { version } = JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8'))
  return Number(version.split('.')[0])
}

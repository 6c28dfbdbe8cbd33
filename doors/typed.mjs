/** TypeScript beside the packages of a row: does an application's source fit without a cast? */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { folder } from '../scripts/installed.mjs'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

const CONFIG = {
  compilerOptions: { target: 'es2023', lib: ['es2023', 'dom', 'dom.iterable'], module: 'nodenext', types: [], strict: true, noEmit: true, skipLibCheck: true, exactOptionalPropertyTypes: true },
  include: ['*.ts'],
}

/** Checks a source; gives what the compiler says, which is nothing when all is well. */
export function typed(source) {
  const home = join(folder, 'types')
  mkdirSync(join(home, 'node_modules'), { recursive: true })
  const link = join(home, 'node_modules', 'headroom')
  if (!existsSync(link)) symlinkSync(ROOT, link, 'junction')
  for (const [name, text] of [['package.json', '{"type":"module"}'], ['tsconfig.json', JSON.stringify(CONFIG)], ['check.ts', source]]) writeFileSync(join(home, name), text)
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', home], { encoding: 'utf8' })
  return status === 0 ? '' : `${stdout}${stderr}` || `ended with ${status}`
}

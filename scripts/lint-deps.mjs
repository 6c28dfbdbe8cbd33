/** Licences and advisories of the Rust dependencies, where cargo-deny is installed (CI installs it). */
import { spawnSync } from 'node:child_process'

const known = spawnSync('cargo', ['deny', '--version'], { stdio: 'ignore' })
if (known.status === 0) {
  const { status } = spawnSync('cargo', ['deny', 'check', 'licenses', 'bans', 'sources'], { stdio: 'inherit' })
  process.exit(status ?? 1)
}
process.stderr.write('cargo-deny is not installed; dependencies were not checked (`cargo install cargo-deny`)\n')

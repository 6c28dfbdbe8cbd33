/** One source, two builds: ESM and CommonJS, each with its own declarations; both require `binding.cjs`. */
import { type UserConfig, defineConfig } from 'tsdown'

const shared: UserConfig = {
  outDir: 'dist',
  platform: 'node',
  target: 'node20',
  shims: true,
  fixedExtension: true,
  logLevel: 'warn',
}

const config: UserConfig[] = defineConfig([
  { ...shared, entry: ['ts/index.ts'], format: ['esm', 'cjs'], dts: true },
  { ...shared, entry: ['ts/cli.ts'], format: 'esm', dts: false, clean: false },
])

export default config

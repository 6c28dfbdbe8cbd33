/**
 * One source, two builds: ESM and CommonJS, each with its own declarations; both require `binding.cjs`. Entries share
 * chunks, so that a class is one class whichever entry it came from. The public types in one file are for
 * `scripts/types.mjs`.
 */
import { type UserConfig, defineConfig } from 'tsdown'

const shared: UserConfig = {
  outDir: 'dist',
  platform: 'node',
  target: 'node20',
  shims: true,
  fixedExtension: true,
  logLevel: 'warn',
}

/** One for each name that can be imported. */
const DOORS = ['index', 'ai-sdk', 'anthropic', 'bedrock', 'fetch', 'google', 'langchain', 'openai', 'proxy', 'server'].map((name) => `ts/${name}.ts`)

const config: UserConfig[] = defineConfig([
  { ...shared, entry: DOORS, format: ['esm', 'cjs'], dts: true },
  { ...shared, entry: ['ts/index.ts'], outDir: 'target/types', format: 'esm', dts: { emitDtsOnly: true } },
  { ...shared, entry: ['ts/cli.ts'], format: 'esm', dts: false, clean: false },
])

export default config

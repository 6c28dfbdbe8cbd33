/**
 * The inputs of all benches: JSON of 10 KB, 100 KB and 2 MB as an API would answer with.
 *
 *   node benches/fixtures.mjs FOLDER    writes 10k.json, 100k.json and 2m.json, for the Rust benches
 *
 * Every fixture holds `STAMP` in each of its records. Benches replace it by a number of their own in every
 * iteration, so that no two inputs are alike and nothing remembered from one helps with the next.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { page } from '../evals/records.mjs'

/** Sizes in bytes, by name. */
export const SIZES = { '10k': 10_000, '100k': 100_000, '2m': 2_000_000 }

/** Eight digits that stand in every record. */
export const STAMP = '00000000'

/** The fixture of a size, with stamps. @param {number} bytes @returns {string} */
export function fixture(bytes) {
  const text = page(bytes, bytes)
  return text.replaceAll('"id":"cus_', `"id":"cus_${STAMP}`).replaceAll('"state":', `"revision":"r${STAMP}","state":`)
}

/** The fixture made unlike any other. @param {string} text @param {number} iteration */
export function distinct(text, iteration) {
  return text.replaceAll(STAMP, String(iteration).padStart(STAMP.length, '0'))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = process.argv[2] ?? 'target/bench-fixtures'
  mkdirSync(folder, { recursive: true })
  for (const [name, bytes] of Object.entries(SIZES)) writeFileSync(join(folder, `${name}.json`), fixture(bytes))
}

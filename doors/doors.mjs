/** The doors: what is installed for each, and which scenarios it is put through. */

/**
 * Packages that are installed together in one folder, and the files in `scenarios/` to run with them. `quick`: also with
 * `--quick`. `node`: the oldest major of Node they run on.
 */
const SETS = [
  { set: 'ai 5', packages: ['ai@5'], scenarios: ['ai-sdk'] },
  { set: 'ai 6', quick: true, packages: ['ai@6'], scenarios: ['ai-sdk'] },
  { set: 'ai 7', packages: ['ai@7'], scenarios: ['ai-sdk'] },
]

/** Every set with each of its scenario files. */
export const doors = SETS.flatMap(({ set, packages, quick = false, node, scenarios }) =>
  scenarios.map((scenario) => ({ name: `${set}: ${scenario}`, set, packages, quick, node, scenario })),
)

/** The doors: what is installed for each, and which scenarios it is put through. */

const AI_SDK = ['ai-sdk', 'ai-sdk-providers', 'ai-sdk-types']

/** The AI SDK's packages of providers, of one major. */
function providers(major) {
  return ['openai', 'anthropic', 'google'].map((name) => `@ai-sdk/${name}@${major}`)
}

/**
 * Packages that are installed together in one folder, and the files in `scenarios/` to run with them. `quick`: also with
 * `--quick`. `node`: the oldest major of Node they run on.
 */
const SETS = [
  { set: 'ai 5', packages: ['ai@5', ...providers(2)], scenarios: AI_SDK },
  { set: 'ai 6', quick: true, packages: ['ai@6', ...providers(3)], scenarios: AI_SDK },
  { set: 'ai 7', packages: ['ai@7', ...providers(4)], scenarios: AI_SDK },
]

/** Every set with each of its scenario files. */
export const doors = SETS.flatMap(({ set, packages, quick = false, node, scenarios }) =>
  scenarios.map((scenario) => ({ name: `${set}: ${scenario}`, set, packages, quick, node, scenario })),
)

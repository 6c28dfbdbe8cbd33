/** The doors: what is installed for each, and which scenarios it is put through. */

const AI_SDK = ['ai-sdk', 'ai-sdk-providers', 'ai-sdk-types']
const LANGCHAIN = ['langchain', 'langchain-types']

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
  {
    set: 'langchain 1.0',
    packages: ['langchain@1.0.1', '@langchain/core@1', '@langchain/langgraph@1', '@langchain/openai@1.0.0', '@langchain/anthropic@1.0.0', '@langchain/classic@1', 'zod@4'],
    scenarios: LANGCHAIN,
  },
  {
    set: 'langchain 1',
    quick: true,
    packages: ['langchain@1', '@langchain/core@1', '@langchain/langgraph@1', '@langchain/openai@1', '@langchain/anthropic@1', '@langchain/classic@1', 'zod@4'],
    scenarios: LANGCHAIN,
  },
  { set: 'mastra 0.24', packages: ['@mastra/core@0.24', 'zod@4'], scenarios: ['mastra'] },
  { set: 'mastra 1', node: 22, packages: ['@mastra/core@1', 'zod@4'], scenarios: ['mastra'] },
  { set: 'express 4', packages: ['express@4'], scenarios: ['express'] },
  { set: 'express 5', quick: true, packages: ['express@5'], scenarios: ['express'] },
  { set: 'fastify 5', quick: true, packages: ['fastify@5'], scenarios: ['fastify'] },
  { set: 'hono 4', quick: true, packages: ['hono@4', '@hono/node-server@1'], scenarios: ['hono'] },
  { set: 'next 15', packages: ['next@15', 'react@19', 'react-dom@19'], scenarios: ['next'] },
  { set: 'next 16', packages: ['next@16', 'react@19', 'react-dom@19'], scenarios: ['next'] },
]

/** Every set with each of its scenario files. */
export const doors = SETS.flatMap(({ set, packages, quick = false, node, scenarios }) =>
  scenarios.map((scenario) => ({ name: `${set}: ${scenario}`, set, packages, quick, node, scenario })),
)

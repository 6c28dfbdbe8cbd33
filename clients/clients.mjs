/** The clients: what is installed for each, and how it is spoken to. */
import { agents, claude } from './adapters/agents.mjs'
import * as ai from './adapters/ai-sdk.mjs'
import * as anthropic from './adapters/anthropic.mjs'
import * as bedrock from './adapters/bedrock.mjs'
import * as genai from './adapters/genai.mjs'
import { TOKEN, client as peer } from './adapters/headroom-ai.mjs'
import * as langchain from './adapters/langchain.mjs'
import * as methods from './adapters/methods.mjs'
import * as openai from './adapters/openai.mjs'
import { python, snippets } from './adapters/python.mjs'

/** Packages that are installed together in one folder, and the ways of using them. */
const SETS = [
  { set: 'openai 4', door: 'openai', inside: { azure: openai.chat(false, 'azure') }, packages: ['openai@4.104.0'], methods: methods.openai({ least: 133, once: true }), chat: openai.chat(false), 'chat helper': openai.chat(true), responses: openai.responses() },
  { set: 'openai 5', door: 'openai', inside: { azure: openai.chat(false, 'azure') }, packages: ['openai@5.23.2'], methods: methods.openai({ least: 141 }), chat: openai.chat(false), 'chat helper': openai.chat(true), responses: openai.responses() },
  { set: 'openai 6', quick: true, door: 'openai', inside: { azure: openai.chat(false, 'azure') }, packages: ['openai@6'], methods: methods.openai({ least: 301 }), chat: openai.chat(false), 'chat helper': openai.chat(true), responses: openai.responses(), stored: openai.responses({ stored: true }), 'responses helper': openai.responses({ helper: true }) },
  { set: 'openai 7', door: 'openai', inside: { azure: openai.chat(false, 'azure') }, packages: ['openai@7'], methods: methods.openai({ least: 410 }), chat: openai.chat(false), 'chat helper': openai.chat(true), responses: openai.responses(), stored: openai.responses({ stored: true }), 'responses helper': openai.responses({ helper: true }) },
  { set: 'anthropic 0.50', packages: ['@anthropic-ai/sdk@0.50'], door: 'anthropic', messages: anthropic.messages(false), helper: anthropic.messages(true) },
  { set: 'anthropic 0.60', door: 'anthropic', packages: ['@anthropic-ai/sdk@0.60'], methods: methods.anthropic({ least: 28 }), messages: anthropic.messages(false), helper: anthropic.messages(true) },
  { set: 'anthropic 1', quick: true, door: 'anthropic', packages: ['@anthropic-ai/sdk@1'], methods: methods.anthropic({ least: 402 }), messages: anthropic.messages(false), helper: anthropic.messages(true) },
  // The older one signs a request before it is sent, the newer one behind its middleware.
  { set: 'anthropic bedrock 0.26', door: 'anthropic', inside: { messages: anthropic.messages(false, 'bedrock'), helper: anthropic.messages(true, 'bedrock') }, packages: ['@anthropic-ai/bedrock-sdk@0.26', '@anthropic-ai/sdk@0.71'] },
  { set: 'anthropic bedrock 1', door: 'anthropic', inside: { messages: anthropic.messages(false, 'bedrock'), helper: anthropic.messages(true, 'bedrock') }, packages: ['@anthropic-ai/bedrock-sdk@1'] },
  { set: 'anthropic vertex 1', door: 'anthropic', inside: { messages: anthropic.messages(false, 'vertex'), helper: anthropic.messages(true, 'vertex') }, packages: ['@anthropic-ai/vertex-sdk@1'] },
  { set: 'anthropic foundry 1', door: 'anthropic', inside: { messages: anthropic.messages(false, 'foundry'), helper: anthropic.messages(true, 'foundry') }, packages: ['@anthropic-ai/foundry-sdk@1'] },
  { set: 'openai agents', door: 'openai', inside: { responses: agents('responses'), chat: agents('chat_completions') }, packages: ['@openai/agents@0', 'openai'] },
  { set: 'claude agents', packages: ['@anthropic-ai/claude-agent-sdk'], run: claude },
  // It takes an error among the events of a stream for an answer without words.
  { set: 'genai 1', deaf: true, door: 'google', packages: ['@google/genai@1'], generate: genai.generate },
  { set: 'genai 2', quick: true, door: 'google', packages: ['@google/genai@2'], generate: genai.generate },
  { set: 'genai 3', door: 'google', packages: ['@google/genai@3'], generate: genai.generate },
  {
    set: 'ai 5',
    packages: ['ai@5', '@ai-sdk/openai@2', '@ai-sdk/anthropic@2', '@ai-sdk/google@2'],
    chat: ai.sdk('openai.chat'), responses: ai.sdk('openai.responses', false), stored: ai.sdk('openai.responses'), anthropic: ai.sdk('anthropic'), google: ai.sdk('google'),
  },
  {
    set: 'ai 6',
    quick: true,
    packages: ['ai@6', '@ai-sdk/openai@3', '@ai-sdk/anthropic@3', '@ai-sdk/google@3'],
    chat: ai.sdk('openai.chat'), responses: ai.sdk('openai.responses', false), stored: ai.sdk('openai.responses'), anthropic: ai.sdk('anthropic'), google: ai.sdk('google'),
  },
  {
    set: 'ai 7',
    packages: ['ai@7', '@ai-sdk/openai@4', '@ai-sdk/anthropic@4', '@ai-sdk/google@4'],
    chat: ai.sdk('openai.chat'), responses: ai.sdk('openai.responses', false), stored: ai.sdk('openai.responses'), anthropic: ai.sdk('anthropic'), google: ai.sdk('google'),
  },
  { set: 'aws', quick: true, door: 'bedrock', inside: { invoke: bedrock.invoke('signed') }, packages: ['@aws-sdk/client-bedrock-runtime@3'], bearer: bedrock.converse('bearer'), signed: bedrock.converse('signed') },
  { set: 'langchain', door: 'langchain', packages: ['@langchain/core@1', '@langchain/openai@1', '@langchain/anthropic@1'], openai: langchain.chat('openai'), anthropic: langchain.chat('anthropic') },
  { set: 'headroom-ai', quick: true, packages: ['headroom-ai@0.37'], token: TOKEN, client: peer },
  {
    set: 'python',
    pip: true,
    packages: ['openai>=1', 'anthropic>=0.5', 'litellm>=1', 'agno>=2', 'langchain>=1', 'langchain-openai>=1', 'langchain-anthropic>=1'],
    openai: python('openai'), anthropic: python('anthropic'), 'litellm openai': python('litellm openai'), 'litellm anthropic': python('litellm anthropic'),
    'langchain openai': python('langchain openai'), 'langchain anthropic': python('langchain anthropic'), agno: python('agno'), docs: snippets,
  },
]

/** Every way of using every set: through the proxy, and where there is a door, wrapped in the process. Methods are held against both ways of the proxy, which is enough. */
export const clients = SETS.flatMap(({ set, packages, quick = false, pip = false, deaf = false, token, door, inside = {}, ...ways }) => {
  const about = { set, packages, quick, pip, deaf, token }
  const named = (all, kind, more) => Object.entries(all).map(([way, open]) => ({ ...about, ...more, name: `${set}: ${way}${kind}`, open }))
  const { methods: _proxied, ...wrapped } = ways
  return [...named(ways, ''), ...(door ? named({ ...wrapped, ...inside }, ', door', { door }) : [])]
})

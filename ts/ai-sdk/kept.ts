/**
 * Conversations that the provider keeps (OpenAI's `conversation` and `previousResponseId`): it has all that was said,
 * and is sent what is new alone. What it is sent twice stands there twice, or is refused.
 */
import type { ByProvider, CallOptions, PromptMessage } from './spec.js'

/** Providers that keep conversations, by the names of their options. */
const KEEPERS = ['openai', 'azure']

/** The name of the provider that keeps this call's conversation. */
function keeperOf({ providerOptions }: CallOptions): string | undefined {
  return KEEPERS.find((name) => providerOptions?.[name]?.['conversation'] || providerOptions?.[name]?.['previousResponseId'])
}

/** True when the provider keeps what was said before this call. */
export function isKept(params: CallOptions): boolean {
  return keeperOf(params) !== undefined
}

/** The call that follows an answer: with `said` and `results` behind its prompt, or with the results alone. */
export function continued(params: CallOptions, metadata: ByProvider | undefined, said: PromptMessage, results: PromptMessage): CallOptions {
  const keeper = keeperOf(params)
  if (keeper === undefined) return { ...params, prompt: [...params.prompt, said, results] }
  const options = params.providerOptions?.[keeper]
  if (options?.['conversation']) return { ...params, prompt: [results] }
  const answer = metadata?.[keeper]?.['responseId']
  if (typeof answer !== 'string') return { ...params, prompt: [...params.prompt, said, results] }
  const providerOptions = { ...params.providerOptions, [keeper]: { ...options, previousResponseId: answer } }
  return { ...params, prompt: [results], providerOptions }
}

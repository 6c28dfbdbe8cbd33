/** Answers to hidden calls, as the tool's results that prompts have. */
import { answerRetrieval, enoughRetrieved } from '../retrieve.js'
import type { HiddenCall } from './hidden.js'
import type { AiSdkSetting } from './options.js'
import type { PromptMessage, PromptPart } from './spec.js'

/** What calls are answered for. */
export interface Reading {
  readonly setting: AiSdkSetting
  /** The prompt, as it is sent. */
  readonly prompt: readonly PromptMessage[]
  /** The provider has more of the conversation than the prompt. */
  readonly kept: boolean
  /** Something of ours failed. */
  failed(error: unknown): void
}

/** For refs that no note in the conversation names. */
const STRANGE = 'This ref stands nowhere in this conversation. Use one that a note names.'

function holds(value: unknown, text: string): boolean {
  if (typeof value === 'string') return value.includes(text)
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return false
  return Object.values(value).some((part) => holds(part, text))
}

/**
 * True when a note in the prompt may be what the call refers to. Tags come back from wherever messages are kept, and ids
 * of calls are not unique with every provider: what is read back into a conversation is of that conversation.
 */
function isShown({ ref }: HiddenCall['input'], prompt: readonly PromptMessage[]): boolean {
  return typeof ref !== 'string' || prompt.some(({ role, content }) => (role === 'tool' || role === 'user') && holds(content, ref.trim()))
}

/**
 * The output for a call. What the store gave once is what it would give again, as a ref is a hash of the text; that
 * something is not there may change, and is asked anew.
 */
async function outputOf(call: HiddenCall, { setting, prompt, kept }: Reading): Promise<object> {
  if (call.over) return { type: 'error-text', value: enoughRetrieved().text }
  if (!kept && !isShown(call.input, prompt)) return { type: 'error-text', value: STRANGE }
  const args = JSON.stringify(call.input)
  const known = setting.answers.get(args)
  if (known) return known
  const { text, isError } = await answerRetrieval(setting.store(), args)
  if (isError) return { type: 'error-text', value: text }
  const output = { type: 'text', value: text }
  setting.answers.set(args, output)
  return output
}

/** The results of calls, in their order. A store that fails is said to the model, as any tool's failure is. */
export function resultsOf(calls: readonly HiddenCall[], reading: Reading): Promise<PromptPart[]> {
  return Promise.all(
    calls.map(async (call) => {
      const output = await outputOf(call, reading).catch((error: unknown) => {
        reading.failed(error)
        return { type: 'error-text', value: error instanceof Error ? error.message : String(error) }
      })
      return { type: 'tool-result', toolCallId: call.id, toolName: reading.setting.tool.name, output }
    }),
  )
}

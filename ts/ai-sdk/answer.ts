/** Answers to hidden calls, as the tool's results that prompts have. */
import { ENOUGH, answerRetrieval } from '../retrieve.js'
import type { HiddenCall } from './hidden.js'
import type { AiSdkSetting } from './options.js'
import type { PromptPart } from './spec.js'

/**
 * The output for a call. What the store gave once is what it would give again, as a ref is a hash of the text; that
 * something is not there may change, and is asked anew.
 */
async function outputOf(call: HiddenCall, setting: AiSdkSetting): Promise<object> {
  if (call.over) return { type: 'error-text', value: ENOUGH.text }
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
export function resultsOf(calls: readonly HiddenCall[], setting: AiSdkSetting, failed: (error: unknown) => void): Promise<PromptPart[]> {
  return Promise.all(
    calls.map(async (call) => {
      const output = await outputOf(call, setting).catch((error: unknown) => {
        failed(error)
        return { type: 'error-text', value: error instanceof Error ? error.message : String(error) }
      })
      return { type: 'tool-result', toolCallId: call.id, toolName: setting.tool.name, output }
    }),
  )
}

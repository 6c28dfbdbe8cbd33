/** An answer in one piece: the model is called until it asks for nothing more of ours. */
import type { AiSdkSetting } from './options.js'
import { prepare } from './prepare.js'
import type { ByProvider, CallOptions, ContentPart, Generated, Model } from './spec.js'
import { Turn } from './turn.js'

/** Warnings of all rounds, each once. */
function distinct(warnings: readonly unknown[]): unknown[] {
  return [...new Map(warnings.map((warning) => [JSON.stringify(warning), warning])).values()]
}

/** Calls the model, with hidden rounds. */
export async function generate(model: Model, params: CallOptions, setting: AiSdkSetting): Promise<Generated> {
  const prepared = await prepare(params, model, setting)
  if (!prepared.account) return model.doGenerate(prepared.params)
  const turn = new Turn(prepared, prepared.account, setting)
  const content: ContentPart[] = []
  const warnings: unknown[] = []
  let metadata: ByProvider | undefined
  for (;;) {
    const result = await model.doGenerate(turn.params)
    content.push(...turn.shown(result.content))
    warnings.push(...(result.warnings ?? []))
    if (result.providerMetadata) metadata = { ...metadata, ...result.providerMetadata }
    if (!(await turn.next(result))) {
      const finishReason = turn.reason(result.finishReason)
      return { ...result, content, finishReason, usage: turn.usage(), warnings: distinct(warnings), providerMetadata: turn.metadata(metadata) }
    }
    params.abortSignal?.throwIfAborted()
  }
}

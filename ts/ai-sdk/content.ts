/** What a model generated, as the assistant's message of the next request has it. */
import { argumentsOf } from './hidden.js'
import type { ContentPart, PromptPart, StreamPart } from './spec.js'

/** Kinds of parts that messages keep with their metadata, so that a tag on them comes back. */
const TAGGABLE = new Set(['text', 'reasoning', 'tool-call', 'custom'])

/** Kinds that stand in prompts as they were generated, but for the name of their metadata. */
const ALIKE = new Set(['text', 'reasoning', 'file', 'custom', 'reasoning-file'])

/** True where a tag survives the application's own keeping of messages. */
export function isTaggable(type: string): boolean {
  return TAGGABLE.has(type)
}

/** The result of a tool that the provider ran, as prompts have it. */
function outputOf({ result, isError }: ContentPart): object {
  const kind = typeof result === 'string' ? 'text' : 'json'
  return { type: isError ? `error-${kind}` : kind, value: result }
}

/** The part as a later prompt has it; `undefined` for what prompts do not have: sources, requests for approval. */
export function promptPart(part: ContentPart): PromptPart | undefined {
  const { providerMetadata, ...rest } = part
  const options = providerMetadata && { providerOptions: providerMetadata }
  if (ALIKE.has(part.type)) return { ...rest, ...options } as PromptPart
  const { type, toolCallId, toolName, providerExecuted } = part
  const known = { type, toolCallId, toolName }
  if (type === 'tool-call') {
    return { ...known, input: argumentsOf(part.input), ...(providerExecuted && { providerExecuted }), ...options } as PromptPart
  }
  if (type === 'tool-result') return { ...known, output: outputOf(part), ...options } as PromptPart
  return undefined
}

/** Puts the parts of a stream together to the content they are pieces of. */
export class Assembly {
  readonly #parts: ContentPart[] = []
  /** Where the block of an id stands. */
  readonly #blocks = new Map<string, number>()

  /** The content so far, in its order. */
  get content(): readonly ContentPart[] {
    return this.#parts
  }

  /** Takes a part of the stream in; what is no content is passed over. */
  add(part: StreamPart): void {
    const { type, id } = part
    const [kind, step] = /^(text|reasoning)-(start|delta|end)$/.exec(type)?.slice(1) ?? []
    if (kind === undefined || id === undefined) {
      if (ALIKE.has(type) || type === 'tool-call' || type === 'tool-result') this.#parts.push(part)
      return
    }
    const key = `${kind} ${id}`
    if (step === 'start') {
      this.#blocks.set(key, this.#parts.length)
      this.#parts.push({ type: kind, text: '' })
    }
    const at = this.#blocks.get(key)
    const block = at === undefined ? undefined : this.#parts[at]
    if (at === undefined || !block) return
    // As the AI SDK has it: metadata of a later part takes the place of earlier ones.
    const { delta = '', providerMetadata } = part
    this.#parts[at] = { ...block, text: `${block.text}${delta}`, ...(providerMetadata && { providerMetadata }) }
  }
}

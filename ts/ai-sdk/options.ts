/** Options of the AI SDK's door, as written for a model and for a single call, and what becomes of them. */
import type { Setting } from '../call.js'
import { type NativeStore, native, unwrap } from '../native.js'
import { type CompressOptions, splitOptions, unusable } from '../options.js'
import { Recent } from '../recent.js'
import { type ToolDefinition, retrieveTool } from '../retrieve.js'
import { resolveStore } from '../store.js'
import { warner } from '../warner.js'
import { KEY } from './hidden.js'
import { remembering } from './remember.js'
import type { CallOptions, PromptPart } from './spec.js'
import { Tags } from './tags.js'

/** The model reads back what was left out by a tool that your application never sees. */
export interface HiddenRetrieval {
  mode: 'hidden'
  /** Offer the tool where a request has tools, or in every request. `'with-tools'` by default. */
  inject?: 'with-tools' | 'always' | undefined
  /** Hidden rounds an answer may take; 3 by default. */
  maxRounds?: number | undefined
  /** The usage of an answer after hidden rounds: what is paid, or what fills the context. `'sum'` by default. */
  usage?: 'sum' | 'last' | undefined
}

/** The model reads back by `headroomTools()` among your own tools; where it is missing, nothing is left out. */
export interface VisibleRetrieval {
  mode: 'visible'
}

/** Options for a model. What concerns compression is as in `compress`; in hooks paths lead from the call: `['prompt', 3, …]`. */
export interface AiSdkOptions extends Omit<CompressOptions, 'ccr' | 'format' | 'signal'> {
  /** How the model reads back what was left out; `false`: nothing is left out. `{ mode: 'hidden' }` by default. */
  ccr?: false | HiddenRetrieval | VisibleRetrieval | undefined
}

/** Options for one call, under `providerOptions.headroom`: over those for the model, and plain JSON. */
export interface AiSdkCallOptions
  extends Pick<
    CompressOptions,
    'codeAware' | 'compressUserMessages' | 'dedup' | 'excludeTools' | 'minTokens' | 'query' | 'targetRatio' | 'tokenBudget'
  > {
  /** `false`: this call goes to the model as it is. */
  enabled?: boolean | undefined
}

const CALL_OPTIONS: readonly string[] = [
  'codeAware', 'compressUserMessages', 'dedup', 'enabled', 'excludeTools', 'minTokens', 'query', 'targetRatio', 'tokenBudget',
] satisfies (keyof AiSdkCallOptions)[]

const HIDDEN: readonly string[] = ['mode', 'inject', 'maxRounds', 'usage'] satisfies (keyof HiddenRetrieval)[]

/** How many answers to hidden calls are remembered. */
const ANSWERS = 256

/** What stays the same between the calls of one wrapped model. */
export interface AiSdkSetting {
  readonly compress: CompressOptions
  readonly call: Setting
  readonly way: 'hidden' | 'visible' | 'none'
  readonly always: boolean
  readonly maxRounds: number
  readonly usage: 'sum' | 'last'
  readonly tool: ToolDefinition & { readonly name: string }
  /** Where originals are read back. */
  store(): NativeStore
  readonly tags: Tags
  /** Answers to hidden calls, as parts of prompts, by their arguments. */
  readonly answers: Recent<PromptPart['output'] & object>
  /** Takes note of a failure of ours and says so once. Gives the number of failures so far. */
  failed(error: unknown): number
}

function oneOf<T extends string>(value: unknown, name: string, known: readonly [T, ...T[]]): T {
  if (value === undefined) return known[0]
  if (known.includes(value as T)) return value as T
  throw unusable(`${name} is none`, value, `one of ${known.map((each) => `'${each}'`).join(', ')}`)
}

/** How the model reads back, checked: unknown keys are mistakes, too. */
function retrieval(ccr: AiSdkOptions['ccr']): Pick<AiSdkSetting, 'way' | 'always' | 'maxRounds' | 'usage'> {
  const given: unknown = ccr ?? { mode: 'hidden' }
  const fixed = { always: false, maxRounds: 0, usage: 'sum' } as const
  if (given === false) return { way: 'none', ...fixed }
  const hint = "pass false, { mode: 'visible' } or { mode: 'hidden', inject, maxRounds, usage }"
  if (typeof given !== 'object' || given === null) throw unusable('ccr is none', given, hint)
  const { mode, inject, maxRounds = 3, usage } = given as Partial<HiddenRetrieval>
  const known = oneOf<'hidden' | 'visible'>(mode, 'ccr.mode', ['hidden', 'visible']) === 'hidden' ? HIDDEN : ['mode']
  const stranger = Object.keys(given).find((key) => !known.includes(key))
  if (mode === undefined || stranger !== undefined) throw unusable('ccr is none', stranger ?? given, hint)
  if (mode !== 'hidden') return { way: 'visible', ...fixed }
  if (!Number.isSafeInteger(maxRounds) || maxRounds < 1) throw unusable('ccr.maxRounds is none', maxRounds, 'a whole number from 1 on')
  return {
    way: 'hidden',
    always: oneOf(inject, 'ccr.inject', ['with-tools', 'always']) === 'always',
    maxRounds,
    usage: oneOf(usage, 'ccr.usage', ['sum', 'last']),
  }
}

/** Checks options. Throws a `HeadroomValidationError` that names what is wrong, and where there is no addon. */
export function settingOf(options: AiSdkOptions): AiSdkSetting {
  const { ccr, ...compress } = options
  unwrap(native().checkOptions(splitOptions(compress).core))
  const warn = warner('HEADROOM_AI_SDK', 'calls go on as they would without headroom')
  let failures = 0
  return {
    ...retrieval(ccr),
    compress,
    call: { store: ({ store }) => resolveStore(store), started: new WeakSet(), around: remembering() },
    tool: retrieveTool('ai-sdk') as AiSdkSetting['tool'],
    store: () => resolveStore(compress.store),
    tags: new Tags(),
    answers: new Recent(ANSWERS),
    failed(error) {
      warn(error)
      failures += 1
      return failures
    },
  }
}

/** What a call asks for. Throws a `HeadroomValidationError` for what makes no sense. */
export function callOptions({ providerOptions }: CallOptions): AiSdkCallOptions {
  const given = providerOptions?.[KEY] ?? {}
  const stranger = Object.keys(given).find((key) => !CALL_OPTIONS.includes(key))
  if (stranger !== undefined) {
    throw unusable('providerOptions.headroom has an option it does not know', stranger, `known: ${CALL_OPTIONS.join(', ')}`)
  }
  return given
}

/** Tokens of several rounds as those of one answer. */
import type { Usage } from './spec.js'

/** Under this key the provider's own figures stand, which mean what it says: they are not added up. */
const RAW = 'raw'

/** Field by field, whatever the fields are; what one round does not say counts as nothing there. */
export function sum(first: Usage, second: Usage): Usage {
  const all: Record<string, unknown> = { ...first }
  for (const [key, value] of Object.entries(second)) {
    const before = first[key]
    if (key !== RAW && typeof value === 'number' && typeof before === 'number') all[key] = before + value
    else if (key !== RAW && isObject(value) && isObject(before)) all[key] = sum(before, value)
    else if (value !== undefined) all[key] = value
  }
  return all
}

/** Tokens in and out, from any shape of usage; absent where the provider does not say. */
export function plain(usage: Usage): { inputTokens?: number; outputTokens?: number } {
  const input = total(usage['inputTokens'])
  const output = total(usage['outputTokens'])
  return { ...(input !== undefined && { inputTokens: input }), ...(output !== undefined && { outputTokens: output }) }
}

function total(tokens: unknown): number | undefined {
  const value = isObject(tokens) ? tokens['total'] : tokens
  return typeof value === 'number' ? value : undefined
}

function isObject(value: unknown): value is Usage {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** How a door that fails open says so: once, so that a log is not flooded by what every call meets. */
import type { Warning } from './result.js'

/** Warnings of a compression that left messages, or a text of them, as they were because something failed. */
const FAILURES = new Set(['compressor_failed', 'failed', 'not_serialisable', 'store_failed', 'unknown_format'])

/** Those of the warnings of a compression that say that something failed. */
export function failuresAmong(warnings: readonly Warning[]): Warning[] {
  return warnings.filter(({ code }) => FAILURES.has(code))
}

/**
 * Says once what goes wrong, as a warning of the process; calls go on as they would without us.
 *
 * @param code the code of the warning: `HEADROOM_FETCH`, …
 * @param outcome what that means for calls.
 */
export function warner(code: string, outcome: string): (error: unknown) => void {
  let told = false
  return (error) => {
    if (told) return
    told = true
    const text = error instanceof Error ? error.message : String(error)
    process.emitWarning(`${outcome}: ${text}`, { type: 'HeadroomWarning', code })
  }
}

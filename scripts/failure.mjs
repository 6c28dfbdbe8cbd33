/** How the scripts say that something is wrong: title, cause, hint; on stderr, without colour. */

/**
 * Prints the failure and ends the process with status 1.
 *
 * @param {string} title
 * @param {{ cause?: string, hint?: string }} [parts]
 * @returns {never}
 */
export function fail(title, { cause, hint } = {}) {
  const lines = [`error: ${title}`]
  if (cause) lines.push(`  cause: ${cause}`)
  if (hint) lines.push(`  hint: ${hint}`)
  process.stderr.write(`${lines.join('\n')}\n`)
  process.exit(1)
}

/** What the core answered to the very same request a moment ago. */
import { createHash } from 'node:crypto'

import type { Engine } from '../engine.js'
import { Recent } from '../recent.js'
import type { Warning } from '../result.js'

/** How long an answer is given again, in milliseconds: what it points to was stored as long ago. */
const LASTS = 60_000

/** Longer answers are made again, in characters. */
const LONGEST = 131_072

/** How many answers are kept. */
const MOST = 32

/** True for an answer that would be the same again: no failure, which may be over, is in it. */
function isLasting(answer: string): boolean {
  const { ok } = JSON.parse(answer) as { ok?: { report: { warnings: Warning[] } } }
  // What else is told of is the request itself.
  return ok?.report.warnings.every(({ code }) => code.startsWith('volatile_')) ?? false
}

/**
 * Puts a memory around engines: the answer to the very same request and options is given again, as a retry asks for. The
 * core is a pure function of these; the store must be the same in every call.
 */
export function remembering(): (engine: Engine) => Engine {
  const memory = new Recent<{ answer: string; made: number }>(MOST)
  return (engine) => ({
    ...engine,
    async compress(request, store) {
      const key = createHash('sha256').update(request.options).update('\0').update(request.body).digest('base64')
      const known = memory.get(key)
      if (known && performance.now() - known.made < LASTS && isLasting(known.answer)) return known.answer
      const answer = await engine.compress(request, store)
      if (answer.length <= LONGEST) memory.set(key, { answer, made: performance.now() })
      return answer
    },
  })
}

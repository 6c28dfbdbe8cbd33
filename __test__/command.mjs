/** `headroom proxy` as npm runs it, in a process of its own. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

import { HOME } from './home.mjs'

const BIN = fileURLToPath(new URL('../bin/headroom.js', import.meta.url))

/** Starts it on a free port; resolves when it listens. */
export async function command(args = [], env = {}) {
  const child = spawn(process.execPath, [BIN, 'proxy', '--port', '0', ...args], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, HEADROOM_HOME: HOME, ...env } })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text) => (said += text))
  const ended = once(child, 'close')
  const over = ended.then(() => 'over')
  while (!said.includes('GEMINI')) {
    if ((await Promise.race([once(child.stderr, 'data'), over])) === 'over') throw new Error(`it does not start: ${said}`)
  }
  return { child, ended, said: () => said, url: /ANTHROPIC_BASE_URL=(\S+)/.exec(said)[1] }
}

/** Running other programs, with an end to it. */
import { spawn } from 'node:child_process'

/** Runs a program to its end, or to a limit in milliseconds. `more` are options of `spawn`. */
export function run(command, args, limit, more = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...more })
    const timer = setTimeout(() => child.kill('SIGKILL'), Math.max(limit, 1))
    const said = { out: '', err: '' }
    child.stdout.setEncoding('utf8').on('data', (text) => (said.out += text))
    child.stderr.setEncoding('utf8').on('data', (text) => (said.err += text))
    child.on('error', (error) => (said.err += error.message))
    child.on('close', (status, signal) => {
      clearTimeout(timer)
      resolve({ ...said, ok: status === 0, status: signal ?? status })
    })
  })
}

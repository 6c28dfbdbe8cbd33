/** A `redis-server` of a test's own, that can be killed and started again. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

import { HOME } from './home.mjs'

/** How long it may take to listen, in milliseconds. */
const PATIENCE = 10_000

/** Why nothing can be tested with it; `false` where it can. */
export const missing = spawnSync('redis-server', ['--version']).status === 0 ? false : 'redis-server is not on the PATH'

async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address()
  probe.close()
  await once(probe, 'close')
  return port
}

/** True when a server answers that it serves. */
async function answers(port) {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    socket.write('PING\r\n')
    const [said] = await once(socket, 'data')
    return String(said).startsWith('+PONG')
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

/** Starts one that keeps what it has acknowledged. */
export async function redis() {
  const folder = mkdtempSync(join(HOME, 'redis-'))
  const port = await freePort()
  let child
  let closed
  async function start() {
    const args = ['--port', port, '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'yes', '--appendfsync', 'always']
    child = spawn('redis-server', args.map(String), { stdio: 'ignore' })
    closed = once(child, 'close')
    const deadline = Date.now() + PATIENCE
    while (!(await answers(port))) {
      if (Date.now() > deadline) throw new Error('redis-server does not listen')
      await pause(20)
    }
  }
  await start()
  return {
    url: `redis://127.0.0.1:${port}`,
    start,
    /** Ends it like a loss of power. */
    async kill() {
      child.kill('SIGKILL')
      await closed
    },
  }
}

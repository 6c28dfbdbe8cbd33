/** The processes of a measurement, on ports of the loopback, and what the system says about them. */
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, openSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'

import { fail } from '../../scripts/failure.mjs'

/** @typedef {{ name: string, port: number, pids: () => number[], stop: () => Promise<void> }} Server */

/** How long a server may take to listen, in milliseconds. */
const PATIENCE = 10_000

/** Ticks a second of the times in /proc, on every Linux. */
const TICKS = 100

/** A port nobody listens on. @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

/** Waits until something answers on a port. @param {string} name @param {number} port */
async function listening(name, port) {
  const deadline = Date.now() + PATIENCE
  while (Date.now() < deadline) {
    try {
      await fetch(`http://127.0.0.1:${port}/livez`)
      return
    } catch {
      await new Promise((resolve) => {
        setTimeout(resolve, 20)
      })
    }
  }
  fail(`${name} does not listen on port ${port}`)
}

/** A process that listens. @param {string} name @param {number} port @param {import('node:child_process').ChildProcess} child @returns {Server} */
export function server(name, port, child) {
  const pid = child.pid ?? fail(`${name} does not start`)
  const ended = new Promise((resolve) => {
    child.once('exit', resolve)
  })
  const pids = () => [pid, ...childrenOf(pid)]
  const stop = async () => {
    child.kill('SIGTERM')
    await ended
  }
  return { name, port, pids, stop }
}

/** The mock of a provider. @param {string} program @returns {Promise<Server>} */
export async function startUpstream(program) {
  const child = spawn(program, { stdio: ['ignore', 'pipe', 'inherit'] })
  /** @type {string} */
  const port = await new Promise((resolve) => {
    child.stdout.once('data', (data) => resolve(String(data)))
  })
  return server('direct', Number(port), child)
}

/** The proxy as it comes, its log in a file. @param {string} program @param {number} upstream @param {string} folder */
export async function startHeadroom(program, upstream, folder) {
  const port = await freePort()
  const base = `http://127.0.0.1:${upstream}`
  const args = ['proxy', '--port', `${port}`, '--anthropic-api-url', base, '--openai-api-url', base]
  const env = { PATH: process.env['PATH'] ?? '', HEADROOM_HOME: join(folder, `home-${port}`) }
  const log = openSync(join(folder, `headroom-${port}.log`), 'w')
  const child = spawn(program, args, { env, stdio: ['ignore', 'ignore', log] })
  await listening('headroom', port)
  return server('headroom', port, child)
}

/**
 * nginx with connections kept open to the upstream, nothing buffered, an access log; `undefined` where it is not
 * installed.
 *
 * @param {number} upstream @param {string} folder @returns {Promise<Server | undefined>}
 */
export async function startNginx(upstream, folder) {
  const program = ['nginx', '/usr/sbin/nginx'].find((name) => spawnSync(name, ['-v']).status === 0)
  if (program === undefined) return undefined
  const port = await freePort()
  const home = join(folder, 'nginx')
  mkdirSync(home, { recursive: true })
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  writeFileSync(
    join(home, 'nginx.conf'),
    `daemon off;
worker_processes auto;
pid ${home}/pid;
error_log ${home}/error.log;
events { worker_connections 4096; }
http {
  access_log ${home}/access.log;
${temporary.map((name) => `  ${name}_temp_path ${home}/${name};`).join('\n')}
  client_max_body_size 100m;
  client_body_buffer_size 128k;
  keepalive_requests 1000000;
  tcp_nodelay on;
  upstream mock { server 127.0.0.1:${upstream}; keepalive 600; keepalive_requests 1000000; }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://mock;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
      proxy_request_buffering off;
    }
  }
}
`,
  )
  const args = ['-p', home, '-c', join(home, 'nginx.conf'), '-e', join(home, 'error.log')]
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] })
  await listening('nginx', port)
  return server('nginx', port, child)
}

/** The processes a process has started. @param {number} parent @returns {number[]} */
function childrenOf(parent) {
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return all.map(Number).filter((pid) => {
    try {
      return Number(fieldsOf(pid)[1]) === parent
    } catch {
      return false
    }
  })
}

/** The fields of /proc/PID/stat behind the name. @param {number} pid */
function fieldsOf(pid) {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return text.slice(text.lastIndexOf(')') + 2).split(' ')
}

/** Time on processors so far, user and system, in seconds. @param {Server} of */
export function processorTime(of) {
  const ticks = of.pids().map((pid) => {
    const fields = fieldsOf(pid)
    return Number(fields[11]) + Number(fields[12])
  })
  return ticks.reduce((sum, more) => sum + more, 0) / TICKS
}

/** Memory in use, in MiB. @param {Server} of */
export function memory(of) {
  const sizes = of.pids().map((pid) => {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    return Number(/^VmRSS:\s*(\d+) kB/m.exec(status)?.[1]) / 1024
  })
  return sizes.reduce((sum, more) => sum + more, 0)
}

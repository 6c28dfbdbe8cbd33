/** A Next.js application with one route that compresses: built, started and asked once. */
import { spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { USE } from './loads.mjs'

/** What is installed for it. */
export const NEXT = ['next@16', 'react@19', 'react-dom@19']

const FILES = {
  'next.config.mjs': "export default { serverExternalPackages: ['headroom'] }\n",
  'app/layout.jsx': 'export default ({ children }) => <html lang="en"><body>{children}</body></html>\n',
  'app/page.jsx': 'export default () => <p>nothing here</p>\n',
  'app/api/works/route.js': `
import { compress, retrieve } from 'headroom'
import { headroomFetch } from 'headroom/fetch'
${USE}
export const dynamic = 'force-dynamic'
export const GET = async () => Response.json({ works: await use({ compress, retrieve }), fetch: typeof headroomFetch() })
`,
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address()
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** Asks until there is an answer, or the time is over. */
async function answerOf(url, limit) {
  for (const end = Date.now() + limit; Date.now() < end; await sleep(200)) {
    try {
      return await (await fetch(url, { signal: AbortSignal.timeout(5_000) })).text()
    } catch {
      // It does not listen yet.
    }
  }
  return 'no answer'
}

/** The check, in a folder in which packages are installed. */
export function next({ folder, node, run, env }) {
  for (const [name, text] of Object.entries(FILES)) {
    mkdirSync(join(folder, name, '..'), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  const command = join('node_modules', 'next', 'dist', 'bin', 'next')
  const check = async () => {
    const built = await run(node, [command, 'build'], { cwd: folder, limit: 300_000 })
    if (!built.ok) return built
    const port = await freePort()
    const args = [command, 'start', '--hostname', '127.0.0.1', '--port', String(port)]
    const server = spawn(node, args, { cwd: folder, env, stdio: 'ignore' })
    try {
      const answer = await answerOf(`http://127.0.0.1:${port}/api/works`, 60_000)
      return { ok: answer === '{"works":true,"fetch":"function"}', out: answer, err: '' }
    } finally {
      server.kill('SIGKILL')
    }
  }
  return { name: 'a Next.js application with serverExternalPackages builds and answers', check }
}

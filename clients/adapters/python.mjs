/** Python clients, each in a process of its own that is asked line by line. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

import { REF } from '../../__test__/conversations.mjs'

const SCRIPT = fileURLToPath(new URL('../python/adapter.py', import.meta.url))

/** Nothing here speaks to others than the proxy. */
const QUIET = { LITELLM_LOCAL_MODEL_COST_MAP: 'True', AGNO_TELEMETRY: 'false', LANGSMITH_TRACING: 'false', PYTHONDONTWRITEBYTECODE: '1' }

/** An error of the other process. */
class Foreign extends Error {
  constructor(told) {
    super(JSON.stringify(told))
    this.told = told
  }
}

/** How what the application says is written; as OpenAI's chat has it where nothing stands. */
const MESSAGES = {
  openai: {
    user: (content) => [{ role: 'user', content }],
    results: (all) => all.map(({ call: { id }, text }) => ({ role: 'tool', tool_call_id: id, content: text })),
  },
  anthropic: {
    user: (content) => [{ role: 'user', content }],
    results: (all) => [{ role: 'user', content: all.map(({ call: { id }, text }) => ({ type: 'tool_result', tool_use_id: id, content: text })) }],
  },
  langchain: {
    user: (content) => [{ type: 'human', data: { content } }],
    results: (all) => all.map(({ call: { id, name }, text }) => ({ type: 'tool', data: { content: text, tool_call_id: id, name } })),
  },
}

/** An agent calls a tool, reads back unseen, and answers. */
async function runAgent(call, { provider, orders }) {
  const asks = (id, name, input) => ({ say: [{ call: { id, name, input } }] })
  provider.script(
    asks('call_1', 'list', { page: 1 }),
    ({ items }) => asks('hidden_1', 'headroom_retrieve', { ref: REF.exec(items.at(-1))?.[0], rows: '42' }),
    { say: [{ text: 'Order 10041.' }] },
  )
  assert.equal(await call({ do: 'agent', with: [orders] }), 'Order 10041.')
  const [, second, third] = provider.got
  assert.ok(second.items.at(-1).length < orders.length / 2, 'nothing was left out')
  assert.match(third.items.at(-1), /card declined/)
}

/** `kind` as the script names it. */
export const python = (kind) => async (_, base, { folder }) => {
  const child = spawn(join(folder, 'bin', 'python'), [SCRIPT, kind, base], { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, ...QUIET } })
  const lines = createInterface({ input: child.stdout })
  const waiting = new Map()
  const [hello] = await once(lines, 'line')
  lines.on('line', (line) => {
    const { id, heard, ...told } = JSON.parse(line)
    const { onText, resolve, reject } = waiting.get(id)
    if (heard !== undefined) return onText?.(heard)
    waiting.delete(id)
    if ('value' in told) resolve(told.value)
    else reject(new Foreign(told))
  })
  child.on('close', () => {
    for (const { reject } of waiting.values()) reject(new Error('the process ended'))
  })

  let ids = 0
  function call(request, { onText, signal } = {}) {
    const id = ++ids
    return new Promise((resolve, reject) => {
      waiting.set(id, { onText, resolve, reject })
      child.stdin.write(`${JSON.stringify({ id, ...request })}\n`)
      signal?.addEventListener('abort', () => child.stdin.write(`${JSON.stringify({ do: 'abort', of: id })}\n`))
    })
  }

  const has = JSON.parse(hello).has.filter((name) => name !== 'agent')
  return {
    /** It makes one text of all that a message says, wherever the thoughts between stood. */
    joins: kind === 'litellm anthropic',
    failure: ({ told }) => told.failure,
    aborted: ({ told }) => told?.aborted === true,
    unknown: Object.fromEntries(has.map((name) => [name, () => call({ do: name })])),
    checks: JSON.parse(hello).has.includes('agent') ? { agent: (world) => runAgent(call, world) } : {},
    ask: (messages, { stream, tools = [], ...options }) => call({ do: 'ask', messages, stream, tools }, options),
    ...(MESSAGES[kind.split(' ')[0]] ?? MESSAGES.openai),
    async close() {
      child.stdin.end()
      await once(child, 'close')
    },
  }
}

/** A snippet as a program of its own: what it prints, or how it failed. */
async function printed(folder, code) {
  const env = { ...process.env, ...QUIET, OPENAI_API_KEY: 'key', ANTHROPIC_API_KEY: 'key' }
  const child = spawn(join(folder, 'bin', 'python'), ['-c', code], { stdio: ['ignore', 'pipe', 'pipe'], env, timeout: 30_000 })
  const said = { out: '', err: '' }
  child.stdout.setEncoding('utf8').on('data', (text) => (said.out += text))
  child.stderr.setEncoding('utf8').on('data', (text) => (said.err += text))
  const [status] = await once(child, 'close')
  assert.equal(status, 0, said.err)
  return said.out
}

/** Every snippet of `docs/python.md`, as it stands there but for the address. */
export async function snippets(_, base, { folder }) {
  const page = readFileSync(new URL('../../docs/python.md', import.meta.url), 'utf8')
  const found = [...page.matchAll(/^## (.+)\n\n```python\n([^]*?)```$/gm)]
  const check = (code) => async ({ provider }) => {
    const asks = code.split('Hello').length + 1
    provider.script(...Array.from({ length: asks }, () => ({ say: [{ text: 'Good morning.' }] })))
    assert.match(await printed(folder, code.replaceAll('http://127.0.0.1:8787', base)), /^(Good morning\.\n)+$/)
    assert.ok(provider.got.length > 0, 'it asked somebody else')
  }
  return { alone: true, checks: Object.fromEntries(found.map(([, name, code]) => [`snippet ${name}`, check(code)])) }
}

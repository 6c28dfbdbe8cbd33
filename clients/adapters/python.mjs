/** Python clients, each in a process of its own that is asked line by line. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const SCRIPT = fileURLToPath(new URL('../python/adapter.py', import.meta.url))

/** An error of the other process. */
class Foreign extends Error {
  constructor(told) {
    super(JSON.stringify(told))
    this.told = told
  }
}

/** `kind` as the script names it. */
export const python = (kind) => async (_, base, { folder }) => {
  const environment = { ...process.env, LITELLM_LOCAL_MODEL_COST_MAP: 'True', PYTHONDONTWRITEBYTECODE: '1' }
  const child = spawn(join(folder, 'bin', 'python'), [SCRIPT, kind, base], { stdio: ['pipe', 'pipe', 'inherit'], env: environment })
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

  const outputs = kind === 'anthropic'
    ? (all) => [{ role: 'user', content: all.map(({ call: { id }, text }) => ({ type: 'tool_result', tool_use_id: id, content: text })) }]
    : (all) => all.map(({ call: { id }, text }) => ({ role: 'tool', tool_call_id: id, content: text }))
  return {
    /** It makes one text of all that a message says, wherever the thoughts between stood. */
    joins: kind === 'litellm anthropic',
    failure: ({ told }) => told.failure,
    aborted: ({ told }) => told?.aborted === true,
    unknown: Object.fromEntries(JSON.parse(hello).has.map((name) => [name, () => call({ do: name })])),
    ask: (messages, { stream, tools = [], ...options }) => call({ do: 'ask', messages, stream, tools }, options),
    user: (content) => [{ role: 'user', content }],
    results: outputs,
    async close() {
      child.stdin.end()
      await once(child, 'close')
    },
  }
}

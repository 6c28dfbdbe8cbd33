/**
 * Kompress from JavaScript: off it costs nothing, on it has its say, and without a model or its library it is a
 * warning. The library comes from `node scripts/onnxruntime.mjs`; without it the test that needs it says so, and
 * fails in CI.
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

import './home.mjs'
import { Headroom, HeadroomValidationError, compress, simulate } from 'headroom'

const MODEL = fileURLToPath(new URL('../crates/kompress/tests/fixtures/modernbert', import.meta.url))
const RUNTIME = fileURLToPath(
  new URL(
    `../target/onnxruntime/node_modules/onnxruntime-node/bin/napi-v6/${process.platform}/${process.arch}`,
    import.meta.url,
  ),
)

const sentence = (number) =>
  `The keeper of lighthouse ${number} agreed to repair the lamp before the winter storm. It was cold, and there was ` +
  `no oil to be had in the town of the harbour. The council moved vote ${number} to the next meeting.`
const messages = [
  { role: 'user', content: 'What did the keeper repair?' },
  { role: 'tool', tool_call_id: 'call_1', content: Array.from({ length: 12 }, (_, number) => sentence(number)).join('\n\n') },
]
const OPTIONS = { ccr: true, store: 'memory', targetRatio: 0.5 }

test('with kompress prose is judged by the model', async (t) => {
  if (!existsSync(RUNTIME) && process.env.HEADROOM_ONNXRUNTIME === undefined) {
    if (process.env.CI) assert.fail('run `node scripts/onnxruntime.mjs`')
    return t.skip('NOT TESTED: no ONNX Runtime; run `node scripts/onnxruntime.mjs`')
  }
  const runtime = process.env.HEADROOM_ONNXRUNTIME ?? RUNTIME
  for (const wordLevel of [false, true]) {
    const kompress = { model: MODEL, wordLevel, runtime }
    const result = await compress(messages, { ...OPTIONS, kompress })
    assert.deepEqual(result.warnings, [])
    assert.ok(result.transformsApplied.includes('kompress'), String(result.transformsApplied))
    assert.ok(result.tokensAfter < result.tokensBefore)
    const instance = new Headroom({ ...OPTIONS, kompress })
    assert.deepEqual(instance.compressSync(messages).messages, result.messages)
    instance.close()
  }
})

test('a plan names kompress, and hooks see it', async () => {
  const seen = []
  const kompress = { model: './nowhere' }
  await simulate(messages, {
    ...OPTIONS,
    kompress,
    hooks: { preCompress: ({ plan }) => void seen.push(...plan.decisions.map((decision) => decision.with)) },
  })
  assert.deepEqual(seen, [undefined, 'kompress'])
})

test('without a model kompress is a warning, and prose is compressed as without it', async () => {
  const plain = await compress(messages, OPTIONS)
  const result = await compress(messages, { ...OPTIONS, kompress: true })
  assert.deepEqual(result.messages, plain.messages)
  const [warning, ...others] = result.warnings
  assert.equal(others.length, 0)
  assert.equal(warning?.code, 'kompress_unavailable')
  assert.match(warning.message, /no model is installed; .*headroom model install/)
  const off = await compress(messages, { ...OPTIONS, kompress: false })
  assert.deepEqual([off.messages, off.warnings], [plain.messages, []])
})

test('options that make no sense are told', async () => {
  for (const kompress of ['yes', 1, { modle: 'x' }, { wordLevel: 'yes' }, []]) {
    await assert.rejects(compress(messages, { ...OPTIONS, kompress }), (error) => {
      assert.ok(HeadroomValidationError.isInstance(error))
      assert.equal(error.code, 'invalid_options')
      return true
    })
  }
})

test('without kompress no library is looked for or loaded', { skip: process.platform !== 'linux' }, () => {
  const script = `
    import { readFileSync } from 'node:fs'
    import { compress } from ${JSON.stringify(import.meta.resolve('headroom'))}
    const { messages } = await compress(${JSON.stringify(messages)}, ${JSON.stringify(OPTIONS)})
    if (messages[1].content.length > 1500) throw new Error('nothing was compressed')
    console.log(readFileSync('/proc/self/maps', 'utf8').includes('onnxruntime'))
  `
  const env = { ...process.env, HEADROOM_ONNXRUNTIME: RUNTIME }
  const printed = execFileSync(process.execPath, ['--input-type=module', '-e', script], { env, encoding: 'utf8' })
  assert.equal(printed, 'false\n')
})

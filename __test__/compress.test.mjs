/** `compress` and its siblings on every format: what changes, what keeps its identity, what is reported. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import './home.mjs'
import { compress, compressSync, countTokens, decode, retrieveTool, simulate } from 'headroom'
import { aiSdk, anthropic, bedrock, deepFreeze, gemini, openai, orders, responses, textOf } from './conversations.mjs'

const ROWS = orders(200)
const JSON_TEXT = JSON.stringify(ROWS)

const CONVERSATIONS = {
  'openai, string': { messages: openai(JSON_TEXT), text: textOf.openai },
  'anthropic, string': { messages: anthropic(JSON_TEXT), text: textOf.anthropic },
  'anthropic, list': { messages: anthropic([{ type: 'text', text: JSON_TEXT }]), text: textOf.anthropic },
  'responses, string': { messages: responses(JSON_TEXT), text: textOf.responses },
  'responses, list': { messages: responses([{ type: 'input_text', text: JSON_TEXT }]), text: textOf.responses },
  'gemini, text': { messages: gemini({ output: JSON_TEXT, code: 0 }), text: textOf.gemini },
  'gemini, json': { messages: gemini({ total: 200, rows: ROWS }), text: textOf.gemini },
  'gemini, record': {
    messages: gemini({ a: 1, list: ROWS, b: 'x', c: 'y', d: 'z', e: 'w' }),
    text: textOf.gemini,
    json: JSON.stringify({ a: 1, list: ROWS, b: 'x', c: 'y', d: 'z', e: 'w' }),
  },
  'bedrock, text': { messages: bedrock({ text: JSON_TEXT }), text: textOf.bedrock },
  'bedrock, json': { messages: bedrock({ json: ROWS }), text: textOf.bedrock },
  'ai-sdk, text': { messages: aiSdk({ type: 'text', value: JSON_TEXT }), text: textOf.aiSdk },
  'ai-sdk, json': { messages: aiSdk({ type: 'json', value: ROWS }), text: textOf.aiSdk },
  'ai-sdk, content': {
    messages: aiSdk({ type: 'content', value: [{ type: 'text', text: JSON_TEXT }] }),
    text: textOf.aiSdk,
  },
}

for (const [name, { messages, text, json = JSON_TEXT }] of Object.entries(CONVERSATIONS)) {
  describe(name, () => {
    deepFreeze(messages)

    test('the tool output gets smaller and decodes to the same JSON', async () => {
      const result = await compress(messages, { model: 'gpt-4o' })
      assert.equal(decode(text(result.messages)), json)
      assert.ok(result.tokensAfter < 0.7 * result.tokensBefore, `${result.tokensAfter} of ${result.tokensBefore}`)
      assert.equal(result.tokensSaved, result.tokensBefore - result.tokensAfter)
      assert.equal(result.compressionRatio, result.tokensAfter / result.tokensBefore)
      assert.deepEqual(result.refs, [])
      assert.ok(result.transformsApplied.length > 0)
      assert.deepEqual(result.blocks.filter((block) => block.verdict === 'lossless').length, 1)
    })

    test('untouched messages are the very objects passed in, and nothing passed in changes', async () => {
      const before = structuredClone(messages)
      const result = await compress(messages, { model: 'gpt-4o' })
      assert.notEqual(result.messages, messages)
      assert.deepEqual(messages, before)
      for (const [index, message] of messages.entries()) {
        assert.equal(result.messages[index] === message, index !== messages.length - 1, `message ${index}`)
      }
    })

    test('what stands beside the text keeps its place and identity', async () => {
      const part = (list) => {
        const last = list.at(-1)
        return last.parts?.[0].functionResponse.response ?? (last.role ? (last.content[0].toolResult ?? last.content[0]) : last)
      }
      const result = await compress(messages, { model: 'gpt-4o' })
      if (name.startsWith('openai') || name === 'gemini, record') return
      const { content: _old, output: _oldOutput, rows: _oldRows, ...rest } = part(messages)
      const { content: _new, output: _newOutput, rows: _newRows, ...kept } = part(result.messages)
      assert.deepEqual(kept, rest)
      if (rest.cache_control) assert.equal(kept.cache_control, rest.cache_control)
    })

    test('compressSync gives the same', async () => {
      assert.deepEqual(compressSync(messages, { model: 'gpt-4o' }), await compress(messages, { model: 'gpt-4o' }))
    })

    test('simulate gives the same account and the messages as they are', async () => {
      const { messages: _compressed, ...account } = await compress(messages, { model: 'gpt-4o' })
      const { messages: same, ...simulated } = await simulate(messages, { model: 'gpt-4o' })
      assert.equal(same, messages)
      assert.deepEqual(simulated, account)
    })

    test('compressing the result again changes nothing, by reference', async () => {
      const once = await compress(messages, { model: 'gpt-4o' })
      const twice = await compress(once.messages, { model: 'gpt-4o' })
      assert.equal(twice.messages, once.messages)
    })

    test('law 1: turn n is a prefix of turn n+1', async () => {
      const longer = [...messages, ...messages.slice(1)]
      const short = await compress(messages, { model: 'gpt-4o' })
      const long = await compress(longer, { model: 'gpt-4o' })
      assert.equal(JSON.stringify(long.messages.slice(0, messages.length)), JSON.stringify(short.messages))
    })

    test('naming the format finds the same as sniffing it', async () => {
      const format = name.split(',')[0]
      assert.deepEqual(await compress(messages, { format }), await compress(messages))
    })
  })
}

test('an AI SDK output keeps its provider options by reference when json becomes text', async () => {
  const providerOptions = { anthropic: { cacheControl: { type: 'ephemeral' } } }
  const messages = aiSdk({ type: 'json', value: ROWS, providerOptions })
  const { output } = (await compress(messages)).messages.at(-1).content[0]
  assert.equal(output.type, 'text')
  assert.equal(output.providerOptions, providerOptions)
})

test('when nothing changes, messages is the input itself', async () => {
  const small = openai('{"ok":true}')
  assert.equal((await compress(small)).messages, small)
  assert.equal(compressSync(small).messages, small)
  const empty = []
  const result = await compress(empty)
  assert.equal(result.messages, empty)
  assert.equal(result.compressionRatio, 1)
})

test('exclusions, minimum size and user messages are options', async () => {
  const messages = openai(JSON_TEXT)
  const verdict = async (options, list = messages) => (await compress(list, options)).blocks.at(-1).verdict
  assert.equal(await verdict({}), 'lossless')
  assert.equal(await verdict({ excludeTools: ['list_*'] }), 'excluded_tool')
  assert.equal(await verdict({ minTokens: 1_000_000 }), 'below_min')
  assert.equal(await verdict({}, openai(JSON_TEXT, 'read_file')), 'excluded_tool')
  const user = [{ role: 'user', content: JSON_TEXT }]
  assert.equal(await verdict({}, user), 'user_message')
  assert.equal(await verdict({ compressUserMessages: true }, user), 'lossless')
})

test('options that are undefined count as not given', async () => {
  const messages = openai(JSON_TEXT)
  const given = { model: undefined, format: undefined, ccr: undefined, hooks: undefined, signal: undefined, store: undefined }
  assert.deepEqual(await compress(messages, given), await compress(messages))
})

test('messages pushed while the core works are not part of the call', async () => {
  const messages = openai(JSON_TEXT)
  const pending = compress(messages)
  messages.push({ role: 'user', content: 'and another thing' })
  assert.equal((await pending).messages.length, 4)
})

test('countTokens says what counted', () => {
  const { tokens, tokenizer } = countTokens('hello world', 'gpt-4o')
  assert.equal(tokens, 2)
  assert.equal(tokenizer, 'o200k_base')
  assert.equal(countTokens('hello world', 'some-model-of-tomorrow').tokenizer, 'estimate')
  assert.equal(countTokens('', 'gpt-4o').tokens, 0)
})

test('retrieveTool has the shape of each format', () => {
  assert.equal(retrieveTool().function.name, 'headroom_retrieve')
  assert.equal(retrieveTool('openai').type, 'function')
  assert.equal(retrieveTool('anthropic').input_schema.type, 'object')
  assert.equal(retrieveTool('ai-sdk').inputSchema.type, 'object')
  assert.equal(retrieveTool('responses').strict, false)
  assert.equal(retrieveTool('bedrock').toolSpec.inputSchema.json.type, 'object')
  assert.equal(retrieveTool('gemini').parameters.type, 'object')
  for (const format of ['responses', 'anthropic', 'gemini', 'ai-sdk']) assert.equal(retrieveTool(format).name, 'headroom_retrieve')
})

/** Whatever is passed in: untouched with a verdict, or refused with an error; never a throw of anything else. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import './home.mjs'
import { compress, compressSync, simulate } from 'headroom'
import { aiSdk, anthropic, openai, orders } from './conversations.mjs'

const ROWS = JSON.stringify(orders(200))

describe('messages that cannot be written as JSON come back as they are, with a warning', () => {
  const circular = { role: 'user' }
  circular.content = circular
  let deep = []
  for (let depth = 0; depth < 100_000; depth += 1) deep = [deep]
  const cases = {
    'a cycle': circular,
    'a BigInt': { role: 'user', content: 12n },
    'a toJSON that throws': { toJSON: () => { throw new Error('no') } },
    'a getter that throws': { get role() { throw new Error('no') } },
    'a revoked proxy': (() => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return proxy })(),
    '100,000 levels': { role: 'user', content: deep },
  }
  for (const [name, message] of Object.entries(cases)) {
    test(name, async () => {
      const messages = [...openai(ROWS), message]
      for (const result of [await compress(messages), compressSync(messages), await simulate(messages)]) {
        assert.ok(result.messages === messages)
        assert.equal(result.tokensSaved, 0)
        assert.deepEqual(result.warnings.map(({ code }) => code), ['not_serialisable'])
      }
    })
  }
})

describe('odd messages beside a good one do not keep it from being compressed', () => {
  const odd = {
    'null': null,
    'a number': 5,
    'a string': 'hello',
    'an array': [],
    'nothing': undefined,
    'a function': () => 1,
    'a symbol': Symbol('x'),
    'an empty object': {},
    'an unknown role': { role: 'oracle', content: ROWS },
    'a role that is no string': { role: 5, content: ROWS },
    'no content': { role: 'tool', tool_call_id: 'x' },
    'content that is a number': { role: 'tool', tool_call_id: 'x', content: 5 },
    'content with holes': { role: 'tool', tool_call_id: 'x', content: [null, 5, { type: 'text' }, { type: 'text', text: 5 }] },
    'no tool_call_id': { role: 'tool', content: 'done' },
    'tool calls that are none': { role: 'assistant', tool_calls: [null, 5, { function: null }], content: null },
    'a Date, a RegExp and a Map': { role: 'user', content: [new Date(0), /x/, new Map()] },
  }
  for (const [name, message] of Object.entries(odd)) {
    test(name, async () => {
      const good = openai(ROWS)
      const messages = [message, ...good]
      const result = await compress(messages)
      assert.ok(result.messages[0] === message)
      assert.equal(result.blocks.at(-1).verdict, 'lossless')
      assert.notEqual(result.messages.at(-1).content, ROWS)
    })
  }
})

test('a list without any message comes back with a warning', async () => {
  for (const messages of [[5], [null], ['hello'], [{}], [[]], [{ role: 5 }], [{ parts: [{ text: 'hello' }] }]]) {
    const result = await compress(messages)
    assert.ok(result.messages === messages)
    assert.deepEqual(result.warnings.map(({ code }) => code), ['unknown_format'])
  }
})

describe('texts that are not what they seem', () => {
  const texts = {
    'not JSON after all': `${ROWS.slice(0, -1)},`,
    'NUL characters': JSON.stringify(orders(100).map((order) => ({ ...order, note: '\0'.repeat(20) }))),
    'numbers beyond doubles': `[${Array.from({ length: 300 }, (_, index) => `{"n":1e400,"i":${index},"big":${'9'.repeat(40)}}`)}]`,
    'duplicate keys': `[${Array.from({ length: 300 }, (_, index) => `{"a":${index},"a":${index + 1},"b":null}`)}]`,
    'deep nesting': `${'['.repeat(100_000)}${']'.repeat(100_000)}`,
    'deep objects': `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`,
    'unclosed nesting': '['.repeat(100_000),
    'one long string': JSON.stringify('x'.repeat(1_000_000)),
    'keys like prototypes': JSON.stringify(orders(100)).replaceAll('"currency"', '"__proto__"'),
    'only white space': ' \n'.repeat(10_000),
    'escaped lone surrogates': JSON.stringify(orders(100).map((order) => ({ ...order, note: '\ud800' }))),
    'raw lone surrogates': `${ROWS}\udc00`,
    'a marker of ours': `[headroom: rows 5-37 left out] ${ROWS}`,
  }
  for (const [name, text] of Object.entries(texts)) {
    test(name, async () => {
      for (const messages of [openai(text), anthropic(text), aiSdk({ type: 'text', value: text })]) {
        for (const options of [{}, { ccr: true, store: 'memory' }]) {
          const result = await compress(messages, options)
          const block = result.blocks.at(-1)
          assert.ok(block.tokensAfter <= block.tokensBefore, 'law 8')
          if (block.verdict !== 'lossless' && block.verdict !== 'compressed') assert.ok(result.messages === messages)
        }
      }
    })
  }
})

describe('values of the AI SDK that are no JSON', () => {
  const image = new Uint8Array(4_000_000)
  const prompt = () => [
    {
      role: 'user',
      content: [
        { type: 'file', mediaType: 'image/png', data: image },
        { type: 'file', mediaType: 'image/png', data: Buffer.from(image) },
        { type: 'file', mediaType: 'image/png', data: new URL('https://example.com/a.png') },
        { type: 'file', mediaType: 'image/png', data: { type: 'data', data: image.buffer } },
      ],
    },
    ...aiSdk({ type: 'text', value: ROWS }),
  ]

  test('files cross neither as megabytes of numbers nor at all, and keep their identity', async () => {
    const messages = prompt()
    const started = performance.now()
    const result = await compress(messages, { format: 'ai-sdk' })
    // As JSON the four files are far over 50 MB, which takes seconds.
    assert.ok(performance.now() - started < 1_000)
    assert.equal(result.messages[0], messages[0])
    assert.equal(result.blocks.at(-1).verdict, 'lossless')
  })

  test('files in a tool result stay while the text beside them gets smaller', async () => {
    const file = { type: 'media', mediaType: 'image/png', data: image }
    const messages = aiSdk({ type: 'content', value: [{ type: 'text', text: ROWS }, file] })
    const result = await compress(messages, { format: 'ai-sdk' })
    const { value } = result.messages.at(-1).content[0].output
    assert.equal(value[1], file)
    assert.notEqual(value[0].text, ROWS)
  })

  test('tool data that JSON spells in its own way is compressed as the provider would see it', async () => {
    const value = orders(200).map((order) => ({ ...order, at: new Date(0), gone: undefined, call: () => 1, nan: Number.NaN }))
    const messages = aiSdk({ type: 'json', value })
    const result = await compress(messages)
    assert.equal(result.blocks.at(-1).verdict, 'lossless')
    assert.equal(messages.at(-1).content[0].output.value, value)
  })

  test('a message whose toJSON shows another shape is left alone', async () => {
    class Message {
      constructor(text) {
        this.body = text
      }
      toJSON() {
        return { role: 'tool', tool_call_id: 'call_1', content: this.body }
      }
    }
    const redacted = { role: 'tool', content: 'redacted', toJSON: () => ({ role: 'tool', tool_call_id: 'call_1', content: ROWS }) }
    for (const message of [new Message(ROWS), redacted]) {
      const messages = [...openai(ROWS).slice(0, 3), message]
      const result = await compress(messages)
      assert.ok(result.messages === messages)
      assert.deepEqual(result.warnings.map(({ code }) => code), ['not_serialisable'])
    }
  })

  test('messages that are instances of a class stay instances', async () => {
    class Message {
      shout() {
        return this.content.length
      }
    }
    const messages = openai(ROWS).map((message) => Object.assign(new Message(), message))
    const result = await compress(messages)
    assert.ok(result.messages.at(-1) instanceof Message)
    assert.ok(result.messages.at(-1).shout() < ROWS.length)
  })
})

describe('never-throw fuzz', () => {
  /** A generator of pseudo-random numbers below `n`, the same in every run. */
  function seeded(seed) {
    let state = seed
    return (n) => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
      return Math.floor((state / 2 ** 32) * n)
    }
  }

  const LEAVES = [
    null, undefined, true, 0, -0, 1e308, Number.NaN, Number.POSITIVE_INFINITY, 10n, '', 'user', 'tool', 'text', 'tool-result',
    'tool_result', 'json', '\ud800', '\0', '[headroom: ', '{"a":[1,2,3]}', ROWS, () => 1, Symbol('s'), new Date(Number.NaN), new Date(0),
    new Uint8Array(3), new URL('https://example.com'), new Map([[1, 2]]), new Set([1]), new Error('x'), Object.create(null),
  ]
  const KEYS = [
    'role', 'content', 'type', 'text', 'tool_call_id', 'tool_calls', 'function', 'name', 'arguments', 'tool_use_id', 'output', 'value',
    'toolName', 'toolCallId', 'is_error', 'cache_control', 'id', '__proto__', 'toString', 'messages', 'system', '0',
  ]

  function value(random, depth) {
    const choice = random(depth > 0 ? 4 : 1)
    if (choice < 2) return LEAVES[random(LEAVES.length)]
    const parts = Array.from({ length: random(4) }, () => value(random, depth - 1))
    if (choice === 2) return parts
    return Object.fromEntries(parts.map((part) => [KEYS[random(KEYS.length)], part]))
  }

  test('3,000 arrays of odd values and odd options', async () => {
    const random = seeded(20_260_301)
    for (let round = 0; round < 3_000; round += 1) {
      const messages = Array.from({ length: random(5) }, () => value(random, 4))
      const options = {
        format: [undefined, 'openai', 'responses', 'anthropic', 'gemini', 'bedrock', 'ai-sdk', 'langchain'][random(8)],
        compressUserMessages: random(2) === 1,
        ccr: random(2) === 1,
        store: 'memory',
        minTokens: random(3),
      }
      const result = round % 2 ? await compress(messages, options) : compressSync(messages, options)
      assert.equal(result.messages.length, messages.length)
      assert.ok(result.tokensAfter <= result.tokensBefore)
    }
  })
})

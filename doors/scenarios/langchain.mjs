/** `headroom/langchain` with LangChain 1: agents, graphs, chains, and the chat models of two providers. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'

import { decode } from 'headroom'
import { HeadroomDocumentCompressor, compressMessages, headroomMiddleware, withHeadroom } from 'headroom/langchain'
import { REF, orders } from '../../__test__/conversations.mjs'
import { upstream } from '../../clients/mock/upstream.mjs'
import { folder, load } from '../../scripts/installed.mjs'

const { createAgent, tool } = await load('langchain')
const { AIMessage, AIMessageChunk, HumanMessage, ToolMessage, mapChatMessagesToStoredMessages, mapStoredMessagesToChatMessages, trimMessages } =
  await load('@langchain/core/messages')
const { BaseChatModel } = await load('@langchain/core/language_models/chat_models')
const { ChatPromptTemplate, MessagesPlaceholder } = await load('@langchain/core/prompts')
const { RunnableSequence } = await load('@langchain/core/runnables')
const { MemorySaver, MessagesAnnotation, StateGraph } = await load('@langchain/langgraph')
const { ChatOpenAI } = await load('@langchain/openai')
const { ChatAnthropic } = await load('@langchain/anthropic')
const { z } = await load('zod')

/** True for LangChain before this version. */
function before(major, minor) {
  const { version } = JSON.parse(readFileSync(join(folder, 'node_modules/langchain/package.json'), 'utf8'))
  const [is, has] = version.split('.').map(Number)
  return is < major || (is === major && has < minor)
}

const ORDERS = JSON.stringify(orders(300))
const provider = await upstream()
after(() => provider.close())

const listOrders = tool(async () => ORDERS, { name: 'list_orders', description: 'Lists orders.', schema: z.object({ page: z.number() }) })
const failing = tool(async () => { throw new Error(ORDERS) }, { name: 'failing', description: 'Fails.', schema: z.object({}) })
const list = (id = 'c1') => ({ name: 'list_orders', args: { page: 1 }, id, type: 'tool_call' })
const reads = (messages, id) => ({ name: 'headroom_retrieve', args: { ref: REF.exec(messages.map((message) => message.text).join('\n'))?.[0], rows: '42' }, id, type: 'tool_call' })

/** A model that answers by script: messages, or functions of those it got. Streams what it says in two pieces. */
class Scripted extends BaseChatModel {
  constructor(script, seen = []) {
    super({})
    Object.assign(this, { script, seen, model: 'gpt-4o' })
  }

  _llmType() {
    return 'scripted'
  }

  bindTools(tools, options) {
    return this.withConfig({ tools, ...options })
  }

  next(messages, options) {
    this.seen.push({ messages, tools: options.tools ?? [] })
    const next = this.script.shift()
    const said = typeof next === 'function' ? next(messages) : next
    if (said instanceof Error) throw said
    return typeof said === 'string' ? { content: said } : said
  }

  async _generate(messages, options) {
    const message = new AIMessage(this.next(messages, options))
    return { generations: [{ text: message.text, message }] }
  }

  async *_streamResponseChunks(messages, options, manager) {
    const { content, tool_calls = [] } = this.next(messages, options)
    const chunk = (fields) => ({ text: fields.content, message: new AIMessageChunk(fields) })
    const calls = tool_calls.map(({ args, ...rest }, index) => ({ ...rest, type: 'tool_call_chunk', args: JSON.stringify(args), index }))
    const middle = Math.ceil(content.length / 2)
    for (const fields of [{ content: content.slice(0, middle) }, { content: content.slice(middle), tool_call_chunks: calls }]) {
      const { AIMessageChunk: _, ...piece } = chunk(fields)
      const { ChatGenerationChunk } = await load('@langchain/core/outputs')
      const generation = new ChatGenerationChunk(piece)
      yield generation
      await manager?.handleLLMNewToken(piece.text, undefined, undefined, undefined, undefined, { chunk: generation })
    }
  }
}

/** Calls the tool, reads back unseen, answers. */
const conversation = () => [
  { content: '', tool_calls: [list()] },
  (messages) => ({ content: '', tool_calls: [reads(messages, 'h1')] }),
  'Order 10041.',
]

const plain = (value) => JSON.parse(JSON.stringify(value))
const fields = ({ type, content, tool_calls: calls, tool_call_id: id, status }) => plain({ type, content, calls, id, status })
const noTrace = (messages) => {
  // Under a key of its own LangChain keeps which id of the provider's belongs to which call, and looks calls up there.
  const shown = messages.map(({ content, tool_calls: calls, additional_kwargs: { __openai_function_call_ids__: _ids, ...more }, type }) => ({ content, calls, more, type }))
  assert.doesNotMatch(JSON.stringify(shown), /headroom_retrieve|"h\d"/)
}

/** What was sent later starts with what was sent before. */
function assertContinues(earlier, later) {
  assert.deepEqual(later.messages.slice(0, earlier.messages.length).map(fields), earlier.messages.map(fields))
  assert.deepEqual(plain(later.tools.map(({ name }) => name)), plain(earlier.tools.map(({ name }) => name)))
}

function agentOf(script, more = {}, options = {}) {
  const model = new Scripted(script)
  const middleware = [headroomMiddleware({ store: 'memory', ...options })]
  return { seen: model.seen, agent: createAgent({ model, tools: [listOrders], middleware, ...more }) }
}

const ask = (text) => ({ messages: [new HumanMessage(text)] })

describe('agents', () => {
  test('a hidden round: smaller messages for the model, its own for the state, nothing of ours in it', async () => {
    const { agent, seen } = agentOf(conversation())
    const { messages } = await agent.invoke(ask('Which order failed?'))
    assert.deepEqual(messages.map(({ type }) => type), ['human', 'ai', 'tool', 'ai'])
    assert.equal(messages[2].content, ORDERS)
    assert.equal(messages[3].content, 'Order 10041.')
    noTrace(messages)
    assert.equal(seen.length, 3)
    assert.match(seen[1].messages[2].content, REF)
    assert.ok(seen[1].messages[2].content.length < ORDERS.length / 2)
    assert.match(seen[2].messages.at(-1).content, /10041/)
    assert.ok(seen[2].messages.at(-1) instanceof ToolMessage)
    assertContinues(seen[0], seen[1])
    assertContinues(seen[1], seen[2])
    assert.equal(messages[3].response_metadata.headroom.rounds, 1)
  })

  test('checkpoints keep what was hidden: the next turn starts with what the model has seen', async () => {
    const checkpointer = new MemorySaver()
    const config = { configurable: { thread_id: '1' } }
    const first = agentOf(conversation(), { checkpointer })
    await first.agent.invoke(ask('Which order failed?'), config)
    const second = agentOf(['Yes.'], { checkpointer })
    const { messages } = await second.agent.invoke(ask('Sure?'), config)
    assert.deepEqual(messages.map(({ type }) => type), ['human', 'ai', 'tool', 'ai', 'human', 'ai'])
    assertContinues(first.seen[2], second.seen[0])
    assert.equal(second.seen[0].messages.length, first.seen[2].messages.length + 2)
    noTrace(messages)
  })

  test('histories that were stored as JSON keep it, too', async () => {
    const { agent, seen } = agentOf([...conversation(), 'Yes.'])
    const { messages } = await agent.invoke(ask('Which order failed?'))
    const restored = mapStoredMessagesToChatMessages(plain(mapChatMessagesToStoredMessages(messages)))
    await agent.invoke({ messages: [...restored, new HumanMessage('Sure?')] })
    assertContinues(seen[2], seen[3])
  })

  test('a call beside the application’s is answered when the application’s is', async () => {
    const { agent, seen } = agentOf([
      { content: '', tool_calls: [list()] },
      (messages) => ({ content: 'Both.', tool_calls: [reads(messages, 'h1'), list('c2')] }),
      'Done.',
    ])
    const { messages } = await agent.invoke(ask('Which order failed?'))
    assert.deepEqual(messages.map(({ type }) => type), ['human', 'ai', 'tool', 'ai', 'tool', 'ai'])
    noTrace(messages)
    const [, , , both, read, listed] = seen[2].messages
    assert.deepEqual(both.tool_calls.map(({ name }) => name), ['headroom_retrieve', 'list_orders'])
    assert.deepEqual([read.tool_call_id, listed.tool_call_id], ['h1', 'c2'])
    assertContinues(seen[1], seen[2])
  })

  test('every way of streaming ends in the same messages', async () => {
    for (const streamMode of ['values', 'updates', 'messages', 'custom', ['values', 'messages']]) {
      const { agent } = agentOf(conversation())
      let last
      const texts = []
      for await (const chunk of await agent.stream(ask('Which order failed?'), { streamMode })) {
        if (streamMode === 'values') last = chunk
        if (streamMode === 'updates') for (const update of Object.values(chunk)) noTrace(update.messages ?? [])
        if (streamMode === 'messages') texts.push(chunk[0].text)
      }
      if (last) noTrace(last.messages)
      if (streamMode === 'messages') assert.match(texts.join(''), /Order 10041\.$/)
    }
  })

  test('ids: the state replaces and never repeats', async () => {
    const checkpointer = new MemorySaver()
    const config = { configurable: { thread_id: '2' } }
    const { agent } = agentOf([...conversation(), 'Yes.'], { checkpointer })
    const one = await agent.invoke(ask('Which order failed?'), config)
    const two = await agent.invoke(ask('Sure?'), config)
    assert.deepEqual(two.messages.slice(0, 4).map(({ id }) => id), one.messages.map(({ id }) => id))
    assert.equal(new Set(two.messages.map(({ id }) => id)).size, two.messages.length)
  })

  // Up to 1.1 an agent with any middleware of this kind refuses them.
  test('structured answers', { skip: before(1, 2) }, async () => {
    const responseFormat = z.object({ order: z.number() })
    const { agent, seen } = agentOf(
      [
        { content: '', tool_calls: [list()] },
        (messages) => ({ content: '', tool_calls: [reads(messages, 'h1')] }),
        () => ({ content: '', tool_calls: [{ name: seen.at(-1).tools.map(({ name, function: own }) => name ?? own.name).find((name) => name.startsWith('extract')), args: { order: 10041 }, id: 's1', type: 'tool_call' }] }),
      ],
      { responseFormat },
    )
    const { structuredResponse, messages } = await agent.invoke(ask('Which order failed?'))
    assert.deepEqual(structuredResponse, { order: 10041 })
    noTrace(messages)
    assert.equal(seen.length, 3)
  })

  test('what a failed tool said goes to the model as it is', async () => {
    const { agent, seen } = agentOf(
      [{ content: '', tool_calls: [{ name: 'failing', args: {}, id: 'f', type: 'tool_call' }] }, 'Too bad.'],
      { tools: [failing], middleware: [headroomMiddleware({ store: 'memory' }), failures()] },
    )
    await agent.invoke(ask('Try.'))
    assert.ok(seen[1].messages.at(-1).content.length >= ORDERS.length)
  })

  /** As applications have it: what a tool throws is told to the model. */
  function failures() {
    return {
      name: 'failures',
      wrapToolCall: async (request, handler) => {
        try {
          return await handler(request)
        } catch (error) {
          return new ToolMessage({ content: String(error), tool_call_id: request.toolCall.id, name: request.toolCall.name, status: 'error' })
        }
      },
    }
  }

  test('errors of any round reach the application', async () => {
    for (const script of [[new Error('429')], [...conversation().slice(0, 2), new Error('429')]]) {
      const { agent } = agentOf(script)
      await assert.rejects(agent.invoke(ask('x')), /429/)
    }
  })

  test('an abort in a hidden round ends the call', async () => {
    const controller = new AbortController()
    const { agent, seen } = agentOf([
      ...conversation().slice(0, 2),
      () => {
        controller.abort()
        return { content: 'late', tool_calls: [] }
      },
      'never',
    ])
    await assert.rejects(agent.invoke(ask('x'), { signal: controller.signal }), /abort/i)
    assert.equal(seen.length, 3)
  })

  test('beside other middleware, on either side', async () => {
    const counted = []
    const counting = {
      name: 'counting',
      wrapModelCall: (request, handler) => {
        counted.push(request.messages.every((message) => typeof message.getType === 'function'))
        return handler(request)
      },
    }
    for (const order of [[headroomMiddleware({ store: 'memory' }), counting], [counting, headroomMiddleware({ store: 'memory' })]]) {
      const { agent } = agentOf(conversation(), { middleware: order })
      noTrace((await agent.invoke(ask('Which order failed?'))).messages)
    }
    assert.deepEqual([counted.length, counted.every(Boolean)], [5, true])
  })
})

describe('messages', () => {
  const history = () => [new HumanMessage({ id: 'a', content: 'Which order failed?' }), new AIMessage({ id: 'b', content: '', tool_calls: [list()] }), new ToolMessage({ id: 'c', content: ORDERS, tool_call_id: 'c1', artifact: { n: 1n } })]

  test('a node of a graph: the reducer replaces, it does not append', async () => {
    const graph = new StateGraph(MessagesAnnotation)
      .addNode('smaller', async ({ messages }) => ({ messages: await compressMessages(messages) }))
      .addEdge('__start__', 'smaller')
      .compile()
    const { messages } = await graph.invoke({ messages: history() })
    assert.deepEqual(messages.map(({ id }) => id), ['a', 'b', 'c'])
    assert.ok(messages[2] instanceof ToolMessage)
    assert.equal(decode(messages[2].content), ORDERS)
    assert.deepEqual(messages[2].artifact, { n: 1n })
    assert.equal(messages[2].toDict().data.content, messages[2].content)
  })

  test('in a chain, behind a prompt and before trimMessages', async () => {
    const prompt = ChatPromptTemplate.fromMessages([['system', 'Be brief.'], new MessagesPlaceholder('history')])
    const model = new Scripted(['Order 10041.', 'Again.'])
    const chain = RunnableSequence.from([prompt, compressMessages({ model: 'gpt-4o' }), model])
    assert.equal((await chain.invoke({ history: history() })).content, 'Order 10041.')
    assert.equal(decode(model.seen[0].messages[3].content), ORDERS)
    const trimmer = trimMessages({ maxTokens: 4, strategy: 'last', tokenCounter: (messages) => messages.length })
    const trimmed = RunnableSequence.from([prompt, compressMessages({ dedup: false }), trimmer, model])
    await trimmed.invoke({ history: history() })
    assert.equal(model.seen[1].messages.length, 4)
  })

  test('wrapped models of any kind: the same class, in invoke, stream and with tools', async () => {
    const model = new Scripted(['whole', 'streamed', 'bound'])
    const wrapped = withHeadroom(model, { store: 'memory' })
    assert.ok(wrapped instanceof Scripted)
    assert.equal((await wrapped.invoke(history())).content, 'whole')
    let text = ''
    for await (const chunk of await wrapped.stream(history())) text += chunk.text
    assert.equal(text, 'streamed')
    assert.equal((await wrapped.bindTools([listOrders]).invoke(history())).content, 'bound')
    for (const { messages } of model.seen) assert.equal(decode(messages[2].content), ORDERS)
    assert.equal(model.seen[2].tools.length, 1)
  })
})

const MODELS = {
  chat: () => new ChatOpenAI({ model: 'gpt-4o', apiKey: 'k', maxRetries: 0, useResponsesApi: false, configuration: { baseURL: `${provider.url}/v1` } }),
  responses: () => new ChatOpenAI({ model: 'gpt-4o', apiKey: 'k', maxRetries: 0, useResponsesApi: true, zdrEnabled: true, configuration: { baseURL: `${provider.url}/v1` } }),
  anthropic: () => new ChatAnthropic({ model: 'claude-sonnet-4-5', apiKey: 'k', maxRetries: 0, anthropicApiUrl: provider.url }),
}

/** What came later starts with what came before, in the provider's own words. */
function assertGrows(earlier, later) {
  assert.deepEqual(later.items.slice(0, earlier.items.length).map((item) => JSON.parse(item)), earlier.items.map((item) => JSON.parse(item)))
  assert.equal(later.tools, earlier.tools)
}

const called = (name, input, id) => ({ call: { id, name, input } })
const asked = () => [...provider.got]

for (const [name, make] of Object.entries(MODELS)) {
  describe(`over the wire: ${name}`, () => {
    for (const streaming of [false, true]) {
      const kind = streaming ? 'streamed' : 'whole'
      const run = async (agent, input, config) => {
        if (!streaming) return agent.invoke(input, config)
        let last
        for await (const [mode, chunk] of await agent.stream(input, { ...config, streamMode: ['values', 'messages'] })) if (mode === 'values') last = chunk
        return last
      }
      const readsBack = (seen) => ({ say: [{ text: 'It is ' }, called('headroom_retrieve', { ref: REF.exec(seen.text)[0], rows: '42' }, 'h1')] })

      test(`an agent with middleware, ${kind}`, async () => {
        const agent = createAgent({ model: make(), tools: [listOrders], middleware: [headroomMiddleware({ store: 'memory' })], checkpointer: new MemorySaver() })
        const config = { configurable: { thread_id: `${name} ${kind}` } }
        provider.script({ say: [{ text: 'Let me see.' }, called('list_orders', { page: 1 }, 'c1')] }, readsBack, { say: [{ text: 'order 10041.' }] })
        const { messages } = await run(agent, ask('Which order failed?'), config)
        const first = asked()
        assert.equal(messages.at(-1).text, 'It is order 10041.')
        noTrace(messages)
        assert.equal(first.length, 3)
        assertGrows(first[0], first[1])
        assertGrows(first[1], first[2])
        provider.script({ say: [called('headroom_retrieve', { ref: '0'.repeat(32) }, 'h2'), called('list_orders', { page: 2 }, 'c2')] }, { say: [{ text: 'No.' }] })
        const next = await run(agent, ask('Another?'), config)
        noTrace(next.messages)
        assert.equal(next.messages.at(-1).text, 'No.')
        const second = asked()
        assertGrows(first[2], second[0])
        assertGrows(second[0], second[1])
        assert.match(second[1].text, /h2/)
      })

      test(`a wrapped model, ${kind}: nothing to be seen in any mode`, async () => {
        const agent = createAgent({ model: withHeadroom(make(), { store: 'memory' }), tools: [listOrders] })
        provider.script({ say: [called('list_orders', { page: 1 }, 'c1')] }, readsBack, { say: [{ text: 'Order 10041.' }] })
        const shown = []
        if (streaming) for await (const chunk of await agent.stream(ask('Which order failed?'), { streamMode: ['values', 'messages'] })) shown.push(chunk)
        else shown.push(await agent.invoke(ask('Which order failed?')))
        // Calls of ours; that its answers name the tools it was offered is the provider's own.
        assert.doesNotMatch(JSON.stringify(shown), /"h1"|rows\\*":\\*"42/)
        assert.match(JSON.stringify(shown.at(-1)), /10041\./)
        assert.equal(asked().length, 3)
        assertGrows(asked()[0], asked()[1])
      })
    }

    test('a wrapped model: structured output, errors, abort', async () => {
      const wrapped = withHeadroom(make(), { store: 'memory' })
      assert.equal(wrapped.constructor, make().constructor)
      provider.script({ status: 400, text: 'it failed' })
      await assert.rejects(wrapped.invoke('Hi'), /it failed/)
      provider.script({ silent: true })
      await assert.rejects(wrapped.invoke('Hi', { signal: AbortSignal.timeout(100) }), /abort|timeout|time/i)
    })
  })
}

test('a retriever with a document compressor', async () => {
  const { ContextualCompressionRetriever } = await load('@langchain/classic/retrievers/contextual_compression')
  const { BaseRetriever } = await load('@langchain/core/retrievers')
  const { Document } = await load('@langchain/core/documents')
  class Fixed extends BaseRetriever {
    lc_namespace = ['test']
    async _getRelevantDocuments() {
      return [new Document({ pageContent: ORDERS, metadata: { source: 'a' }, id: 'd' })]
    }
  }
  const retriever = new ContextualCompressionRetriever({ baseRetriever: new Fixed(), baseCompressor: new HeadroomDocumentCompressor() })
  const [document] = await retriever.invoke('Which order failed?')
  assert.ok(document instanceof Document)
  assert.equal(decode(document.pageContent), ORDERS)
  assert.deepEqual([document.metadata, document.id], [{ source: 'a' }, 'd'])
})

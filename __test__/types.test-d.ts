/** Types as callers see them: what must compile, and what must not. Checked by `tsc`, never run. */
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'

import {
  type CompressOptions,
  type CompressionHooks,
  type CompressResult,
  type CompressionPlan,
  Headroom,
  HeadroomAbortError,
  HeadroomClient,
  HeadroomDecodeError,
  HeadroomError,
  type HeadroomErrorCode,
  type PipelineExtension,
  HeadroomLoadError,
  HeadroomStoreError,
  HeadroomValidationError,
  PipelineStage,
  type Retrieved,
  SharedContext,
  type SharedPut,
  type TokenCount,
  type Tokenizer,
  type WireRequest,
  type ValidationCode,
  compress,
  compressSync,
  type countTokens,
  type decode,
  retrieve,
  retrieveTool,
  type simulate,
  CcrStream,
} from 'headroom'
import { type AiSdkCallOptions, type AiSdkMetadata, type AiSdkOptions, headroomMiddleware, type headroomTools, withHeadroom } from 'headroom/ai-sdk'
import { withHeadroom as withAnthropic } from 'headroom/anthropic'
import { headroomPlugin, withHeadroom as withBedrock } from 'headroom/bedrock'
import { type WireReport, headroomFetch } from 'headroom/fetch'
import type { withHeadroom as withGemini } from 'headroom/gemini'
import { withHeadroom as withGoogle } from 'headroom/google'
import { HeadroomDocumentCompressor, type MessageCompressor, compressMessages, headroomMiddleware as agentMiddleware, withHeadroom as withChatModel } from 'headroom/langchain'
import { withHeadroom as withOpenAI } from 'headroom/openai'
import { type ProxyExtension, type RunningProxy, startProxy } from 'headroom/proxy'
import { type compressRequest, headroomExpress, headroomFastify, headroomHandler, headroomHono, headroomRoute } from 'headroom/server'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function holds<_ extends true>(): void {}

type Message = { role: 'user'; content: string } | { role: 'tool'; tool_call_id: string; content: string }
declare const messages: readonly Message[]
declare const error: unknown

export async function results(): Promise<void> {
  const result = await compress(messages, { model: 'gpt-4o', ccr: true, store: 'memory' })
  holds<Equal<typeof result, CompressResult<Message>>>()
  holds<Equal<(typeof result)['messages'], Message[]>>()
  holds<Equal<(typeof result)['tokenizer'], Tokenizer>>()
  holds<Equal<typeof result, ReturnType<typeof compressSync<Message>>>>()
  holds<Equal<typeof result, Awaited<ReturnType<typeof simulate<Message>>>>>()
  const page = await retrieve('0'.repeat(32), { rows: '1-2' }, { store: 'memory' })
  holds<Equal<typeof page, Retrieved>>()
  holds<Equal<ReturnType<typeof decode>, string>>()
  holds<Equal<ReturnType<typeof countTokens>, TokenCount>>()
  retrieveTool('anthropic')
}

export function options(): CompressOptions {
  const headroom = new Headroom({ model: 'gpt-4o', store: './originals.db' })
  void headroom.compress(messages, { signal: AbortSignal.timeout(10), store: headroom })
  return {
    model: undefined,
    targetRatio: 0.3,
    excludeTools: ['mcp__*'] as const,
    hooks: {
      computeBiases: ({ plan }) => plan.decisions.map(({ tokens }) => (tokens > 1_000 ? 0.5 : undefined)),
      async preCompress({ plan }: { plan: CompressionPlan }) {
        const decision = plan.decisions[0]
        if (decision?.action === 'compress') decision.bias = 2
        plan.decisions = plan.decisions.map((each) => ({ ...each, action: 'keep', reason: 'hook' }))
      },
      postCompress: ({ tokensSaved }) => void tokensSaved,
    },
    extensions: [
      {
        onPipelineEvent({ stage, result }) {
          if (stage === PipelineStage.INPUT_COMPRESSED) result?.refs.at(0)
        },
      },
    ],
  }
}

export function errors(): HeadroomErrorCode | undefined {
  if (HeadroomAbortError.isInstance(error)) {
    holds<Equal<typeof error.code, 'aborted'>>()
    return error.code
  }
  if (HeadroomValidationError.isInstance(error)) holds<Equal<typeof error.code, ValidationCode>>()
  if (HeadroomStoreError.isInstance(error)) holds<Equal<typeof error.code, 'store' | 'closed'>>()
  if (HeadroomDecodeError.isInstance(error)) holds<Equal<typeof error.code, 'not_decodable'>>()
  if (HeadroomLoadError.isInstance(error)) holds<Equal<typeof error.code, 'addon_not_loaded'>>()
  if (HeadroomError.isInstance(error)) {
    holds<Equal<typeof error.hint, string | undefined>>()
    holds<Equal<typeof error.code, HeadroomErrorCode>>()
    return error.code
  }
  return undefined
}

export async function doors(): Promise<void> {
  const wrapped = headroomFetch({ fetch, ccr: 'mcp', excludeTools: ['x'], onReport: (report) => holds<Equal<typeof report, WireReport>>() })
  holds<Equal<typeof wrapped, typeof fetch>>()
  const proxy = await startProxy({ port: 0, upstreams: { anthropic: 'http://127.0.0.1:1' }, store: new Headroom() })
  holds<Equal<typeof proxy, RunningProxy>>()
  await proxy.close()
  const stream = new CcrStream('anthropic', { body: '{}', store: new Headroom() })
  const { bytes, step } = stream.push(stream.request)
  holds<Equal<typeof bytes, Uint8Array>>()
  if (step === 'settle') holds<Equal<Awaited<ReturnType<typeof stream.settle>>['body'], Uint8Array | null>>()
}

export async function listened(): Promise<void> {
  const gate: PipelineExtension = { onPipelineEvent: ({ request, response }) => void [request?.id, response?.usage?.cacheRead] }
  const hooks: CompressionHooks = { preCompress: ({ request }) => holds<Equal<typeof request, WireRequest | undefined>>() }
  headroomFetch({ hooks, extensions: [gate], hookTimeout: 2 })
  const own: ProxyExtension = {
    name: 'own',
    onStart: ({ token, host }) => {
      if (!token && host !== '127.0.0.1') throw new Error('no')
    },
    routes: [{ method: 'GET', path: '/own', handle: async (request) => Response.json({ url: request.url }) }],
  }
  await startProxy({ hooks, extensions: [gate, own], hookTimeout: 2 })
}

/** Values of a type of the caller's. */
interface Finding {
  file: string
  line: number
}

export async function shared(full: boolean): Promise<void> {
  const context = new SharedContext<Finding[]>({ name: 'review', ttl: 3_600, model: 'gpt-4o', store: 'memory' })
  const put = await context.put('findings', [{ file: 'a.ts', line: 1 }], { agent: 'reviewer', query: 'what is wrong?' })
  holds<Equal<typeof put, SharedPut>>()
  holds<Equal<Awaited<ReturnType<typeof context.keys>>, string[]>>()
  const text = await context.get('findings')
  holds<Equal<typeof text, string | undefined>>()
  const findings = await context.get('findings', { full: true })
  holds<Equal<typeof findings, Finding[] | undefined>>()
  const either = await context.get('findings', { full })
  holds<Equal<typeof either, Finding[] | string | undefined>>()
  const untyped = await new SharedContext().get('findings', { full: true })
  holds<Equal<typeof untyped, unknown>>()
  // @ts-expect-error of another type
  await context.put('findings', 'none')
}

/** Message types of callers stay what they are, whatever form the list has. */
export async function callersTypes(): Promise<void> {
  class Turn {
    readonly role = 'user'
    content = ''
    shout(): string {
      return this.content.toUpperCase()
    }
  }
  const turns = await compress([new Turn()])
  holds<Equal<(typeof turns)['messages'], Turn[]>>()
  const literal = compressSync([{ role: 'user', content: 'x', cache: { ttl: 5 } }] as const)
  holds<Equal<(typeof literal)['messages'][number]['cache']['ttl'], 5>>()
  const own = await new Headroom().compress(messages)
  holds<Equal<typeof own, CompressResult<Message>>>()
}

export function refusedSync(): void {
  // @ts-expect-error a synchronous call waits for nobody
  compressSync(messages, { hooks: { preCompress: async () => {} } })
  // @ts-expect-error nor do its extensions
  new Headroom().compressSync(messages, { extensions: [{ onPipelineEvent: async () => {} }] })
  compressSync(messages, { hooks: { postCompress: ({ tokensSaved }) => void tokensSaved, preCompress() {} } })
  // @ts-expect-error no such code for this class
  throw new HeadroomStoreError({ code: 'invalid_options', title: 'x' })
}

export function refusedByContexts(): void {
  // @ts-expect-error seconds are a number
  void new SharedContext({ ttl: '1h' })
  // @ts-expect-error hooks are for messages
  void new SharedContext({ hooks: {} })
}

interface Call {
  prompt: string[]
}
interface Answer {
  content: string[]
}
declare const model: {
  modelId: string
  specificationVersion: 'v4'
  doGenerate(options: Call): PromiseLike<Answer>
  doStream(options: Call): PromiseLike<{ stream: unknown }>
}

export async function aiSdk(): Promise<void> {
  const wrapped = withHeadroom(model, { ccr: { mode: 'hidden', inject: 'always', maxRounds: 2, usage: 'last' }, store: new Headroom() })
  holds<Equal<typeof wrapped, typeof model>>()
  const { wrapGenerate } = headroomMiddleware({ ccr: { mode: 'visible' }, minTokens: 100, hooks: {}, extensions: [] })
  const answer = await wrapGenerate({ params: {}, model, doGenerate: () => model.doGenerate({ prompt: [] }) })
  holds<Equal<typeof answer, Answer>>()
  const ofCall: AiSdkCallOptions = { enabled: false, excludeTools: ['x'] }
  const told = (metadata: AiSdkMetadata): number => metadata.tokensBefore - metadata.tokensAfter
  holds<Equal<Awaited<ReturnType<ReturnType<typeof headroomTools>['headroom_retrieve']['execute']>>, string>>()
  void [ofCall, told, { ccr: false } satisfies AiSdkOptions]
}

export function refusedByAiSdk(): void {
  // @ts-expect-error a name is no model
  void withHeadroom('openai/gpt-5')
  // @ts-expect-error what is visible has no hidden rounds
  void headroomMiddleware({ ccr: { mode: 'visible', maxRounds: 3 } })
  // @ts-expect-error the mode is to be named
  void headroomMiddleware({ ccr: true })
  // @ts-expect-error the format is the AI SDK's
  void headroomMiddleware({ format: 'openai' })
  // @ts-expect-error options of a call are plain JSON
  void ({ hooks: {} } satisfies AiSdkCallOptions)
}

/** An agent's middleware as LangChain declares it: hooks as properties and methods, called with its own types. */
interface Middleware {
  name: string
  tools?: readonly object[]
  wrapModelCall?: (request: { messages: string[] }, handler: (request: { messages: string[] }) => Promise<Date>) => Promise<Date> | Date
}

export async function langchain(): Promise<void> {
  const middleware: Middleware = agentMiddleware({ ccr: 'hidden', maxRounds: 2, excludeTools: ['x'], onReport: ({ refs }) => void refs })
  void middleware
  class Chat {
    readonly own = 1
  }
  const chat = withChatModel(new Chat(), { ccr: 'mcp' })
  holds<Equal<typeof chat, Chat>>()
  holds<Equal<Awaited<ReturnType<typeof compressMessages<Message>>>, Message[]>>()
  const some: MessageCompressor = compressMessages({ model: 'gpt-4o' })
  holds<Equal<Awaited<ReturnType<typeof some<Message>>>, Message[]>>()
  const documents = await new HeadroomDocumentCompressor({ ccr: true }).compressDocuments([{ pageContent: 'x', id: 1 }], 'question')
  holds<Equal<(typeof documents)[number], { pageContent: string; id: number }>>()
}

export async function servers(): Promise<void> {
  holds<Equal<ReturnType<typeof headroomHandler>, (request: Request) => Promise<Request>>>()
  holds<Equal<ReturnType<typeof compressRequest>, Promise<Request>>>()
  const route = headroomRoute(async (request: Request & { nextUrl: URL }, context: { id: string }) => Response.json([request.nextUrl, context.id]))
  holds<Equal<typeof route, (request: Request & { nextUrl: URL }, context: { id: string }) => Promise<Response>>>()
  headroomExpress({ maxBytes: 1 })(new IncomingMessage(new Socket()), new ServerResponse(new IncomingMessage(new Socket())), () => {})
  await headroomFastify()({ addHook: () => {} })
  await headroomHono({ store: 'memory' })({ req: { raw: new Request('http://localhost') }, header: () => {} }, async () => {})
}

/** A client of an SDK: a class with private members, which structural types must leave alone. */
declare class Client {
  private readonly encoder: string
  private fetch: typeof fetch
  chat: { create(body: object): Promise<string> }
}

export async function clients(client: Client, stack: { use(plugin: { applyToStack(stack: { add: () => void }): void }): void }): Promise<void> {
  holds<Equal<ReturnType<typeof withOpenAI<Client>>, Client>>()
  holds<Equal<ReturnType<typeof withGemini<Client>>, Client>>()
  for (const wrap of [withOpenAI, withAnthropic, withGoogle, withBedrock]) {
    await wrap(client, { mode: 'audit', ccr: 'off', onReport: ({ refs }, { format, mode }) => void [refs, format, mode] }).chat.create({})
  }
  stack.use(headroomPlugin({ store: 'memory' }))
  const counting = new HeadroomClient(client, { mode: 'simulate' })
  holds<Equal<Awaited<ReturnType<typeof counting.chat.create>>, string>>()
  holds<Equal<ReturnType<typeof counting.stats>['tokensSaved'], number>>()
  counting.getMetrics({ limit: 3 }).map(({ timestamp, transformsApplied }) => [timestamp, transformsApplied])
  const passed: Client = counting
  void passed
}

export function refused(): void {
  // @ts-expect-error routes are for a proxy
  headroomFetch({ extensions: [{ routes: [] }] })
  // @ts-expect-error a handler gives a response
  void startProxy({ extensions: [{ routes: [{ method: 'GET', path: '/own', handle: () => 'text' }] }] })
  // @ts-expect-error hidden rounds need somebody who reads the answer
  headroomHandler({ ccr: 'hidden' })
  // @ts-expect-error no such option
  agentMiddleware({ model: 'gpt-4o' })
  // @ts-expect-error the question is what the retriever was asked
  void new HeadroomDocumentCompressor({ query: 'x' })
  // @ts-expect-error a client is an object
  withOpenAI('openai')
  // @ts-expect-error no such mode
  withAnthropic({}, { mode: 'both' })
  // @ts-expect-error what sends requests is the client's
  withGoogle({}, { fetch })
  // @ts-expect-error no such option
  void new HeadroomClient({}, { bogus: true })
  // @ts-expect-error no such option
  headroomFetch({ bogus: true })
  // @ts-expect-error whether a tool is offered has three answers
  headroomFetch({ ccr: true })
  // @ts-expect-error no such provider
  void startProxy({ upstreams: { nobody: 'http://127.0.0.1' } })
  // @ts-expect-error a stream needs its request
  void new CcrStream('anthropic', {})
  // @ts-expect-error messages is a list
  void compress('hello')
  // @ts-expect-error no such option
  void compress(messages, { bogus: true })
  // @ts-expect-error no such format
  void compress(messages, { format: 'morse' })
  // @ts-expect-error a ratio is a number
  void compress(messages, { targetRatio: '0.5' })
  // @ts-expect-error the store is chosen beside the selection, not in it
  void retrieve('ref', { store: 'memory' })
  // @ts-expect-error a signal is for one call
  void new Headroom({ signal: AbortSignal.abort() })
  // @ts-expect-error paths in a plan are read-only
  void compress(messages, { hooks: { preCompress: ({ plan: { decisions } }) => decisions.forEach((each) => void (each.path = [])) } })
}

/**
 * Clients of AWS whose middleware can be added to. A request is made smaller where its bytes are known and not signed yet,
 * and the raw answer is rewritten before the client reads it.
 */
import type { Readable } from 'node:stream'
import type { ReadableStream as NodeStream } from 'node:stream/web'

import type { Door, Ready } from '../around.js'
import { HeadroomValidationError } from '../errors.js'
import { type Sender, incoming } from '../incoming.js'
import { native, unwrap } from '../native.js'
import { nodeStreams } from '../node-streams.js'
import { describe } from '../options.js'
import { type Question, bytesOf, wanted } from '../outgoing.js'
import type { Asked } from '../wire.js'

/** A request as the client sends it. */
interface HttpRequest {
  method: string
  path: string
  headers: Record<string, string>
  body?: unknown
}

/** An answer as it came. */
interface HttpResponse {
  statusCode: number
  headers: Record<string, string>
  body?: unknown
}

/** What is handed from one middleware to the next. `input` is that of the command, and lasts from end to end. */
interface Args {
  input: object
  request: HttpRequest
}

/** What comes back: the raw answer, and what was read from it. */
interface Result {
  response: HttpResponse
  output?: unknown
}

type Handler = (args: Args) => Promise<Result>

/** A client's list of middleware. */
interface Stack {
  add(middleware: (next: Handler) => Handler, options: { name: string; step: string; priority: string; override: boolean }): void
  use(plugin: BedrockPlugin): void
  clone(): Stack
}

/** A plugin for `client.middlewareStack.use()`. */
export interface BedrockPlugin {
  /** Called by the client. */
  // oxlint-disable-next-line typescript/no-explicit-any -- the types of the stack differ from version to version
  applyToStack(stack: any): void
}

/** Asks, and reads the raw answer before the client does. */
type Reader = (ask: () => Promise<Result>) => Promise<Result>

/** An object of the same class with some fields changed. */
function withFields<T extends object>(value: T, fields: Partial<T>): T {
  return Object.assign(Object.create(Object.getPrototypeOf(value) as object) as T, value, fields)
}

/** The request with another body. */
function withBody(request: HttpRequest, body: Buffer): HttpRequest {
  const { 'content-length': length, ...headers } = request.headers
  return withFields(request, { body, headers: length === undefined ? headers : { ...headers, 'content-length': String(body.length) } })
}

/** What a request asks of a model; `null` for one that asks nothing. */
function question(request: HttpRequest): Question | null {
  if (request.method !== 'POST') return null
  const mode = wanted(new Headers(request.headers))
  const asked = unwrap<Asked | null>(native().recognise('POST', `https://bedrock${request.path}`, false))
  if (!asked || mode === 'bypass') return null
  return { asked, mode, signal: undefined, body: () => bytesOf(request.body) }
}

/** The raw answer as a `fetch` would give it, with its body untouched. */
function asResponse({ statusCode: status, headers: fields, body }: HttpResponse): Response {
  const headers = new Headers(fields)
  const readable = body instanceof nodeStreams().Readable || body instanceof ReadableStream || !body
  const stream: unknown = readable ? body : new Response(body as ConstructorParameters<typeof Response>[0]).body
  const about = { status, headers, statusText: '', url: '', redirected: false, type: 'default' }
  const text = async (): Promise<string> => (await import('node:stream/consumers')).text(stream as Readable)
  return { ...about, body: stream, text } as unknown as Response
}

/** The answer a `fetch` would give, as the client reads it. */
function asResult(result: Result, response: Response): Result {
  const stream: unknown = response.body
  const isWeb = stream instanceof ReadableStream && !(result.response.body instanceof ReadableStream)
  const body = isWeb ? nodeStreams().Readable.fromWeb(stream as NodeStream) : stream
  const fields = { statusCode: response.status, headers: Object.fromEntries(response.headers), body }
  return { ...result, response: withFields(result.response, fields) }
}

/** What makes requests smaller, and what reads their answers. */
export class SmithyPlugin implements BedrockPlugin {
  readonly #door: Door
  /** Who reads the answer to which call. */
  readonly #readers = new WeakMap<object, Reader>()

  constructor(door: Door) {
    this.#door = door
  }

  applyToStack(stack: Stack): void {
    // Behind what tells the length of the body, before retries and signing.
    stack.add((next) => (args) => this.#take(next, args), { name: 'headroomRequest', step: 'build', priority: 'low', override: true })
    // As near to the wire as can be: what reads answers stands before it.
    const answers: (next: Handler) => Handler = (next) => (args) => {
      const reader = this.#readers.get(args.input)
      return reader ? reader(() => next(args)) : next(args)
    }
    stack.add(answers, { name: 'headroomAnswer', step: 'deserialize', priority: 'low', override: true })
  }

  async #take(next: Handler, args: Args): Promise<Result> {
    const asked = this.#question(args.request)
    const ready = asked && (await this.#door.prepare(asked))
    if (!ready) return next(args)
    if ('simulated' in ready) return { output: { ...ready.simulated, $metadata: {} }, response: { statusCode: 200, headers: {} } }
    const { body, rewrites } = ready.prepared
    const request = body ? withBody(args.request, body) : args.request
    if (!rewrites) return next({ ...args, request })
    return this.#send(next, { ...args, request }, this.#rewriting(next, args, asked, ready))
  }

  #question(request: HttpRequest): Question | null {
    try {
      return question(request)
    } catch (error) {
      this.#door.failed(error)
      return null
    }
  }

  /** Sends a request whose answer somebody else reads first. */
  #send(next: Handler, args: Args, reader: Reader): Promise<Result> {
    const input = { ...args.input }
    this.#readers.set(input, reader)
    return next({ ...args, input })
  }

  /** Gives the client what it is to see of an answer and of its hidden rounds; when it tries again, from the start. */
  #rewriting(next: Handler, args: Args, asked: Question, first: Ready): Reader {
    let fresh: Ready | undefined = first
    return async (ask) => {
      const ready = fresh ?? (await this.#door.prepare(asked))
      fresh = undefined
      const result = await ask()
      if (!ready || 'simulated' in ready) return result
      const raw = asResponse(result.response)
      const response = await incoming(raw, this.#sender(next, args, ready))
      return response === raw ? result : asResult(result, response)
    }
  }

  #sender(next: Handler, args: Args, { exchange }: Ready): Sender {
    const aborted = new AbortController()
    const send = async (body: Buffer): Promise<Response> => {
      try {
        return await this.#round(next, { ...args, request: withBody(args.request, body) })
      } catch (error) {
        if (error instanceof Error && error.name === 'AbortError') aborted.abort(error)
        throw error
      }
    }
    return { exchange, signal: aborted.signal, send, failed: this.#door.failed }
  }

  /**
   * Asks once more, signed by the client. Whatever comes of it is kept from the rest of its middleware, which would try
   * again: what is refused is the answer to the first request, and tried again with it.
   */
  #round(next: Handler, args: Args): Promise<Response> {
    return new Promise((resolve, reject) => {
      const reader: Reader = async (ask) => {
        await ask().then(({ response }) => resolve(asResponse(response)), reject)
        return { response: { statusCode: 200, headers: {}, body: nodeStreams().Readable.from([]) } }
      }
      this.#send(next, args, reader).catch(reject)
    })
  }
}

/** What is used of a client. */
interface Client {
  middlewareStack: Stack
  /** Handlers it remembers, made of the middleware it had. */
  handlers?: unknown
}

function isClient(value: unknown): value is Client {
  const stack: unknown = typeof value === 'object' && value !== null && 'middlewareStack' in value ? value.middlewareStack : undefined
  return typeof stack === 'object' && stack !== null && 'clone' in stack && 'use' in stack
}

/** A client like this one with the plugin in it. Throws a `HeadroomValidationError` for what is none. */
export function smithyThrough<T extends object>(client: T, door: Door): T {
  if (!isClient(client)) {
    throw new HeadroomValidationError({
      code: 'invalid_options',
      title: 'this is no client of @aws-sdk/client-bedrock-runtime',
      cause: `got ${describe(client)} without \`middlewareStack\``,
      hint: 'pass a BedrockRuntimeClient; for AnthropicBedrock there is headroom/anthropic',
    })
  }
  const middlewareStack = client.middlewareStack.clone()
  middlewareStack.use(new SmithyPlugin(door))
  return withFields(client, { middlewareStack, handlers: undefined } as Partial<T & Client>)
}

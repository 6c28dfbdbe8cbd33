/** What a model answered, on its way to the client: rewritten as it comes or as a whole, with hidden rounds between. */
import type { ReadableStream as NodeStream } from 'node:stream/web'

import { nodeStreams } from './node-streams.js'
import type { Mode, Pushed, WireExchange } from './wire.js'

/** Longest answer to a refused round that is told to the client, in characters. */
const MAX_TOLD = 4096

/** How long and how many chunks are waited for behind the end of a round, so that its connection can be used again. */
const REST = { milliseconds: 1000, chunks: 16 }

/** What an answer needs of the call it is for. */
export interface Sender {
  readonly exchange: WireExchange
  readonly signal: AbortSignal | undefined
  /** Sends the request of a later round. */
  send(body: Buffer): Promise<Response>
  /** Something went wrong here. */
  failed(error: unknown): void
}

type Reader = ReadableStreamDefaultReader<Uint8Array>

function readerOf(response: Response): Reader {
  const body: unknown = response.body
  if (body instanceof ReadableStream) return body.getReader() as Reader
  // Some implementations of `fetch` have streams of Node for bodies.
  const { Readable } = nodeStreams()
  const stream = body instanceof Readable ? Readable.toWeb(body) : (body as NodeStream)
  return stream.getReader() as Reader
}

/** Reads what little comes behind the end of a round, else lets go of it. */
async function rest(reader: Reader): Promise<void> {
  const timer = setTimeout(() => void reader.cancel().catch(() => {}), REST.milliseconds)
  timer.unref()
  try {
    for (let chunk = 0; chunk < REST.chunks; chunk += 1) if ((await reader.read()).done) return
    await reader.cancel()
  } catch {
    // Nobody waits for it any more.
  } finally {
    clearTimeout(timer)
  }
}

/** Reads an answer, all its rounds, only as far as it is asked to. */
class Rounds {
  /** A later round that was refused, where the client can still be given it as the answer. */
  refused: Response | undefined
  readonly #sender: Sender
  readonly #mode: Mode
  #reader: Reader
  #later = false
  /** The state machine failed: from then on everything is handed on. */
  #raw = false
  #over = false

  constructor(response: Response, mode: Mode, sender: Sender) {
    this.#sender = sender
    this.#mode = mode
    this.#reader = readerOf(response)
  }

  /** The next bytes for the client; `null` at the end. Throws what reading threw, and when the call is aborted. */
  async next(): Promise<Uint8Array | null> {
    while (!this.#over) {
      const { bytes, step } = await this.#read()
      if (step === 'done') this.#over = true
      if (step === 'settle') {
        const settled = await this.#settle()
        const both = bytes.length === 0 ? settled : Buffer.concat([bytes, settled])
        if (both.length > 0) return both
      } else if (bytes.length > 0) {
        return bytes
      }
    }
    return null
  }

  /** The client wants no more. */
  async cancel(reason: unknown): Promise<void> {
    this.#over = true
    await this.#reader.cancel(reason)
  }

  async #read(): Promise<Pushed> {
    const { exchange, signal } = this.#sender
    let chunk: Awaited<ReturnType<Reader['read']>>
    try {
      chunk = await this.#reader.read()
    } catch (error) {
      // Before a hidden round it is what the client would have seen without us.
      if (!this.#later || signal?.aborted) throw error
      return exchange.broke(`the provider's answer broke off: ${String(error)}`)
    }
    if (this.#over) return { bytes: new Uint8Array(), step: 'done' }
    if (this.#raw) return { bytes: chunk.value ?? new Uint8Array(), step: chunk.done ? 'done' : 'more' }
    try {
      const pushed = chunk.done ? exchange.end() : exchange.push(chunk.value)
      if (chunk.done && pushed.step === 'more') return { bytes: pushed.bytes, step: 'done' }
      if (!chunk.done && pushed.step !== 'more') void rest(this.#reader)
      return pushed
    } catch (error) {
      this.#sender.failed(error)
      this.#raw = true
      return { bytes: chunk.value ?? new Uint8Array(), step: chunk.done ? 'done' : 'more' }
    }
  }

  /** Goes on after the end of a round; gives what the client gets of it. */
  async #settle(): Promise<Uint8Array> {
    const { exchange, signal, send } = this.#sender
    const settled = await exchange.settle()
    if (!settled.body) {
      this.#over = true
      return settled.bytes
    }
    signal?.throwIfAborted()
    try {
      const response = await send(settled.body)
      const mode = response.body ? exchange.begin(response.status, response.headers.get('content-type') ?? '') : 'relay'
      if (mode === this.#mode) {
        this.#reader = readerOf(response)
        this.#later = true
        return settled.bytes
      }
      this.refused = response
      if (this.#mode === 'whole') return this.#end(settled.bytes)
      const told = (await response.text()).slice(0, MAX_TOLD)
      return this.#end(settled.bytes, `the provider refused to go on after reading back: ${response.status} ${told}`)
    } catch (error) {
      if (signal?.aborted || this.#mode === 'whole') throw error
      return this.#end(settled.bytes, `the provider could not be reached to go on after reading back: ${String(error)}`)
    }
  }

  #end(bytes: Uint8Array, why?: string): Uint8Array {
    this.#over = true
    return why === undefined ? bytes : Buffer.concat([bytes, this.#sender.exchange.broke(why).bytes])
  }
}

/** A response with another body; everything else is that of the first round. */
function responseWith(body: ReadableStream | Uint8Array, response: Response): Response {
  const headers = new Headers(response.headers)
  for (const name of ['content-length', 'content-encoding', 'transfer-encoding']) headers.delete(name)
  const { status, statusText, url, redirected, type } = response
  const made = new Response(body as ConstructorParameters<typeof Response>[0], { status, statusText, headers })
  for (const [name, value] of Object.entries({ url, redirected, type })) Object.defineProperty(made, name, { value })
  return made
}

/** Gives pieces out only when the client asks for one, so that the provider is read no faster than the client reads. */
function streamOf(rounds: Rounds): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const bytes = await rounds.next()
        if (bytes === null) controller.close()
        else controller.enqueue(bytes)
      },
      cancel: (reason) => rounds.cancel(reason),
    },
    { highWaterMark: 0 },
  )
}

/** A stream that fails as the one it stands for did. */
function failing(error: unknown): ReadableStream<Uint8Array> {
  return new ReadableStream({ start: (controller) => controller.error(error) })
}

async function whole(rounds: Rounds, response: Response): Promise<Response> {
  const pieces: Uint8Array[] = []
  try {
    for (let piece = await rounds.next(); piece; piece = await rounds.next()) pieces.push(piece)
  } catch (error) {
    return responseWith(failing(error), response)
  }
  return rounds.refused ?? responseWith(Buffer.concat(pieces), response)
}

/** The answer the client gets: the very response where nothing has to change. */
export async function incoming(response: Response, sender: Sender): Promise<Response> {
  if (!response.body) return response
  const mode = sender.exchange.begin(response.status, response.headers.get('content-type') ?? '')
  if (mode === 'relay') return response
  const rounds = new Rounds(response, mode, sender)
  return mode === 'stream' ? responseWith(streamOf(rounds), response) : whole(rounds, response)
}

/**
 * An answer piece by piece: what the application may see goes on at once, calls of ours do not, and the end of a round
 * with such a call becomes the start of the next. The model is read only when the application reads.
 */
import { Assembly } from './content.js'
import { type Tag, withKey } from './hidden.js'
import type { AiSdkSetting } from './options.js'
import { prepare } from './prepare.js'
import type { CallOptions, FinishReason, Model, StreamPart, Streamed } from './spec.js'
import { Turn } from './turn.js'

/** What opens a stream, and is said once. */
const OPENING = new Set(['stream-start', 'response-metadata'])

/** Reads the rounds of one answer, part by part. */
class Rounds {
  readonly #model: Model
  readonly #turn: Turn
  readonly #signal: AbortSignal | undefined
  #reader: ReadableStreamDefaultReader<StreamPart>
  #assembly = new Assembly()
  /** Ids of hidden calls whose arguments are coming in. */
  readonly #ours = new Set<string>()
  /** Tags by the block that carries them. */
  readonly #tags = new Map<string, Tag>()
  /** Parts to give out before the model is read on. */
  #ready: StreamPart[] = []
  #over = false
  /** The shape of the reasons this model gives. */
  #reason: FinishReason = 'stop'

  constructor(model: Model, turn: Turn, signal: AbortSignal | undefined, first: Streamed) {
    this.#model = model
    this.#turn = turn
    this.#signal = signal
    this.#reader = first.stream.getReader()
  }

  /** The next part for the application; `null` at the end. Throws what reading threw. */
  async next(): Promise<StreamPart | null> {
    for (;;) {
      const ready = this.#ready.shift()
      if (ready) return ready
      if (this.#over) return null
      const { done, value } = await this.#reader.read()
      if (done) return null
      const part = value.type === 'finish' ? await this.#finish(value) : this.#shown(value)
      if (part) return part
    }
  }

  /** The application wants no more. */
  async cancel(reason: unknown): Promise<void> {
    this.#over = true
    await this.#reader.cancel(reason)
  }

  /** A part as it is shown; `undefined` for one that is not. */
  #shown(part: StreamPart): StreamPart | undefined {
    const turn = this.#turn
    const { type } = part
    const id = part.id ?? part.toolCallId ?? ''
    if (type === 'tool-call' && turn.isOurs(part)) {
      this.#assembly.add(part)
      turn.hide(part)
      return undefined
    }
    if (type === 'tool-input-start' && turn.isOurs(part)) this.#ours.add(id)
    if (type.startsWith('tool-input-') && this.#ours.has(id)) return undefined
    if (turn.round > 0 && (OPENING.has(type) || part.kind === 'anthropic.message_start')) return undefined
    this.#assembly.add(part)
    return type.startsWith('text-') || type.startsWith('reasoning-') ? this.#block(part) : (turn.show(part) as StreamPart)
  }

  /** A part of a block: with an id of its own in every round, and with the block's tag where its metadata is. */
  #block(part: StreamPart): StreamPart {
    const turn = this.#turn
    const [kind = '', step] = part.type.split('-')
    if (part.id === undefined) return turn.show(part) as StreamPart
    const id = turn.round > 0 ? `hr${turn.round}:${part.id}` : part.id
    const key = `${kind} ${id}`
    const fresh = step === 'start' ? turn.tag(kind) : undefined
    if (fresh) this.#tags.set(key, fresh)
    const tag = this.#tags.get(key)
    if (!tag) return id === part.id ? part : { ...part, id }
    if (kind === 'text' && part.delta) turn.carried(tag)
    // Metadata replaces what came before it, so the tag goes wherever there is any.
    const told = fresh || part.providerMetadata ? { providerMetadata: withKey(part.providerMetadata, tag) } : {}
    return { ...part, id, ...told }
  }

  /** The end of a round: the end of the answer, or nothing, and the next round's parts come. */
  async #finish(part: StreamPart): Promise<StreamPart | undefined> {
    const turn = this.#turn
    const { finishReason = this.#reason, usage = {}, providerMetadata } = part
    this.#reason = finishReason
    if (!(await turn.next({ content: this.#assembly.content, finishReason, usage, providerMetadata }))) {
      return { ...part, finishReason: turn.reason(finishReason), usage: turn.usage(), providerMetadata: turn.metadata(providerMetadata) }
    }
    this.#assembly = new Assembly()
    await this.#again()
    return undefined
  }

  /** Calls the model again. What fails then is an error in the stream, as the application knows of no other call. */
  async #again(): Promise<void> {
    // What may stand behind the end of a round is nobody's.
    void this.#reader.cancel().catch(() => {})
    if (this.#over) return
    this.#signal?.throwIfAborted()
    try {
      const { stream } = await this.#model.doStream(this.#turn.params)
      this.#reader = stream.getReader()
      if (this.#over) await this.#reader.cancel()
    } catch (error) {
      if (this.#signal?.aborted) throw error
      this.#ready = [{ type: 'error', error }, this.#failure()]
      this.#over = true
    }
  }

  #failure(): StreamPart {
    const turn = this.#turn
    const finishReason = typeof this.#reason === 'string' ? 'error' : { unified: 'error', raw: undefined }
    return { type: 'finish', finishReason, usage: turn.usage(), providerMetadata: turn.metadata(undefined) }
  }
}

/** Gives parts out only when the application asks for one, so that the model is read no faster. */
function streamOf(rounds: Rounds): ReadableStream<StreamPart> {
  return new ReadableStream<StreamPart>(
    {
      async pull(controller) {
        const part = await rounds.next()
        if (part === null) controller.close()
        else controller.enqueue(part)
      },
      cancel: (reason) => rounds.cancel(reason),
    },
    { highWaterMark: 0 },
  )
}

/** Calls the model for a stream, with hidden rounds. */
export async function streaming(model: Model, params: CallOptions, setting: AiSdkSetting): Promise<Streamed> {
  const prepared = await prepare(params, model, setting)
  const first = await model.doStream(prepared.params)
  if (!prepared.account) return first
  const turn = new Turn(prepared, prepared.account, setting)
  return { ...first, stream: streamOf(new Rounds(model, turn, params.abortSignal, first)) }
}

/**
 * The side of a proxy that lives in JavaScript: hooks, extensions and routes. The proxy asks through one function and
 * is answered by ticket, so that none of its threads waits for JavaScript.
 */
import { type ProxyExtension, type ProxyStart, checkProxyExtensions, listening, mayStart } from './extensions.js'
import { reasonOf } from './hooks.js'
import type { NativeCallback } from './native.js'
import type { ListenOptions } from './options.js'
import type { Warning } from './result.js'
import { type Reply, type RouteAsked, Routes } from './routes.js'
import { PipelineStage, type WireRequest, type WireResponse } from './stages.js'
import { warner } from './warner.js'
import { type Draft, type Listeners, Watch, adviceJson, announce, listenersOf } from './watch.js'
import type { WireReport } from './wire.js'

/** Seconds the proxy waits longer than JavaScript does: then JavaScript is busy, and cannot say so itself. */
const GRACE = 1

/** A request as the proxy names it. */
interface Named {
  id: string
  provider: string
  asked: Pick<WireRequest, 'format' | 'kind'>
}

/** What the proxy asks or tells of a request. */
type OfRequest = { request: Named } & (
  | { at: 'planned'; draft: Draft }
  | { at: 'compressed'; report: WireReport }
  | { at: 'sending' | 'over' }
  | { at: 'sent' | 'received'; response: WireResponse }
)

/** What it asks or tells of routes. */
type OfRoutes = ({ at: 'route' } & RouteAsked) | { at: 'piece' | 'gone'; stream: number }

/** A request that is listened to. */
interface Followed {
  readonly watch: Watch
  readonly gone: AbortController
  answered: boolean
}

/** Options of a proxy that concern this side. */
export interface ExtendedOptions extends Omit<ListenOptions, 'extensions'> {
  /** What is added to the proxy: conditions for its start, paths of its own, listeners to the pipeline's stages. */
  extensions?: readonly ProxyExtension[] | undefined
}

/** What is added to one proxy. */
export class Extended {
  readonly #extensions: readonly ProxyExtension[]
  readonly #listeners: Listeners | null
  readonly #routes: Routes
  readonly #reply: Reply
  readonly #failed: (reason: string) => void
  readonly #followed = new Map<string, Followed>()
  /** What the proxy has to know of it; `null`: nothing is to be asked. */
  readonly about: string | null

  /** Throws a `HeadroomValidationError` for options that make no sense. */
  constructor(options: ExtendedOptions, reply: Reply) {
    const extensions = checkProxyExtensions(options.extensions)
    const failed = warner('HEADROOM_HOOK', 'requests go on without a hook or route that failed')
    const listeners = listenersOf('proxy', { ...options, extensions: listening(extensions) }, failed)
    const routes = extensions.flatMap((extension) => extension.routes ?? []).map((route) => ({ ...route, method: route.method.toUpperCase() }))
    const table = routes.map(({ method, path }) => [method, path])
    this.#extensions = extensions
    this.#listeners = listeners
    this.#routes = new Routes(routes, reply, failed)
    this.#reply = reply
    this.#failed = failed
    this.about = listeners || routes.length > 0 ? JSON.stringify({ patience: listeners && listeners.seconds + GRACE, routes: table }) : null
  }

  /** Before anything listens. Throws a `HeadroomError` when an extension refuses the start. */
  async starting(start: ProxyStart): Promise<void> {
    await this.#announce(PipelineStage.SETUP)
    await mayStart(this.#extensions, start)
    await this.#announce(PipelineStage.PRE_START)
  }

  /** The proxy listens. */
  started(): Promise<void> {
    return this.#announce(PipelineStage.POST_START)
  }

  /** Takes what the proxy says. Never throws. */
  readonly hear: NativeCallback = (ticket, text, bytes) => {
    this.#hear(ticket, JSON.parse(text) as OfRequest | OfRoutes, bytes).catch((error: unknown) => {
      this.#failed(reasonOf(error))
      this.#advise(ticket, [{ code: 'hook_failed', at: 'hooks', message: reasonOf(error) }])
    })
  }

  async #hear(ticket: number, said: OfRequest | OfRoutes, bytes: Uint8Array | null): Promise<void> {
    switch (said.at) {
      case 'route':
        return this.#routes.handle(ticket, said, bytes)
      case 'piece':
        return this.#routes.piece(ticket, said.stream)
      case 'gone':
        return this.#routes.gone(said.stream)
      default:
        return this.#follow(ticket, said, bytes)
    }
  }

  async #follow(ticket: number, said: OfRequest, bytes: Uint8Array | null): Promise<void> {
    const followed = said.at === 'planned' ? this.#begin(said.request, bytes) : this.#followed.get(said.request.id)
    if (!followed) return
    const { watch } = followed
    switch (said.at) {
      case 'planned':
        return this.#reply(ticket, adviceJson(await watch.planned(said.draft)), null)
      case 'compressed':
        return this.#advise(ticket, await watch.compressed(said.report, bytes, true))
      case 'sending':
        return this.#advise(ticket, await watch.sending())
      case 'sent':
        return watch.sent(said.response)
      case 'received':
        followed.answered = true
        return watch.received(said.response)
      case 'over':
        this.#followed.delete(said.request.id)
        if (!followed.answered) followed.gone.abort()
    }
  }

  #begin({ id, provider, asked }: Named, body: Uint8Array | null): Followed | undefined {
    if (!this.#listeners) return undefined
    const gone = new AbortController()
    const request: WireRequest = { id, provider, format: asked.format, kind: asked.kind }
    const watch = new Watch(this.#listeners, request, body ?? new Uint8Array(), gone.signal)
    const followed: Followed = { watch, gone, answered: false }
    this.#followed.set(id, followed)
    return followed
  }

  #advise(ticket: number, warnings: Warning[]): void {
    this.#reply(ticket, adviceJson({ plan: null, warnings }), null)
  }

  async #announce(stage: PipelineStage): Promise<void> {
    if (this.#listeners) await announce(this.#listeners, stage)
  }
}

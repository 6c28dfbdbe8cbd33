/** What an application adds to a proxy: conditions for its start, routes of its own, listeners to its requests. */
import { HeadroomError, HeadroomValidationError } from './errors.js'
import { reasonOf } from './hooks.js'
import { describe } from './options.js'
import type { UpstreamOptions } from './proxy.js'
import type { PipelineExtension } from './stages.js'

/** A proxy that is about to start; nothing of it is secret. */
export interface ProxyStart {
  /** Address it will listen on. */
  readonly host: string
  /** Port it will listen on; 0 for a free one. */
  readonly port: number
  /** Clients speak TLS to it. */
  readonly tls: boolean
  /** It has a token. */
  readonly token: boolean
  /** Names it may be called by, besides those of the loopback. */
  readonly allowedHosts: readonly string[]
  /** Where providers are reached, as far as that was said. */
  readonly upstreams: Readonly<UpstreamOptions>
  /** How the model reads back what was left out. */
  readonly ccr: 'hidden' | 'mcp' | 'off'
}

/**
 * A path the application answers. It is guarded like requests to providers: `Host` and `Origin` are checked, and from
 * other machines the token is needed. It cannot be a path of the proxy's own, or one that leads to a provider.
 */
export interface ProxyRoute {
  /** `GET`, `POST`, … */
  readonly method: string
  /** The whole path, without a query: `/hooks/deploy`. */
  readonly path: string
  /**
   * Answers a request. Its body is there, up to `maxBodyBytes`; its signal is aborted when the client leaves. The answer's
   * body is read as fast as the client reads. A throw is an answer with status 500.
   */
  handle(request: Request): Response | PromiseLike<Response>
}

/** An extension of a proxy; each part is optional. */
export interface ProxyExtension extends Partial<PipelineExtension> {
  /** Called before anything listens. A throw or rejection refuses the start. */
  onStart?(start: ProxyStart): void | PromiseLike<void>
  /** Paths it answers. */
  readonly routes?: readonly ProxyRoute[]
}

/** How an extension is called in messages. */
const nameOf = (extension: ProxyExtension): string => (extension.name ? `the extension ${extension.name}` : 'an extension')

function invalid(title: string, value: unknown): HeadroomValidationError {
  const hint = 'an extension is { name?, onStart?, routes?: [{ method, path, handle }], onPipelineEvent? }'
  return new HeadroomValidationError({ code: 'invalid_options', title, cause: `got ${describe(value)}`, hint })
}

function checkRoutes(extension: ProxyExtension): void {
  const { routes } = extension
  if (routes === undefined) return
  if (!Array.isArray(routes)) throw invalid(`the routes of ${nameOf(extension)} are not a list`, routes)
  for (const route of routes as (ProxyRoute | null | undefined)[]) {
    const isOne = typeof route?.method === 'string' && typeof route.path === 'string' && typeof route.handle === 'function'
    if (!isOne) throw invalid(`a route of ${nameOf(extension)} is none`, route)
  }
}

/** Checks extensions; none where nothing is given. */
export function checkProxyExtensions(extensions: unknown): readonly ProxyExtension[] {
  if (extensions === undefined) return []
  if (!Array.isArray(extensions)) throw invalid('extensions is not a list', extensions)
  for (const extension of extensions as (ProxyExtension | null | undefined)[]) {
    if (typeof extension !== 'object' || extension === null) throw invalid('an extension is none', extension)
    for (const part of ['onStart', 'onPipelineEvent'] as const) {
      const given = extension[part]
      if (given !== undefined && typeof given !== 'function') throw invalid(`${part} of ${nameOf(extension)} is not a function`, given)
    }
    checkRoutes(extension)
    if (!extension.onStart && !extension.onPipelineEvent && !extension.routes) throw invalid(`${nameOf(extension)} does nothing`, extension)
  }
  return extensions as ProxyExtension[]
}

/** Those that listen to requests. */
export function listening(extensions: readonly ProxyExtension[]): PipelineExtension[] {
  return extensions.filter((extension) => extension.onPipelineEvent !== undefined) as PipelineExtension[]
}

/** Asks every extension whether the proxy may start. Throws a `HeadroomError` when one says no. */
export async function mayStart(extensions: readonly ProxyExtension[], start: ProxyStart): Promise<void> {
  for (const extension of extensions) {
    try {
      await extension.onStart?.(start)
    } catch (error) {
      throw new HeadroomError({
        code: 'start_refused',
        title: `${nameOf(extension)} refuses the start of the proxy`,
        cause: error instanceof Error ? error : reasonOf(error),
      })
    }
  }
}

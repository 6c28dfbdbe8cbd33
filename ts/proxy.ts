/**
 * `headroom/proxy`: the proxy in this process, on threads of its own. What `headroom proxy` starts, without a process:
 *
 * ```js
 * import { startProxy } from 'headroom/proxy'
 *
 * const proxy = await startProxy({ port: 0 })
 * const client = new Anthropic({ baseURL: proxy.url })
 * await proxy.close()
 * ```
 *
 * @module
 */
import { native, unwrap } from './native.js'
import { coreJson } from './options.js'
import { resolveStore } from './store.js'
import { type WireOptions, engineOptions } from './wire.js'

export type { StoreOption } from './store.js'
export type { WireOptions } from './wire.js'

/** Base addresses of providers; their own where nothing is said. */
export interface UpstreamOptions {
  /** Anthropic, or whoever speaks its API. */
  anthropic?: string | undefined
  /** OpenAI, or whoever speaks its API. */
  openai?: string | undefined
  /** Gemini. */
  gemini?: string | undefined
  /** Vertex AI. */
  vertex?: string | undefined
  /** Amazon Bedrock's runtime. */
  bedrock?: string | undefined
  /** Azure OpenAI. */
  azure?: string | undefined
}

/** The proxy's own certificate. */
export interface TlsOptions {
  /** File of the certificate and its chain (PEM). */
  cert: string
  /** File of its key (PEM). */
  key: string
}

/** Limits of requests to providers; no limit where nothing is said. Beyond one the answer is status 429. */
export interface LimitOptions {
  /** Requests a minute and credential. */
  requestsPerMinute?: number | undefined
  /** Tokens a minute and credential, as providers bill them. */
  tokensPerMinute?: number | undefined
  /** Tokens a day (UTC) of all requests together. */
  tokensPerDay?: number | undefined
}

/** How upstreams are reached. */
export interface NetworkOptions {
  /** Proxy for `https` upstreams; `HTTPS_PROXY` by default. */
  httpsProxy?: string | undefined
  /** Proxy for `http` upstreams; `HTTP_PROXY` by default. */
  httpProxy?: string | undefined
  /** Hosts to reach without a proxy; `NO_PROXY` by default. */
  noProxy?: string | undefined
  /** File of certificates (PEM) to trust besides the system's; `NODE_EXTRA_CA_CERTS` by default. */
  caFile?: string | undefined
}

/** Credentials of Amazon Web Services. */
export interface AwsOptions {
  /** As `AWS_ACCESS_KEY_ID` has it. */
  accessKeyId: string
  /** As `AWS_SECRET_ACCESS_KEY` has it. */
  secretAccessKey: string
  /** As `AWS_SESSION_TOKEN` has it. */
  sessionToken?: string | undefined
  /** As `AWS_REGION` or `AWS_DEFAULT_REGION` have it; that of the upstream's address by default. */
  region?: string | undefined
}

/** Options of `startProxy`. */
export interface ProxyOptions extends WireOptions {
  /** Address to listen on; `127.0.0.1` by default. Any other than the loopback needs a token. */
  host?: string | undefined
  /** Port to listen on; 8787 by default, 0 for a free one. */
  port?: number | undefined
  /** Secret for originals, statistics and other machines. Without one, none of these are open. */
  token?: string | undefined
  /** Names the proxy may be called by, besides those of the loopback. */
  allowedHosts?: readonly string[] | undefined
  /** Clients speak TLS to the proxy. */
  tls?: TlsOptions | undefined
  /** How much may be asked for. */
  limits?: LimitOptions | undefined
  /** Where each provider is reached. */
  upstreams?: UpstreamOptions | undefined
  /** Credentials for Bedrock, for requests that come signed; those of the environment by default. */
  aws?: AwsOptions | undefined
  /** How they are reached. */
  network?: NetworkOptions | undefined
  /** Longest request, in bytes; 100 MiB by default. */
  maxBodyBytes?: number | undefined
  /** How long a client may take to send its headers, in seconds; 30 by default. */
  headerTimeout?: number | undefined
  /** How long connecting to an upstream may take, in seconds; 10 by default. */
  connectTimeout?: number | undefined
  /** How long an upstream may be silent, in seconds; 600 by default. */
  idleTimeout?: number | undefined
  /** Times a request is sent again that an upstream could not take; 0 by default. */
  retries?: number | undefined
  /** How long requests under way may take after `close`, in seconds; 30 by default. */
  drainTimeout?: number | undefined
  /** Threads that move bytes; one a core by default, at most 4. */
  threads?: number | undefined
}

/** A proxy that listens. It keeps the process alive until it is closed. */
export interface RunningProxy {
  /** Its base address. */
  readonly url: string
  /** Its port. */
  readonly port: number
  /** Ends it: new connections are refused, requests under way finish. Settled when they have. */
  close(): Promise<void>
}

/** The longest interval Node has. */
const LONG = 0x7fff_ffff

/** A variable of the environment that is not empty. */
const variable = (name: string): string | undefined => process.env[name] || process.env[name.toLowerCase()] || undefined

function credentials(): AwsOptions | undefined {
  const accessKeyId = variable('AWS_ACCESS_KEY_ID')
  const secretAccessKey = variable('AWS_SECRET_ACCESS_KEY')
  if (!accessKeyId || !secretAccessKey) return undefined
  const region = variable('AWS_REGION') ?? variable('AWS_DEFAULT_REGION')
  return { accessKeyId, secretAccessKey, sessionToken: variable('AWS_SESSION_TOKEN'), region }
}

function network(given: NetworkOptions = {}): NetworkOptions {
  return {
    httpsProxy: given.httpsProxy ?? variable('HTTPS_PROXY'),
    httpProxy: given.httpProxy ?? variable('HTTP_PROXY'),
    noProxy: given.noProxy ?? variable('NO_PROXY'),
    caFile: given.caFile ?? variable('NODE_EXTRA_CA_CERTS'),
  }
}

/** What of the options concerns listening and sending. */
const OUTER = [
  'host', 'port', 'token', 'allowedHosts', 'tls', 'limits', 'upstreams', 'maxBodyBytes', 'headerTimeout', 'connectTimeout', 'idleTimeout',
  'retries', 'drainTimeout', 'threads',
] as const

/**
 * Starts a proxy. Rejects with a `HeadroomValidationError` for options that make no sense, and when the port is taken.
 */
export async function startProxy(options: ProxyOptions = {}): Promise<RunningProxy> {
  const { network: net, aws = credentials(), ...rest } = options
  const outer: Partial<ProxyOptions> = {}
  const wire: Record<string, unknown> = { ...rest }
  for (const key of OUTER) {
    Object.assign(outer, { [key]: options[key] })
    delete wire[key]
  }
  const core = coreJson({ ...outer, aws, network: network(net), engine: engineOptions(wire) })
  const proxy = new (native().NativeProxy)()
  const about = unwrap<{ url: string; port: number }>(await proxy.start(core, resolveStore(options.store)))
  const alive = setInterval(() => {}, LONG)
  let closed: Promise<void> | undefined
  return {
    ...about,
    close() {
      closed ??= proxy.close().finally(() => clearInterval(alive))
      return closed
    },
  }
}

/**
 * Clients of the `openai` and `@anthropic-ai/sdk` packages, which are made by one generator: a client like another one
 * in everything but what it sends requests with. The other one is left as it is.
 *
 * Types are structural: a client of any major is recognised by what it has, and whatever a subclass adds goes along.
 */
import type { Door } from '../around.js'
import { HeadroomValidationError } from '../errors.js'
import { describe } from '../options.js'

type Fetch = typeof fetch
type Fields = Record<string, unknown>

/** What a client knows of a request while it prepares it. */
interface Context {
  url: string
  options: unknown
}

/** A request between a client's middleware: what `fetch` takes, and where it goes. */
type MiddlewareRequest = RequestInit & { url: string }
type Middleware = (request: MiddlewareRequest, next: (request: MiddlewareRequest) => Promise<Response>) => Promise<Response>

/** What the clients have in common that is used here. */
interface Client extends Fields {
  fetch: Fetch
  _options?: Fields
  /** Makes a client with other options; openai 4 has none. */
  withOptions?(options: Fields): Client
  /** Runs around each request, before it is prepared; newer Anthropic clients. */
  middleware?: readonly Middleware[]
  /** Changes a request right before it is sent: signs it. */
  prepareRequest?(request: RequestInit, context: Context): Promise<void>
}

function isClient(value: unknown): value is Client {
  const has = typeof value === 'object' && value !== null && 'baseURL' in value && 'fetch' in value
  return has && typeof value.fetch === 'function'
}

/** True for a part of the client such as `client.chat`, which knows the client it belongs to. */
function isPart(value: unknown, client: object): value is Fields {
  return typeof value === 'object' && value !== null && Reflect.get(value, '_client') === client
}

/** True where a subclass has a method of its own in place of the one all clients have. */
function overrides(client: Client, method: string): boolean {
  let root: object = client
  for (let next: unknown = client; next !== null && next !== Object.prototype; next = Object.getPrototypeOf(root)) root = next as object
  return client[method] !== Reflect.get(root, method)
}

/** An object of the same class, with nothing in it. */
function alike<T extends object>(value: T): T {
  return Object.create(Object.getPrototypeOf(value) as object) as T
}

/** A copy of a part, for another client. */
function partFor(part: Fields, from: Client, to: Client): Fields {
  const copy = alike(part)
  for (const [key, value] of Object.entries(part)) {
    if (value === from) copy[key] = to
    else copy[key] = isPart(value, from) ? partFor(value, from, to) : value
  }
  return copy
}

/** A client of a package without `withOptions`: it has no private fields, so its parts can be copied. */
function copied(from: Client): Client {
  const made = alike(from)
  for (const [key, value] of Object.entries(from)) if (isPart(value, from)) made[key] = partFor(value, from, made)
  return made
}

/** What the constructor of a subclass wants and does not leave among the options: an API version, a region. */
function additions(from: Client): Fields {
  const { _options: known = {} } = from
  return Object.fromEntries(Object.entries(from).filter(([key, value]) => !key.startsWith('_') && !(key in known) && !isPart(value, from)))
}

/** A client with other options. All else is taken over: constructors of subclasses do not take everything back in. */
function remade(from: Client, options: Fields): Client {
  const made = from.withOptions ? from.withOptions({ ...additions(from), ...options }) : copied(from)
  for (const [key, value] of Object.entries(from)) if (!isPart(value, from)) made[key] = value
  return Object.assign(made, options)
}

/** Puts the door before all that a client does with a request in the end, so that a signature is that of what leaves. */
function between(from: Client, middleware: readonly Middleware[], door: Door): Client {
  const ours: Middleware = ({ url, ...init }, next) => door.around((input, given) => next({ ...given, url: String(input) }))(url, init)
  return remade(from, { middleware: [...middleware, ours] })
}

/** The same for clients that sign before they call `fetch`: what they would do then is done in each round. */
function preparing(from: Client, prepare: NonNullable<Client['prepareRequest']>, door: Door): Client {
  const { fetch: inner } = from
  const contexts = new WeakMap<object, Context>()
  const send: Fetch = async (input, init) => {
    const request = { ...init }
    await prepare.call(made, request, contexts.get(init?.headers ?? {}) ?? { url: String(input), options: {} })
    return inner(input, request)
  }
  const made = remade(from, { fetch: door.around(send) })
  const value = async (request: RequestInit, context: Context): Promise<void> => void contexts.set(request.headers ?? {}, context)
  return Object.defineProperty(made, 'prepareRequest', { value })
}

/**
 * A client like this one whose requests go through the door. Throws a `HeadroomValidationError` for what is none of
 * `packages`.
 */
export function fetchingThrough<T extends object>(client: T, door: Door, packages: string): T {
  if (!isClient(client)) {
    throw new HeadroomValidationError({
      code: 'invalid_options',
      title: `this is no client of ${packages}`,
      cause: `got ${describe(client)} without \`fetch\` and \`baseURL\``,
      hint: 'pass the client itself; for whatever takes a `fetch` there is headroomFetch of headroom/fetch',
    })
  }
  const { middleware, prepareRequest } = client
  const signs = prepareRequest && overrides(client, 'prepareRequest')
  if (middleware && (signs || overrides(client, 'backendMiddleware'))) return between(client, middleware, door) as T & Client
  if (signs) return preparing(client, prepareRequest, door) as T & Client
  return remade(client, { fetch: door.around(client.fetch) }) as T & Client
}

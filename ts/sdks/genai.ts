/**
 * Clients of the `@google/genai` package: a client like another one, with modules made anew over something else that
 * sends requests. The other one is left as it is.
 */
import type { Door } from '../around.js'
import { HeadroomValidationError } from '../errors.js'
import { describe } from '../options.js'

type Fetch = typeof fetch

/** What all modules of a client send requests by. */
interface ApiClient {
  clientOptions: { httpOptions?: { fetch?: Fetch | undefined } | undefined }
  /** Calls `fetch`: the global one in version 1, which knows no option for it. */
  apiCall(url: string, init: RequestInit, ...more: unknown[]): Promise<Response>
}

interface Module {
  constructor: unknown
}

/** What is used of a client. */
interface Client {
  apiClient: ApiClient
  models: Module
  chats: Module
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function isClient(value: unknown): value is Client {
  const has = isObject(value) && 'apiClient' in value && 'models' in value && 'chats' in value
  return has && isObject(value.apiClient) && 'apiCall' in value.apiClient && isObject(value.models) && isObject(value.chats)
}

/** An object of the same class that holds the same. */
function copy<T extends object>(value: T): T {
  return Object.assign(Object.create(Object.getPrototypeOf(value) as object) as T, value)
}

/** A module of the same class for another client: its methods know the one they were made for. */
function moduleFor(module: Module, ...dependencies: unknown[]): Module {
  const Made = module.constructor as new (...dependencies: unknown[]) => Module
  return new Made(...dependencies)
}

/** The same, with requests that go through the door. */
function apiClientThrough(door: Door, from: ApiClient): ApiClient {
  const made = copy(from)
  if (from.apiCall.length <= 2) {
    const around = door.around((input, init) => from.apiCall(String(input), init ?? {}))
    return Object.assign(made, { apiCall: around })
  }
  const { httpOptions } = from.clientOptions
  const around = door.around(httpOptions?.fetch ?? ((input, init) => globalThis.fetch(input, init)))
  return Object.assign(made, { clientOptions: { ...from.clientOptions, httpOptions: { ...httpOptions, fetch: around } } })
}

/** A client like this one whose requests go through the door. Throws a `HeadroomValidationError` for what is none. */
export function genaiThrough<T extends object>(client: T, door: Door): T {
  if (!isClient(client)) {
    throw new HeadroomValidationError({
      code: 'invalid_options',
      title: 'this is no client of the @google/genai package',
      cause: `got ${describe(client)} without \`models\` and \`chats\``,
      hint: 'pass a GoogleGenAI; the older @google/generative-ai can go through the proxy',
    })
  }
  const apiClient = apiClientThrough(door, client.apiClient)
  const models = moduleFor(client.models, apiClient)
  const chats = moduleFor(client.chats, models, apiClient)
  return Object.assign(copy(client), { apiClient, models, chats })
}

/**
 * Seeded generators of what tools print: the evals' corpus, the benches and the fuzzer's seeds all come from
 * here. Every value is a function of the seed alone, and everything in it is made up.
 */

/** A seeded source of choices (the `mulberry32` generator). */
export class Dice {
  #state

  /** @param {number} seed */
  constructor(seed) {
    this.#state = seed >>> 0
  }

  /** A number from 0 to below `sides`. @param {number} sides @returns {number} */
  roll(sides) {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = this.#state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * sides)
  }

  /** One of a list. @template T @param {readonly T[]} list @returns {T} */
  pick(list) {
    return /** @type {T} */ (list[this.roll(list.length)])
  }

  /** Lower-case hexadecimal digits. @param {number} length */
  hex(length) {
    return Array.from({ length }, () => this.roll(16).toString(16)).join('')
  }

  /** A version 4 UUID. */
  uuid() {
    return `${this.hex(8)}-${this.hex(4)}-4${this.hex(3)}-${this.pick(['8', '9', 'a', 'b'])}${this.hex(3)}-${this.hex(12)}`
  }

  /** A sentence about software. @param {number} words */
  sentence(words) {
    const text = Array.from({ length: words }, () => this.pick(WORDS)).join(' ')
    return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
  }
}

const WORDS = (
  'the a request handler returns an empty list when cache entry expires before worker finishes and retry ' +
  'policy does not apply to streaming uploads so client sees stale page after deploy while queue drains ' +
  'slowly because index rebuild holds lock on table during migration of tenant settings into new region'
).split(' ')
const NAMES = ['ada', 'brook', 'cleo', 'dara', 'eli', 'fenn', 'gale', 'hollis', 'indra', 'juno']
const CITIES = ['Lisbon', 'Osaka', 'Turin', 'Bergen', 'Quito', 'Leeds', 'Gdańsk', 'Malmö']
const PRODUCTS = ['desk lamp', 'kettle', 'bike light', 'notebook A5', 'water filter', 'USB-C cable 2 m', 'garden hose']
const SERVICES = ['checkout', 'search', 'billing', 'gateway', 'mailer', 'catalog']

/** An ISO 8601 instant, `seconds` after the start of a made-up day. @param {number} seconds */
export function instant(seconds) {
  return new Date(Date.UTC(2025, 2, 3, 8, 0, 0) + seconds * 1000).toISOString().replace('.000Z', 'Z')
}

/** An order as a shop's API lists it; now and then one that failed. @param {Dice} dice @param {number} index */
export function order(dice, index) {
  const failed = dice.roll(40) === 0
  const quantity = 1 + dice.roll(4)
  const cents = 500 + dice.roll(20_000)
  const name = dice.pick(NAMES)
  return {
    id: `ord_${100_000 + index}`,
    object: 'order',
    created_at: instant(index * 97 + dice.roll(90)),
    status: failed ? 'failed' : dice.pick(['paid', 'paid', 'shipped', 'delivered']),
    currency: 'EUR',
    total: (quantity * cents) / 100,
    customer: { id: `cus_${dice.hex(8)}`, name, city: dice.pick(CITIES), returning: dice.roll(3) > 0 },
    lines: [{ sku: `SKU-${1000 + dice.roll(60)}`, title: dice.pick(PRODUCTS), quantity, unit_price: cents / 100 }],
    shipping: { carrier: 'postal', tracking: failed ? null : `TR${dice.hex(10).toUpperCase()}`, express: false },
    note: dice.roll(4) === 0 ? dice.sentence(6 + dice.roll(10)) : null,
    error: failed ? `card_declined: issuer refused ${cents} with code ${51 + dice.roll(9)}` : null,
    links: { self: `https://api.example.com/v1/orders/ord_${100_000 + index}` },
  }
}

/** An account as code hosting APIs repeat it everywhere. @param {Dice} dice */
export function account(dice) {
  const login = `${dice.pick(NAMES)}-${dice.hex(3)}`
  const home = `https://code.example.com/users/${login}`
  return {
    login,
    id: 10_000 + dice.roll(90_000),
    avatar_url: `https://avatars.example.com/u/${login}?v=4`,
    url: home,
    followers_url: `${home}/followers`,
    repos_url: `${home}/repos`,
    events_url: `${home}/events{/privacy}`,
    type: 'User',
    site_admin: false,
  }
}

/** A repository, mostly links. @param {Dice} dice @param {string} name */
export function repository(dice, name) {
  const base = `https://code.example.com/repos/acme/${name}`
  const links = ['branches', 'commits', 'issues', 'labels', 'pulls', 'releases', 'statuses', 'tags']
  return {
    id: 500_000 + dice.roll(400_000),
    name,
    full_name: `acme/${name}`,
    private: false,
    owner: account(dice),
    html_url: `https://code.example.com/acme/${name}`,
    description: dice.sentence(9),
    fork: false,
    url: base,
    ...Object.fromEntries(links.map((link) => [`${link}_url`, `${base}/${link}{/id}`])),
    created_at: instant(-86_400 * dice.roll(900)),
    pushed_at: instant(dice.roll(9000)),
    size: dice.roll(90_000),
    stargazers_count: dice.roll(4000),
    language: dice.pick(['Rust', 'TypeScript', null]),
    topics: dice.roll(2) === 0 ? [] : ['queue', 'storage'],
    default_branch: 'main',
  }
}

/** An issue of a repository. @param {Dice} dice @param {number} number @param {string} name */
export function issue(dice, number, name) {
  const base = `https://code.example.com/repos/acme/${name}/issues/${number}`
  const labels = ['bug', 'docs', 'performance', 'question'].filter(() => dice.roll(4) === 0)
  return {
    url: base,
    comments_url: `${base}/comments`,
    id: 7_000_000 + number * 13,
    number,
    title: dice.sentence(5 + dice.roll(4)),
    user: account(dice),
    labels: labels.map((label) => ({ id: label.length * 111, name: label, color: dice.hex(6), default: false })),
    state: dice.pick(['open', 'open', 'closed']),
    locked: false,
    assignee: null,
    comments: dice.roll(12),
    created_at: instant(number * 3600),
    updated_at: instant(number * 3600 + dice.roll(3000)),
    body: dice.roll(5) === 0 ? null : `${dice.sentence(12)}\n\n${dice.sentence(20)}`,
  }
}

/** One line of a service's structured log. @param {Dice} dice @param {number} index */
export function logEntry(dice, index) {
  const service = dice.pick(SERVICES)
  return {
    timestamp: instant(index * 2),
    level: dice.roll(30) === 0 ? 'DEBUG' : 'INFO',
    service,
    host: `node-${1 + dice.roll(4)}.internal`,
    trace_id: dice.hex(16),
    message: `handled GET /v1/${service}/${dice.roll(900)} in ${3 + dice.roll(40)} ms`,
    status: 200,
  }
}

/** One sample of a latency series. @param {Dice} dice @param {number} index */
export function sample(dice, index) {
  return {
    t: 1_741_000_000 + index * 60,
    region: 'eu-west',
    requests: 900 + dice.roll(60),
    p50_ms: 11 + dice.roll(3),
    p99_ms: 80 + dice.roll(12),
    errors: 0,
  }
}

/**
 * JSON of about `bytes` bytes, as an API would answer with: a page of orders and a page of issues.
 *
 * @param {number} bytes
 * @param {number} seed
 * @returns {string}
 */
export function page(bytes, seed) {
  const dice = new Dice(seed)
  const [orders, issues] = [/** @type {string[]} */ ([]), /** @type {string[]} */ ([])]
  const head = `{"request_id":"req_${dice.hex(12)}","has_more":true,"orders":[`
  let size = head.length
  for (let index = 0; size < bytes; index += 1) {
    const item = JSON.stringify(index % 3 === 2 ? issue(dice, index, 'harbor') : order(dice, index))
    ;(index % 3 === 2 ? issues : orders).push(item)
    size += item.length + 1
  }
  return `${head}${orders.join(',')}],"issues":[${issues.join(',')}]}`
}

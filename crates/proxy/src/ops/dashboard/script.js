'use strict'
// Everything shown is text: names of tools and models come from requests and are never read as markup.

const REFRESH_MS = 10_000
/** Longest side of a comparison, in lines; the rest is said to be there. */
const MAX_LINES = 5_000
const COLOURS = [
  '#0b8a62',
  '#63b798',
  '#8a8f99',
  '#c9a227',
  '#5b7fc7',
  '#b06aa8',
  '#b3563c',
  '#6f8f2f',
  '#7d6bc9',
  '#4f9aa8',
]
const KEY = 'headroom-token'

const at = (id) => document.getElementById(id)
const state = { days: 30, time: 'latency', stats: null, open: new Set() }

/** An element with children, which are elements or texts. */
function make(name, properties = {}, ...children) {
  const element = Object.assign(document.createElement(name), properties)
  element.append(...children.filter((child) => child !== null))
  return element
}

function draw(name, attributes, ...children) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name)
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value)
  element.append(...children)
  return element
}

const whole = new Intl.NumberFormat('en')
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 })
const count = (number) => (Math.abs(number) < 10_000 ? whole.format(number) : short.format(number))
const share = (part) => (part === null || part === undefined ? '–' : `${(part * 100).toFixed(1)} %`)
const money = (amount, currency) =>
  new Intl.NumberFormat('en', { style: 'currency', currency, maximumFractionDigits: Math.abs(amount) < 1 ? 4 : 2 }).format(
    amount,
  )
const millis = (ms) => (ms >= 1_000 ? `${(ms / 1_000).toFixed(1)} s` : `${ms < 10 ? ms.toFixed(2) : Math.round(ms)} ms`)

/** What stands behind the `#` of the address: the token, and a ref to be shown. No browser sends that anywhere. */
function takeAddress() {
  const given = new URLSearchParams(location.hash.slice(1))
  if (given.has('token')) {
    sessionStorage.setItem(KEY, given.get('token'))
    // A token in the address would be seen over a shoulder and kept in the history.
    history.replaceState(null, '', location.pathname)
  }
  return given.get('ref')
}

async function ask(path) {
  const answer = await fetch(path, { headers: { 'x-headroom-token': sessionStorage.getItem(KEY) ?? '' } })
  if (answer.status === 401) {
    at('login').hidden = false
    at('figures').hidden = true
    throw new Error(sessionStorage.getItem(KEY) ? 'The proxy does not know this token.' : '')
  }
  const body = await answer.json()
  if (!answer.ok) throw new Error(body.error?.message ?? `The proxy answers ${answer.status}.`)
  return body
}

function trouble(error) {
  at('trouble').textContent = error.message
  at('trouble').hidden = error.message === ''
}

async function refresh() {
  try {
    state.stats = await ask(`/stats?days=${state.days}`)
    at('trouble').hidden = true
    at('login').hidden = true
    at('figures').hidden = false
    show(state.stats)
    document.body.dataset.ready = 'yes'
  } catch (error) {
    trouble(error)
  }
}

function show(stats) {
  at('about').textContent = `${stats.version}, up ${span(stats.uptime_seconds)}`
  cards(stats)
  days(stats.persistent_savings.days)
  bars(at('tools'), stats.persistent_savings.tools, 'no tool named')
  bars(at('kinds'), stats.persistent_savings.kinds, 'unknown')
  verdicts(stats.persistent_savings.verdicts)
  histogram(stats[state.time])
  recent(stats.recent_requests)
}

function span(seconds) {
  if (seconds < 120) return `${seconds} s`
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`
  return seconds < 172_800 ? `${Math.round(seconds / 3_600)} h` : `${Math.round(seconds / 86_400)} days`
}

function cards({ persistent_savings: sums, cost, ledger_lost: lost }) {
  const { total } = sums
  const card = (value, label, kind = '') =>
    make('div', { className: `card ${kind}` }, make('b', { textContent: value }), make('span', { textContent: label }))
  const sign = total.net < 0 ? 'loss' : 'first'
  const rate = total.before > 0 ? total.net / total.before : null
  at('cards').replaceChildren(
    card(count(total.net), `tokens saved, net (${share(rate)})`, sign),
    card(
      money(cost.net, cost.currency),
      'saved by list prices, cache effects and retrieval charged',
      cost.net < 0 ? 'loss' : '',
    ),
    card(count(total.requests), `requests answered${sums.unanswered ? `, ${count(sums.unanswered)} not` : ''}`),
    card(share(total.cache_hit_rate), "of prompts read from providers' caches"),
    card(count(total.hidden_rounds), `hidden rounds, ${count(total.hidden_input)} tokens`),
    card(total.requests ? millis(total.added_us / 1_000 / total.requests) : '–', 'added to a request on average'),
    ...(lost ? [card(count(lost), 'requests missing in the ledger', 'loss')] : []),
  )
}

/** The days of the span, those without requests too, as far as they reach back. */
function calendar(byDay) {
  const known = Object.keys(byDay).toSorted()
  if (known.length === 0) return []
  const out = []
  const last = new Date(`${known.at(-1)}T00:00:00Z`)
  const first = new Date(Math.min(new Date(`${known[0]}T00:00:00Z`), last - 13 * 86_400_000))
  for (let day = first; day <= last; day = new Date(day.getTime() + 86_400_000)) out.push(day.toISOString().slice(0, 10))
  return out
}

function days(byDay) {
  const all = calendar(byDay)
  if (all.length === 0) return at('days').replaceChildren(make('p', { className: 'quiet', textContent: 'No requests yet.' }))
  const narrow = at('days').clientWidth < 500
  const [width, height, foot] = [narrow ? 400 : 960, narrow ? 180 : 220, 18]
  const values = all.map((day) => [byDay[day]?.saved ?? 0, byDay[day]?.net ?? 0])
  const most = Math.max(1, ...values.flat())
  const least = Math.min(0, ...values.flat())
  const y = (value) => 16 + ((most - value) / (most - least)) * (height - foot - 16)
  const step = width / all.length
  const svg = draw('svg', { viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': 'Tokens saved by day' })
  svg.append(draw('line', { x1: 0, x2: width, y1: y(0), y2: y(0) }))
  const label = draw('text', { x: 0, y: narrow ? 13 : 10 })
  label.textContent = count(most)
  svg.append(label)
  all.forEach((day, index) => {
    const [saved, net] = values[index]
    const column = (value, left, size, kind) =>
      draw('rect', {
        x: index * step + left,
        width: Math.max(1, size),
        y: Math.min(y(value), y(0)),
        height: Math.abs(y(value) - y(0)),
        rx: 2,
        class: kind,
      })
    const title = draw('title', {})
    title.textContent = `${day}: ${whole.format(saved)} saved, ${whole.format(net)} net`
    svg.append(
      draw(
        'g',
        {},
        title,
        column(saved, step * 0.12, step * 0.38, saved < 0 ? 'loss' : 'saved'),
        column(net, step * 0.5, step * 0.38, net < 0 ? 'loss' : 'net'),
      ),
    )
    if (index % Math.ceil(all.length / (narrow ? 5 : 14)) === 0) {
      const text = draw('text', {
        x: index === 0 ? 0 : (index + 0.5) * step,
        y: height - 4,
        'text-anchor': index === 0 ? 'start' : 'middle',
      })
      text.textContent = day.slice(5)
      svg.append(text)
    }
  })
  at('days').replaceChildren(svg)
}

function bars(place, changes, nameless) {
  const rows = Object.entries(changes)
    .toSorted(([, a], [, b]) => b.before - a.before)
    .slice(0, 12)
  const most = Math.max(1, ...rows.map(([, change]) => Math.max(change.before, change.after)))
  const bar = ([name, { before, after }]) => {
    const [all, kept] = [make('i'), make('i')]
    all.style.width = `${(Math.max(before, after) / most) * 100}%`
    kept.style.width = `${(Math.min(before, after) / most) * 100}%`
    const track = make(
      'div',
      { className: 'track', title: `${whole.format(before)} → ${whole.format(after)} tokens` },
      all,
      kept,
    )
    const change = before > 0 ? (after - before) / before : 0
    const figures =
      change === 0
        ? `${count(before)}, as it was`
        : `${count(before)} → ${count(after)}, ${change > 0 ? '+' : '−'}${share(Math.abs(change))}`
    return make(
      'div',
      { className: change > 0 ? 'bar grown' : 'bar' },
      make('span', { textContent: name || nameless, title: name }),
      track,
      make('span', { textContent: figures }),
    )
  }
  place.replaceChildren(...(rows.length ? rows.map(bar) : [make('p', { className: 'quiet', textContent: 'Nothing yet.' })]))
}

function verdicts(counts) {
  const rows = Object.entries(counts).toSorted(([, a], [, b]) => b - a)
  const total = rows.reduce((sum, [, number]) => sum + number, 0)
  const strip = make('div', { className: 'share' })
  const list = make('dl')
  rows.forEach(([verdict, number], index) => {
    const colour = COLOURS[index % COLOURS.length]
    const [piece, key] = [make('i', { title: `${verdict}: ${number}` }), make('i')]
    piece.style.cssText = `width:${(number / total) * 100}%;background:${colour}`
    key.style.background = colour
    strip.append(piece)
    list.append(
      key,
      make('dt', { textContent: verdict.replaceAll('_', ' ') }),
      make('dd', { textContent: count(number) }),
      make('dd', { textContent: share(number / total) }),
    )
  })
  at('verdicts').replaceChildren(
    ...(total ? [strip, list] : [make('p', { className: 'quiet', textContent: 'Nothing yet.' })]),
  )
}

function histogram({ buckets, count: total, average_ms: mean, max_ms: most }) {
  at('spread').textContent = total
    ? `${whole.format(total)} ${total === 1 ? 'request' : 'requests'}, ${millis(mean)} on average, ${millis(most)} at most`
    : 'Nothing yet.'
  if (!total) return at('histogram').replaceChildren()
  const first = buckets.findIndex((bucket) => bucket.count > 0)
  const last = buckets.findLastIndex((bucket) => bucket.count > 0)
  const shown = buckets.slice(Math.max(0, first - 1), last + 2)
  const [width, height] = [480, 170]
  const step = width / shown.length
  const top = Math.max(...shown.map((bucket) => bucket.count))
  const svg = draw('svg', { viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': 'Requests by time' })
  shown.forEach((bucket, index) => {
    const size = (bucket.count / top) * (height - 40)
    const [number, bound] = [
      draw('text', { x: (index + 0.5) * step, y: height - 26 - size, 'text-anchor': 'middle' }),
      draw('text', { x: (index + 0.5) * step, y: height - 6, 'text-anchor': 'middle' }),
    ]
    number.textContent = bucket.count ? count(bucket.count) : ''
    bound.textContent = bucket.le === null ? 'more' : `≤ ${bucket.le >= 1_000 ? `${bucket.le / 1_000} s` : bucket.le}`
    svg.append(
      draw('rect', {
        x: index * step + step * 0.1,
        width: step * 0.8,
        y: height - 22 - size,
        height: size,
        rx: 2,
        class: 'net',
      }),
      number,
      bound,
    )
  })
  at('histogram').replaceChildren(svg)
}

const COLUMNS = [
  ['time', ''],
  ['model', 'name'],
  ['status', ''],
  ['before', 'number optional'],
  ['after', 'number optional'],
  ['saved', 'number'],
  ['billed', 'number optional'],
  ['ms', 'number optional'],
]

function recent(requests) {
  const head = make(
    'tr',
    {},
    ...COLUMNS.map(([name, className]) => make('th', { textContent: name, className })),
    make('th'),
  )
  const body = make('tbody')
  for (const request of requests) body.append(...linesOf(request))
  const table = make('div', { className: 'scroll' }, make('table', {}, make('thead', {}, head), body))
  at('recent').replaceChildren(requests.length ? table : make('p', { className: 'quiet', textContent: 'No requests yet.' }))
}

function linesOf(request) {
  const time = new Date(request.timestamp)
  const today = time.toDateString() === new Date().toDateString()
  const cell = (text, className = '') => make('td', { textContent: text, className })
  const button = make('button', { type: 'button', textContent: state.open.has(request.request_id) ? 'Hide' : 'Texts' })
  const row = make(
    'tr',
    { title: request.request_id },
    cell(today ? time.toLocaleTimeString('en-GB') : time.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' })),
    cell(request.model || request.provider, 'name'),
    cell(request.status || '–', request.status >= 400 || request.status === 0 ? 'bad' : ''),
    cell(count(request.tokens_input_before), 'number optional'),
    cell(count(request.tokens_input_after), 'number optional'),
    cell(`${request.savings_percent.toFixed(0)} %`, 'number'),
    cell(request.billed_input_tokens === null ? '–' : count(request.billed_input_tokens), 'number optional'),
    cell(whole.format(request.total_latency_ms), 'number optional'),
    make('td', { className: 'number' }, request.texts?.length ? button : null),
  )
  button.addEventListener('click', () => {
    if (!state.open.delete(request.request_id)) state.open.add(request.request_id)
    recent(state.stats.recent_requests)
  })
  return state.open.has(request.request_id)
    ? [row, make('tr', {}, make('td', { className: 'wide', colSpan: 9 }, texts(request.texts)))]
    : [row]
}

function texts(all) {
  const item = (text) => {
    const compare = make('button', { type: 'button', textContent: 'Compare' })
    compare.addEventListener('click', () => comparison(text))
    const saying = `message ${text.message + 1}, ${text.tool || 'no tool named'}, ${text.kind}: ${count(text.before)} → ${count(text.after)}, ${text.verdict.replaceAll('_', ' ')}`
    return make(
      'li',
      {},
      make('span', { textContent: saying }),
      text.ref ? compare : make('span', { className: 'quiet', textContent: 'nothing left out, so no original is kept' }),
    )
  }
  return make('ul', {}, ...all.map(item))
}

async function comparison({ ref }) {
  try {
    const {
      tool,
      original,
      compressed,
      tokens_before: before,
      tokens_after: after,
    } = await ask(`/v1/retrieve/preview?ref=${encodeURIComponent(ref)}`)
    at('diff-title').textContent = tool || 'Text'
    at('left-title').textContent = `original, ${count(before)} tokens`
    at('right-title').textContent = `compressed, made again: ${count(after)} tokens`
    const [left, right] = [original.split('\n'), compressed.split('\n')]
    const known = new Set(left)
    const common = new Set(right.filter((line) => line.trim() !== '' && known.has(line)))
    // Where nothing stands as it stood, all is spelled anew, and colours would say nothing.
    side(at('left'), left, common.size > 0 ? new Set([...common, '']) : null, 'gone')
    side(at('right'), right, common.size > 0 ? new Set([...common, '']) : null, 'new')
    at('diff').showModal()
  } catch (error) {
    trouble(error)
  }
}

/** Shows a text; lines that are not in `common` are coloured, if there are any in common. */
function side(place, lines, common, kind) {
  const shown = lines
    .slice(0, MAX_LINES)
    .map((line) => make('span', { textContent: line, className: !common || common.has(line) ? '' : kind }))
  if (lines.length > MAX_LINES)
    shown.push(make('span', { textContent: `… ${whole.format(lines.length - MAX_LINES)} more lines` }))
  place.replaceChildren(...shown)
  place.scrollTop = 0
}

function choose(group, attribute, change) {
  at(group).addEventListener('click', (event) => {
    const button = event.target.closest('button')
    if (!button) return
    for (const other of at(group).querySelectorAll('button')) other.setAttribute('aria-pressed', String(other === button))
    change(button.dataset[attribute])
  })
}

choose('spans', 'days', (value) => {
  state.days = Number(value)
  refresh()
})
choose('times', 'time', (value) => {
  state.time = value
  if (state.stats) histogram(state.stats[value])
})
at('login').addEventListener('submit', (event) => {
  event.preventDefault()
  sessionStorage.setItem(KEY, at('token').value.trim())
  refresh()
})
at('close').addEventListener('click', () => at('diff').close())
setInterval(() => {
  if (document.visibilityState === 'visible' && at('login').hidden && !at('diff').open) refresh()
}, REFRESH_MS)
async function start() {
  const ref = takeAddress()
  await refresh()
  if (ref) await comparison({ ref })
}

start()

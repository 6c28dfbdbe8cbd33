/**
 * Seeded generators of what fetches print: web pages with everything sites put around their content, and
 * documents of XML. Everything in them is made up.
 */
import { instant } from './records.mjs'

/** @typedef {import('./records.mjs').Dice} Dice */

const TOPICS = [
  'Installation', 'Configuration', 'Queues', 'Workers', 'Retries', 'Rate limits', 'Webhooks', 'Metrics', 'Tracing', 'Deployment',
  'Upgrades', 'Security', 'Backups', 'Replication', 'Command line', 'Client library', 'Migrations', 'Glossary',
]
const SECTIONS = ['World', 'Politics', 'Business', 'Science', 'Culture', 'Sport', 'Weather', 'Opinion', 'Podcasts', 'Archive']

/** Repeats `make(index)` and joins. @param {number} length @param {(index: number) => string} make @param {string} [between] */
function repeat(length, make, between = '\n') {
  return Array.from({ length }, (_, index) => make(index)).join(between)
}

/** Sentences. @param {Dice} dice @param {number} count */
function sentences(dice, count) {
  return repeat(count, () => dice.sentence(8 + dice.roll(14)), ' ')
}

/** What trackers put into a page. @param {Dice} dice */
function tracker(dice) {
  const id = dice.hex(12)
  return `<script>(function(w,d,s,l,i){w[l]=w[l]||[];w[l].push({'start':new Date().getTime(),event:'js'});var f=d.getElementsByTagName(s)[0],j=d.createElement(s);j.async=true;j.src='https://metrics.example/t.js?id='+i;f.parentNode.insertBefore(j,f);})(window,document,'script','dataLayer','T-${id}');</script>
<noscript><iframe src="https://metrics.example/ns.html?id=T-${id}" height="0" width="0" style="display:none"></iframe></noscript>`
}

/** Rules of a style sheet. @param {Dice} dice @param {number} count */
function style(dice, count) {
  return `<style>${repeat(count, (index) => `.c-${index}{margin:0 ${dice.roll(40)}px;padding:${dice.roll(20)}px;color:#${dice.hex(6)};display:flex}`, '')}</style>`
}

/** An icon. @param {Dice} dice */
function icon(dice) {
  return `<svg class="icon" width="20" height="20" viewBox="0 0 20 20" aria-hidden="true"><path d="M${repeat(14, () => `${dice.roll(20)}.${dice.roll(99)}`, ' ')}z"/></svg>`
}

/** @param {Dice} dice @param {{ title: string, description: string, data?: object }} page */
function head(dice, { title, description, data }) {
  const blob = data === undefined ? '' : `\n<script type="application/ld+json">${JSON.stringify(data)}</script>`
  return `<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<meta name="description" content="${description}">
<meta property="og:title" content="${title}">
<meta property="og:image" content="https://img.example/${dice.hex(16)}.jpg">
<link rel="canonical" href="https://www.example.com/${dice.hex(8)}">
<link rel="preload" as="font" href="/fonts/${dice.hex(10)}.woff2" crossorigin>
<link rel="stylesheet" href="/assets/main.${dice.hex(8)}.css">
${style(dice, 40)}${blob}
${tracker(dice)}
</head>`
}

const CONSENT = `<div id="cookie-consent" class="cookie-banner" role="dialog"><div class="cookie-inner"><h2>We value your privacy</h2>
<p>We and our 843 partners store and access information on a device, such as cookies, and process personal data for personalised advertising. <a href="/privacy">Privacy policy</a></p>
<button type="button" class="btn btn-accept">Accept all</button><button type="button" class="btn">Reject all</button><a href="#" class="settings">Settings</a></div></div>`

/** @param {Dice} dice @param {readonly string[]} names @param {string} base */
function menu(dice, names, base) {
  return `<nav class="site-nav" aria-label="Main"><ul class="nav-list">
${repeat(names.length, (index) => `<li class="nav-item"><a class="nav-link" href="${base}${String(names[index]).toLowerCase().replace(' ', '-')}">${icon(dice)}<span>${names[index]}</span></a></li>`)}
</ul></nav>`
}

/** @param {Dice} dice */
function footer(dice) {
  const columns = ['Product', 'Company', 'Resources', 'Legal']
  const links = ['About', 'Careers', 'Press', 'Blog', 'Status', 'Terms', 'Imprint', 'Accessibility']
  const column = (/** @type {string} */ name) => `<div class="footer-column"><h4>${name}</h4><ul>${repeat(7, () => `<li><a href="/${dice.hex(5)}">${dice.pick(links)}</a></li>`, '')}</ul></div>`
  return `<footer class="site-footer"><div class="footer-grid">${columns.map(column).join('\n')}</div>
<div class="newsletter-signup"><h4>Stay in the loop</h4><form action="/subscribe" method="post"><input type="hidden" name="csrf" value="${dice.hex(32)}"><input type="email" name="email" placeholder="you@example.com"><button>Subscribe</button></form></div>
<p class="copyright">© 2025 Example Works Ltd. All rights reserved.</p></footer>
${repeat(6, () => `<script src="/assets/chunk.${dice.hex(8)}.js" defer></script>`)}
<script>window.__STATE__=${JSON.stringify({ build: dice.hex(40), flags: Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`flag_${index}`, dice.roll(2) === 0])) })};</script>`
}

/** A page of documentation. @param {Dice} dice @param {{ option: string, fallback: string, since: string }} told */
export function docsPage(dice, { option, fallback, since }) {
  const section = (/** @type {number} */ index) => `<h2 id="s${index}">${TOPICS[index % TOPICS.length]}<a class="anchor" href="#s${index}" aria-label="Link to this heading">¶</a></h2>
<p>${sentences(dice, 3)} See <a href="/docs/${dice.hex(4)}">${dice.pick(TOPICS).toLowerCase()}</a> and <code>queue.${dice.pick(['open', 'drain', 'close'])}()</code>.</p>
<div class="highlight"><pre><code class="language-js"><span class="kw">const</span> queue = <span class="kw">await</span> open({
  <span class="attr">name</span>: <span class="str">'jobs-${index}'</span>,
  <span class="attr">workers</span>: ${1 + dice.roll(8)},
})</code></pre><button class="copy" aria-label="Copy code">${icon(dice)}</button></div>
<ul><li>${dice.sentence(9)}</li><li>${dice.sentence(7)}</li></ul>`
  const names = ['name', 'workers', option, 'poll', 'prefix', 'timeout']
  const rows = names.map((name) => `<tr><td><code>${name}</code></td><td>${dice.pick(['string', 'number', 'boolean'])}</td><td>${name === option ? fallback : String(dice.roll(500))}</td><td>${name === option ? `Since ${since}. ` : ''}${dice.sentence(8)}</td></tr>`)
  return `<!DOCTYPE html>
<html lang="en" class="no-js">
${head(dice, { title: 'Configuration - Harbor documentation', description: 'Every option of the queue client, with its default.' })}
<body class="docs">
<a class="skip-link" href="#content">Skip to content</a>
<header class="topbar"><a class="logo" href="/">${icon(dice)}Harbor</a>${menu(dice, ['Docs', 'Guides', 'Blog', 'Community', 'Pricing', 'Sign in'], '/')}<form role="search" action="/search"><input type="search" name="q" placeholder="Search docs"></form></header>
<div class="layout"><aside class="sidebar"><div class="sidebar-inner"><ul>
${repeat(60, (index) => `<li class="sidebar-item level-${index % 3}"><a class="sidebar-link" href="/docs/${dice.hex(6)}">${dice.pick(TOPICS)} ${index + 1}</a></li>`)}
</ul></div></aside>
<main id="content"><article class="doc"><h1>Configuration</h1>
<p class="lead">${sentences(dice, 2)}</p>
<table class="options"><thead><tr><th>Option</th><th>Type</th><th>Default</th><th>Meaning</th></tr></thead><tbody>
${rows.join('\n')}
</tbody></table>
${repeat(7, section)}
<aside class="note warning"><p><strong>Warning:</strong> <code>${option}</code> must be larger than <code>poll</code>, or jobs run twice.</p></aside>
</article><nav class="pager"><a rel="prev" href="/docs/queues">Previous: Queues</a><a rel="next" href="/docs/workers">Next: Workers</a></nav></main>
<aside class="toc"><h4>On this page</h4><ul>${repeat(7, (index) => `<li><a href="#s${index}">${TOPICS[index]}</a></li>`, '')}</ul></aside></div>
${CONSENT}
${footer(dice)}
</body></html>`
}

/** A news article. @param {Dice} dice @param {{ title: string, author: string, quote: string, figure: string }} told */
export function newsPage(dice, { title, author, quote, figure }) {
  const card = () => `<div class="card"><a href="/story/${dice.hex(8)}"><img src="https://img.example/${dice.hex(12)}.jpg?w=320&amp;h=180" srcset="https://img.example/${dice.hex(12)}.jpg 2x" alt="" loading="lazy"><h3>${dice.sentence(6)}</h3></a><span class="tag">${dice.pick(SECTIONS)}</span></div>`
  return `<!doctype html>
<html lang="en">
${head(dice, { title: `${title} | The Example Courier`, description: dice.sentence(14), data: { '@context': 'https://schema.org', '@type': 'NewsArticle', headline: title, author: { '@type': 'Person', name: author }, datePublished: instant(4000), image: [`https://img.example/${dice.hex(12)}.jpg`] } })}
<body>
${CONSENT}
<header class="masthead"><div class="brand"><a href="/"><img src="/logo.svg" alt="The Example Courier"></a></div>${menu(dice, SECTIONS, '/section/')}</header>
<div class="ad-slot ad-top" data-slot="${dice.hex(8)}"><script>window.ads=window.ads||[];ads.push({slot:"${dice.hex(8)}",sizes:[[728,90],[970,250]]})</script></div>
<article><header><h1>${title}</h1><p class="byline">By <a rel="author" href="/by/${dice.hex(4)}">${author}</a> · <time datetime="${instant(4000)}">3 March</time></p></header>
<figure><img src="https://img.example/${dice.hex(12)}.jpg" alt="Workers at the lock gates" width="1200"><figcaption>Workers at the lock gates. Photograph: Example Pictures</figcaption></figure>
${repeat(6, () => `<p>${sentences(dice, 4)}</p>`)}
<p>The bill rose to ${figure}, the council said on Tuesday.</p>
<div class="social-share"><ul>${repeat(5, (index) => `<li><a href="https://social.example/share?n=${index}&amp;u=${dice.hex(20)}" aria-label="Share">${icon(dice)}</a></li>`, '')}</ul></div>
<blockquote><p>“${quote}”</p></blockquote>
${repeat(5, () => `<p>${sentences(dice, 4)}</p>`)}
</article>
<section class="related-stories"><h2>More on this story</h2>${repeat(8, card)}</section>
<aside class="trending"><h2>Most read</h2><ol>${repeat(10, () => `<li><a href="/story/${dice.hex(8)}">${dice.sentence(7)}</a></li>`, '')}</ol></aside>
${footer(dice)}
</body></html>`
}

/** A shop's list of products, on one line as shops send it. @param {Dice} dice @param {number} count @param {(index: number) => { name: string, price: string, stock: string }} product */
export function shopPage(dice, count, product) {
  const row = (/** @type {number} */ index) => {
    const { name, price, stock } = product(index)
    return `<tr class="product-row" data-id="${dice.hex(8)}" data-analytics='{"list":"search","position":${index}}'><td class="thumb"><img src="https://img.example/${dice.hex(10)}.webp" alt="" width="64" height="64"></td><td><a class="product-link" href="/p/${name.toLowerCase().replaceAll(' ', '-')}">${name}</a></td><td class="price"><span class="amount">${price}</span></td><td class="stock ${stock === 'sold out' ? 'out' : 'in'}">${stock}</td><td><button type="button" class="btn add-to-cart" data-sku="${dice.hex(6)}">Add</button></td></tr>`
  }
  return `<!DOCTYPE html><html>${head(dice, { title: 'Lamps - Example Shop', description: 'All lamps.' }).replaceAll('\n', '')}<body>${menu(dice, ['Lamps', 'Chairs', 'Tables', 'Shelves', 'Rugs', 'Sale'], '/c/').replaceAll('\n', '')}<div class="filters"><form action="/c/lamps"><label>Sort <select name="sort"><option value="new" selected>Newest</option><option value="price">Price</option></select></label></form></div><h1>Lamps</h1><p>${count} products</p><table class="products"><thead><tr><th></th><th>Product</th><th>Price</th><th>Stock</th><th></th></tr></thead><tbody>${repeat(count, row, '')}</tbody></table><div class="pagination"><a href="?page=2">Next page</a></div>${footer(dice).replaceAll('\n', '')}</body></html>`
}

/** An RSS feed. @param {Dice} dice @param {number} count @param {(index: number) => string} title */
export function feed(dice, count, title) {
  const item = (/** @type {number} */ index) => `    <item>
      <title>${title(index)}</title>
      <link>https://news.example.com/stories/${1000 + index}</link>
      <guid isPermaLink="false">https://news.example.com/stories/${1000 + index}</guid>
      <pubDate>Mon, 03 Mar 2025 ${String(8 + (index % 12)).padStart(2, '0')}:${String(dice.roll(60)).padStart(2, '0')}:00 GMT</pubDate>
      <dc:creator><![CDATA[${dice.pick(['Ada Brook', 'Eli Fenn', 'Juno Gale'])}]]></dc:creator>
      <category>${dice.pick(SECTIONS)}</category>
      <description><![CDATA[<p>${sentences(dice, 2)}</p>]]></description>
    </item>`
  return `<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom">
  <channel>
    <title>The Example Courier</title>
    <link>https://news.example.com/</link>
    <atom:link href="https://news.example.com/feed.xml" rel="self" type="application/rss+xml"/>
    <description>News &amp; comment</description>
    <language>en-gb</language>
${repeat(count, item)}
  </channel>
</rss>
`
}

/** A report of a test run in JUnit's format. @param {Dice} dice @param {number} count @param {Map<number, { message: string, trace: string }>} failures */
export function junit(dice, count, failures) {
  const suites = Math.ceil(count / 25)
  const test = (/** @type {number} */ index) => {
    const failure = failures.get(index)
    const open = `    <testcase classname="com.example.harbor.${dice.pick(['Queue', 'Worker', 'Ledger'])}Test" name="${dice.pick(['drains', 'retries', 'rejects', 'counts'])}${dice.pick(['Jobs', 'Batches', 'Locks'])}${index}" time="0.${String(dice.roll(900)).padStart(3, '0')}"`
    if (failure === undefined) return `${open}/>`
    return `${open}>
      <failure message="${failure.message}" type="org.opentest4j.AssertionFailedError">${failure.trace}</failure>
    </testcase>`
  }
  const suite = (/** @type {number} */ at) => {
    const from = at * 25
    const failed = [...failures.keys()].filter((index) => index >= from && index < from + 25).length
    return `  <testsuite name="com.example.harbor.Suite${at}" tests="25" failures="${failed}" errors="0" skipped="0" time="${dice.roll(9)}.${dice.roll(900)}" timestamp="${instant(at * 60)}" hostname="ci-${dice.hex(4)}">
${repeat(Math.min(25, count - from), (index) => test(from + index))}
  </testsuite>`
  }
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites tests="${count}" failures="${failures.size}">
${repeat(suites, suite)}
</testsuites>
`
}

/** A sitemap, on one line. @param {Dice} dice @param {number} count @param {(index: number) => string} path */
export function sitemap(dice, count, path) {
  const entry = (/** @type {number} */ index) => `<url><loc>https://www.example.com/${path(index)}</loc><lastmod>${instant(-86_400 * dice.roll(300)).slice(0, 10)}</lastmod><changefreq>${dice.pick(['weekly', 'monthly'])}</changefreq><priority>0.${1 + dice.roll(9)}</priority></url>`
  return `<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">${repeat(count, entry, '')}</urlset>`
}

/** A reply of a SOAP service. @param {Dice} dice @param {number} count @param {(index: number) => { id: string, status: string, note?: string }} shipment */
export function soap(dice, count, shipment) {
  const entry = (/** @type {number} */ index) => {
    const { id, status, note } = shipment(index)
    return `        <ns2:Shipment>
          <ns2:Id>${id}</ns2:Id>
          <ns2:Status>${status}</ns2:Status>
          <ns2:Weight unit="kg">${1 + dice.roll(30)}.${dice.roll(10)}</ns2:Weight>
          <ns2:Address><ns2:City>${dice.pick(['Lisbon', 'Osaka', 'Turin', 'Bergen'])}</ns2:City><ns2:Zip>${10_000 + dice.roll(80_000)}</ns2:Zip></ns2:Address>${note === undefined ? '' : `
          <ns2:Note>${note}</ns2:Note>`}
        </ns2:Shipment>`
  }
  return `<?xml version='1.0' encoding='UTF-8'?>
<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:ns2="http://example.com/shipping/v2">
  <soapenv:Header/>
  <soapenv:Body>
    <ns2:ListShipmentsResponse>
      <ns2:Total>${count}</ns2:Total>
      <ns2:Shipments>
${repeat(count, entry)}
      </ns2:Shipments>
    </ns2:ListShipmentsResponse>
  </soapenv:Body>
</soapenv:Envelope>
`
}

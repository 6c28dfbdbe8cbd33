/**
 * What the fuzzer starts from: the tool outputs of the eval corpus as every target reads them, whole and with
 * their arrays cut short, because mutations of short inputs find more per second.
 */
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { compressSync } from 'headroom'

import { loadCases, textsOf } from '../evals/cases.mjs'

/** Longest seed, in bytes. */
const MAX_BYTES = 8192

/**
 * What a model may ask for, as the target `retrieve` reads it: a byte that says which fields are set and how
 * large a page is, then lines, rows, path and query with a NUL after each.
 */
const SELECTIONS = [
  '\u0010\0\0\0\0',
  '\u0070\0\0\0\0',
  '\u00111-3\0\0\0\0',
  '\u00311:5-9\0\0\0\0',
  '\u0052\u00001,3-4\0\0\0',
  '\u0054\0\0$.items[2:5].id\0\0',
  "\u0054\0\0$['data'][-1]\0\0",
  '\u0078\0\0\0late error\0',
]

/** Headings, passages, turns, and sentences in several scripts. */
const PROSE = [
  '# The survey\n\nThe order KX-4471-B is late. Dr. Okafor wrote on 3 May. "Why?" she asked. Nobody knows the reason.\n',
  '[1] Refunds\nSource: a.md\nItems are taken back within 30 days. The box is needed. Gift cards stay.\n',
  'Ann: Shall we start?\nBob: Yes. The budget first.\nAnn: It is 3.50 more than planned.\nBob: Fine.\n',
  '今日は雨です。傘を持つ。 यह घर है। هل هذا بيت؟ نعم.\n',
].join('\n')

/** Lines with timestamps, levels, colours, traces, repeats and no line feed at the end. */
const LOG = [
  ...[...'abcdefgh'].map((name, index) => `2026-01-02 03:04:0${index},120 INFO  [w-${index}] shop.Orders: order ${name}_${index} from 10.0.0.${index}:80`),
  '2026-01-02 03:04:09,121 ERROR [w-1] shop.Orders: no stock\r\njava.io.IOException: x\n\tat a.B.c(B.java:1)\nCaused by: y',
  ...[1, 2, 3, 4].map(() => '\u001b[32mtick\u001b[0m a|b  '),
  '',
  '=== 3 failed, 120 passed in 4.2s ===',
].join('\n')

/** The languages that the first byte of a seed chooses, and the folders of their sources. */
const LANGUAGES = ['bash', 'c', 'cpp', 'csharp', 'go', 'java', 'javascript', 'php', 'python', 'ruby', 'rust', 'tsx', 'typescript']

/** What the scanners of the grammars keep a state for: strings in strings, words that end here-documents. @type {Record<string, string[]>} */
const SCRAPS = {
  bash: ['f() {\n  cat <<-A <<"B C"\n\t$x `y`\n\tA\nz\nB C\n}\n', 'case $a in\n (b|c*) [[ $d =~ ^e.+$ ]] && echo ${f#*/} $((g+1)) ;;\nesac\n'],
  c: ['#define A(b) \\\n  do { b; } while (0)\n#if B\nint f(void) {\n  return 1;\n#else\n}\n#endif\n'],
  cpp: ['auto f() -> int {\n  auto s = R"d(a)" b)d";\n  return [&](auto x) { return x <=> 1; }(s);\n}\n'],
  csharp: ['class A {\n  string F(int b) => $$"""a {{b:N2}} "c" """ + $@"d ""{b}""" + """e""";\n#if G\n  int H { get { return 1; } }\n#endif\n}\n'],
  go: ['func (a *A[T]) f(b chan<- int) (c error) {\n\td := `e\n`\n\tdefer func() { c = d }()\n\treturn\n}\n'],
  java: ['record A(int b) {\n  A {\n    String c = """\n      d\n      """;\n  }\n  @B(c = 1) <T> void e() throws F { g(x -> { h(); }); }\n}\n'],
  javascript: ['class A {\n  static #b = /[/]c/u\n  async *d(e) {\n    return `f ${`g ${h}`}`\n  }\n}\n<!-- i\nlet j = k\n++l\n'],
  php: ['<?php\nfunction a() {\n  $b = <<<C\n  d {$e[\'f\']} ${g}\n  C;\n  return <<<\'H\'\n$i\nH;\n}\n?>\n<p><?= $j ?></p>\n'],
  python: ['def a(b):\n    """C. D."""\n    e = f"{b!r:>{c}} {f\'{d}\'}" rb\'\\x\'\n    if (e :=\n        1):\n\treturn\n', 'class A:\n  def b(self): pass\n  if c:\n    # d\n    match e:\n      case [f, *_]: pass\n'],
  ruby: ['def a\n  b = [<<~C, <<-"D E"]\n    f #{g "#{h}"}\n  C\n  i\n  D E\n  %w[j k] + %q((l)) + [/m/i, :"n", ?o]\nend\n=begin\np\n=end\n__END__\nq\n'],
  rust: ['/* a /* b */ */\nfn c<\'d>(e: &\'d str) -> f64 {\n    let g = r##"h"#i"##;\n    macro! { j }\n    1.0e3\n}\n'],
  tsx: ['function A<T,>(b: T) {\n  return <B c={`d`} {...e}>f &amp; {g}<></></B>\n}\n'],
  typescript: ['abstract class A<B extends C = D> {\n  e?: `f${string}`\n  @g() private get h(): i is j { return k satisfies L }\n}\ndeclare module "m" {\n}\n'],
}

/** Sources of every language: scraps, and the golden files of its compressor. @returns {string[]} */
function sources() {
  return LANGUAGES.flatMap((language, index) => {
    const source = readFileSync(new URL(`../tests/fixtures/code/${language}/input.txt`, import.meta.url), 'utf8')
    return [source, ...(SCRAPS[language] ?? [])].map((text) => `${String.fromCharCode(index)}\0What does load do?\0${text}`)
  })
}

/** Configuration of every kind, from the golden files of its compressor. @returns {string[]} */
function settings() {
  const folder = new URL('../tests/fixtures/config/', import.meta.url)
  return readdirSync(folder).flatMap((name) => {
    const [source, folded] = ['input', 'lossless'].map((file) => readFileSync(new URL(`${name}/${file}.txt`, folder), 'utf8'))
    return [`\u0001${source}`, `\u0007${source}`, `\0${folded}`]
  })
}

/** What pages have around their content, and what their content is made of. */
const PAGE = `<!doctype html><html><head><title>Orders</title><style>.a{margin:0}</style><script type="application/json">{"id":4711}</script></head>
<body><nav><ul>${[...'abcdefghi'].map((name) => `<li><a href="/${name}">${name}</a>`).join('')}</ul></nav><main><h1>Late</h1><p>Order&nbsp;<b>order_1009</b> is <del>here</del> late.
<pre><code class="language-js">  a  b
</code></pre><table><tr><th>a<th>b<tr><td rowspan=2>1<td colspan=2>x|y<tr><td>3</table><ol start=3><li>one<ul><li>two</ul></ol></main>
<noscript><p>No scripts</p></noscript><footer><p>src/main.rs</p></footer></body></html>`

/** Records of one shape, odd ones among them, and what outlines spell as it is. */
const DOCUMENT = `<?xml version="1.0"?>
<!DOCTYPE a [<!ENTITY b "c>">]>
<a xmlns:x='urn:x'>
${[...'abcdefghi'].map((name) => `  <r id="${name}"><x:url>https://www.example.com/p/${name}</x:url><n><m>1</m></n><t><![CDATA[<b>]]></t></r>`).join('\n')}
  <r id='order_1009'><failure message="x|y">one
two</failure></r>
  <p>Text <b>and</b> &amp; more</p><e/><f></f><!-- end -->
</a>`
/** A client's talk, JSON lines with a trace between them, the outputs of commands; documents grow where `\0` is. */
const MIXED = [
  '> GET /\n< 200\nResponse: \0 seed one \0* left intact\n',
  '\n> start\n{"a":1,"b":"x"}\n{"a":2,"b":"y"}\nError: x\n    at y\n\0 seed two \0\n',
  '$ ls\na  1\nb  2\n$ cat x.json\n\0 seed three \0\n```json\n\0 seed four \0\n```\n',
]

/** Requests in every wire format, from the golden files, as each target reads them. @returns {Record<'format' | 'pipeline', string[]>} */
function requests() {
  const folder = new URL('../tests/fixtures/format/', import.meta.url)
  const files = readdirSync(folder).filter((name) => name.endsWith('.json')).toSorted()
  const fixtures = files.map((name) => readFileSync(new URL(name, folder), 'utf8'))
  return {
    format: fixtures.flatMap((source) => [0, 1, 2, 3, 4, 5].map((format) => `${String.fromCharCode(format)}\u007f${source}`)),
    pipeline: fixtures.map((source) => `\u0008\0${source}`),
  }
}

/** The lossless form of a log. */
const LOG_FOLDED = outline(`${LOG}\n`.repeat(6))

/** JSON with at most three items in every array; the head of any other text. @param {string} text */
function shortened(text) {
  try {
    return JSON.stringify(JSON.parse(text, (_, value) => (Array.isArray(value) ? value.slice(0, 3) : value)))
  } catch {
    return text.slice(0, 400)
  }
}

/** The lossless form of a tool output. @param {string} output */
function outline(output) {
  const messages = [{ role: 'tool', tool_call_id: 'call_1', content: output }]
  const { messages: compressed } = compressSync(messages, { model: 'gpt-4o', minTokens: 0 })
  return compressed[0]?.content ?? output
}

/**
 * The seeds of every target, as strings.
 *
 * @param {string} output
 * @returns {Record<string, string[]>}
 */
function seedsOf(output) {
  return {
    json_parse: [output],
    tokens: [output],
    outline_round_trip: [`\0${output}`],
    outline_decode: [outline(output)],
    pipeline: [`\u0009\0\0${output}`, `\u0001\u0004\0${output}\0\0${output}`],
    log_round_trip: [`\0What failed?\0${LOG}`, `\u0001\0${output}`],
    log_decode: [LOG_FOLDED],
    kompress: [`\u007f\u0007What is KX-4471-B?\0${PROSE}`, `\u0060\u0003What is it?\0${output}`],
    html: [`\u0006${PAGE}`, `\u0004${PAGE.replaceAll('\n', '')}`],
    xml: [`\0${DOCUMENT}`, `\u0006${DOCUMENT}`, `\u0004${DOCUMENT.replaceAll('\n', '')}`, `\u0001${outline(DOCUMENT)}`],
    mixed_round_trip: MIXED.flatMap((text) => [`\u0001${text}`, `\u0007${text}`, `\u0001Response: ${output}\n${text}`]),
    prose: [`\u0020What is KX-4471-B?\0${PROSE}`, `\0What is it?\0${output}`],
    retrieve: SELECTIONS.map((selection) => `${selection}\0${output}`),
  }
}

/** Writes the seeds under `corpus/<target>/` and returns how many. @param {string} corpus a folder, with a slash at its end */
export function writeSeeds(corpus) {
  let written = 0
  const write = (/** @type {string} */ target, /** @type {string} */ seed) => {
    if (Buffer.byteLength(seed) > MAX_BYTES) return
    mkdirSync(`${corpus}${target}`, { recursive: true })
    written += 1
    writeFileSync(`${corpus}${target}/seed-${String(written).padStart(4, '0')}`, seed)
  }
  for (const source of sources()) write('code', source)
  for (const [target, seeds] of Object.entries(requests())) for (const seed of seeds) write(target, seed)
  for (const text of settings()) write('config', text)
  for (const { content } of loadCases(fileURLToPath(new URL('../evals/corpus', import.meta.url)))) {
    write('pipeline', `\u0008\0${JSON.stringify(content.messages)}`)
    const outputs = content.messages.filter(({ role }) => role === 'tool').flatMap(textsOf)
    for (const output of outputs.flatMap((text) => [text, shortened(text)])) {
      for (const [target, seeds] of Object.entries(seedsOf(output))) for (const seed of seeds) write(target, seed)
    }
  }
  return written
}

/**
 * Source trees: every file as the output of `cat FILE`, with the bodies of functions left out. What is checked
 * is found without our grammars: names by patterns, mistakes by each language's own parser where it is installed.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync, readdirSync } from 'node:fs'
import { extname, join } from 'node:path'

import { compress } from 'headroom'

import { fail } from '../scripts/failure.mjs'
import { MODEL } from './evaluate.mjs'
import { comesBack } from './originals.mjs'
import { saved } from './report.mjs'

/** @typedef {{ before: number, after: number, kept: number, names: number, broken: string[], unsound: string[], bytes: number, milliseconds: number }} Shrunk */

/** What stands before a parameter list in a definition of C and its kin; calls stand inside bodies, indented. */
const C_FUNCTION = /^(?!(?:else|return|typedef|if|for|while|switch)\b)[a-z_][\w\s*]*?[\s*]([a-z_]\w*)\s*\([^;{}]*\)\s*\{/gim
const CURLY = [/\bfunction\s*\*?\s+([A-Za-z_$][\w$]*)\s*[(<]/g, /\b(?:class|interface|enum)\s+([A-Za-z_$][\w$]*)/g]

/** Patterns of names of functions, methods and types, by ending. @type {Record<string, RegExp[]>} */
const NAMES = {
  '.py': [/^\s*(?:async\s+)?def\s+(\w+)/gm, /^\s*class\s+(\w+)/gm],
  '.go': [/^func\s+(?:\([^)]*\)\s*)?(\w+)/gm, /^type\s+(\w+)/gm],
  '.rs': [/^\s*(?:pub(?:\([^)]*\))?\s+)?(?:const\s+|async\s+|unsafe\s+)*fn\s+(\w+)/gm, /^\s*(?:pub(?:\([^)]*\))?\s+)?(?:struct|enum|trait|union)\s+(\w+)/gm],
  '.java': [/^\s*(?:(?:public|protected|private|static|final|abstract|synchronized|default)\s+)+[\w<>[\],.?\s]*?\b(\w+)\s*\(/gm, /\b(?:class|interface|enum|record)\s+(\w+)[\s<({]/g],
  '.c': [C_FUNCTION, /^\s*(?:typedef\s+)?(?:struct|union|enum)\s+(\w+)\s*\{/gm],
  '.h': [C_FUNCTION, /^\s*(?:typedef\s+)?(?:struct|union|enum)\s+(\w+)\s*\{/gm],
  '.js': CURLY,
  '.mjs': CURLY,
  '.ts': [...CURLY, /^export\s+(?:type|const)\s+([A-Za-z_$][\w$]*)/gm],
  '.tsx': [...CURLY, /^export\s+(?:type|const)\s+([A-Za-z_$][\w$]*)/gm],
  '.rb': [/^\s*def\s+(?:self\.)?([\w?!]+)/gm, /^\s*(?:class|module)\s+(\w+)/gm],
  '.php': [/\bfunction\s+&?(\w+)/g, /^\s*(?:final\s+|abstract\s+)*(?:class|interface|trait)\s+(\w+)/gm],
  '.cs': [/\b(?:class|interface|enum|struct|record)\s+(\w+)/g],
  '.cpp': [/\b(?:class|struct)\s+(\w+)\s*(?:final\s*)?[{:]/g],
  '.sh': [/^\s*(?:function\s+)?([\w-]+)\s*\(\)\s*\{/gm],
}

/** Programs that parse a source from stdin and fail when it has a mistake. @type {Record<string, string[]>} */
const PARSERS = {
  '.py': ['python3', '-c', 'import ast,sys; ast.parse(sys.stdin.buffer.read())'],
  '.rs': ['rustfmt', '--edition', '2024', '--emit', 'stdout', '--quiet'],
  '.go': ['gofmt', '-e'],
  '.rb': ['ruby', '-c'],
  '.php': ['php', '-l'],
  '.sh': ['bash', '-n'],
}

/** The parser of the bundler, for TypeScript and JavaScript. */
const oxc = await import('rolldown/parseAst').catch(() => null)

/** Whether a source parses; null when nobody here can say. @param {string} ending @param {string} text */
function parses(ending, text) {
  const script = /^\.m?(js|tsx?)$/.exec(ending)?.[1]
  if (script && oxc) {
    try {
      oxc.parseAst(text, { lang: /** @type {'js' | 'ts' | 'tsx'} */ (script) })
      return true
    } catch {
      return false
    }
  }
  const [program, ...args] = PARSERS[ending] ?? []
  if (program === undefined) return null
  const { status, error } = spawnSync(program, args, { input: text, encoding: 'utf8', maxBuffer: 1 << 26 })
  return error ? null : status === 0
}

/** Comments and documentation: what they show as examples is not declared. */
const ASIDE = { '.py': /"""[\s\S]*?"""|^\s*#.*$/gm, other: /^\s*\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm }

/** The distinct names a source declares. @param {string} ending @param {string} text */
function namesIn(ending, text) {
  const code = text.replace(ending === '.py' ? ASIDE['.py'] : ASIDE.other, '')
  const found = (NAMES[ending] ?? []).flatMap((pattern) => [...code.matchAll(pattern)].map(([, name]) => name ?? ''))
  return [...new Set(found)]
}

/** Every source below a folder. @param {string} folder @returns {string[]} */
function sourcesOf(folder) {
  try {
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
    const files = entries.filter((entry) => entry.isFile() && Object.hasOwn(NAMES, extname(entry.name)))
    return files.map((entry) => join(entry.parentPath, entry.name)).toSorted()
  } catch (error) {
    return fail('cannot read the sources', { cause: String(error), hint: '--code takes a folder.' })
  }
}

/** Compresses one file. @param {string} file @param {string} store @returns {Promise<Shrunk>} */
async function shrink(file, store) {
  const [text, ending] = [readFileSync(file, 'utf8'), extname(file)]
  const call = { id: 'call_1', type: 'function', function: { name: 'bash', arguments: JSON.stringify({ command: `cat ${file}` }) } }
  const messages = [
    { role: 'assistant', content: null, tool_calls: [call] },
    { role: 'tool', tool_call_id: 'call_1', content: text },
  ]
  const started = performance.now()
  const result = await compress(messages, { model: MODEL, ccr: true, codeAware: true, store })
  const milliseconds = performance.now() - started
  const shown = String(result.messages[1]?.content)
  const names = namesIn(ending, text)
  const words = new Set(shown.split(/[^\w$?!-]+/))
  const changed = shown !== text
  const unsound = (await comesBack(text, shown, store)).map(({ law, message }) => `${file}: ${law}: ${message}`)
  if (result.tokensAfter > result.tokensBefore) unsound.push(`${file} has grown`)
  return {
    before: result.tokensBefore,
    after: result.tokensAfter,
    names: names.length,
    kept: names.filter((name) => words.has(name)).length,
    broken: changed && parses(ending, shown) === false && parses(ending, text) === true ? [file] : [],
    unsound,
    bytes: Buffer.byteLength(text),
    milliseconds,
  }
}

/** @param {string} name @param {readonly Shrunk[]} files */
function row(name, files) {
  const sum = (/** @type {(file: Shrunk) => number} */ of) => files.reduce((all, file) => all + of(file), 0)
  const [before, after, time] = [sum((file) => file.before), sum((file) => file.after), sum((file) => file.milliseconds)]
  const cells = [files.length, before, after, `${saved(before, after).toFixed(1)}%`, `${sum((file) => file.kept)}/${sum((file) => file.names)}`]
  const speed = [sum((file) => file.broken.length), time.toFixed(0), (sum((file) => file.bytes) / 1e3 / time).toFixed(1)]
  return `${name.padEnd(24)}${[...cells, ...speed].map((cell) => String(cell).padStart(10)).join('')}`
}

/**
 * The table of some source trees, and what is wrong.
 *
 * @param {readonly string[]} folders
 * @param {string} store where originals go
 */
export async function evaluateCode(folders, store) {
  const heads = ['files', 'before', 'after', 'saved', 'names', 'broken', 'ms', 'MB/s']
  const lines = ['source code: bodies may be left out; tokens are o200k', `${'folder'.padEnd(24)}${heads.map((head) => head.padStart(10)).join('')}`]
  const all = []
  for (const folder of folders) {
    const files = []
    for (const file of sourcesOf(folder)) files.push(await shrink(file, store))
    all.push(...files)
    lines.push(row(folder.split(/[/\\]/).findLast((part) => part !== '') ?? folder, files))
  }
  lines.push(row('all', all))
  const faults = all.flatMap(({ broken, unsound }) => [...broken.map((file) => `${file} parses no more`), ...unsound])
  return { text: `${[...lines, ...faults.map((fault) => `! ${fault}`)].join('\n')}\n`, faults }
}

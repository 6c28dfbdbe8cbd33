/** Names both languages must know: codes, verdicts, stages and formats as Rust spells them are in the types. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

import { PipelineStage } from 'headroom'

const read = (path) => readFileSync(new URL(path, new URL('..', import.meta.url)), 'utf8')
const types = read('index.d.ts')

/** The strings a `match` in `function` of a Rust file gives, in order. */
function spelled(path, name) {
  const source = read(path)
  const at = source.indexOf(`fn ${name}(self) -> &'static str`)
  assert.ok(at > 0, `${path} has no fn ${name}`)
  const body = source.slice(at, source.indexOf('\n    }\n', at))
  return [...body.matchAll(/=> "([^"]+)"/g)].map(([, string]) => string)
}

/** The strings of a union type in the declarations, those of the unions it is made of included. */
function union(name) {
  const declaration = new RegExp(`type ${name} = ([^;]+);`).exec(types)
  assert.ok(declaration, `no type ${name}`)
  const parts = declaration[1].matchAll(/["'](\w[^"']*)["']|\b([A-Z]\w+)/g)
  return [...parts].flatMap(([, string, type]) => string ?? union(type))
}

test('every error code of the core is one of HeadroomErrorCode', () => {
  const codes = spelled('src/error.rs', 'as_str')
  assert.ok(codes.length >= 9)
  const known = union('HeadroomErrorCode')
  for (const code of codes) assert.ok(known.includes(code), code)
})

test('verdicts, roles, formats and tokenizers are the same in both languages', () => {
  assert.deepEqual(union('Verdict').toSorted(), spelled('src/route/verdict.rs', 'as_str').toSorted())
  assert.deepEqual(union('FormatName'), spelled('src/format/mod.rs', 'name'))
  assert.deepEqual(union('Tokenizer').toSorted(), [...new Set(spelled('src/tokens/mod.rs', 'name'))].toSorted())
})

test('stages are the same in both languages, in the same order', () => {
  assert.deepEqual(Object.values(PipelineStage), spelled('src/pipeline/stage.rs', 'as_str'))
})

/** `headroom/ai-sdk` with one major of the AI SDK. */
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { load } from '../../scripts/installed.mjs'

const ai = await load('ai')

test('the package is there', () => {
  assert.equal(typeof ai.wrapLanguageModel, 'function')
})

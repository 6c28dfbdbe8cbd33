/** What OpenAI's responses API answers; it keeps what it was asked to, as the real one does. */
import { PAUSE, pieces, sse } from './turn.mjs'

export { failure } from './chat.mjs'

const USAGE = {
  input_tokens: 10,
  input_tokens_details: { cached_tokens: 0 },
  output_tokens: 5,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: 15,
}

const part = (text) => ({ type: 'output_text', text, annotations: [], logprobs: [] })

function output(item, id) {
  if (item.think) return { id: `rs_${id}`, type: 'reasoning', summary: [{ type: 'summary_text', text: item.think }], encrypted_content: `sealed ${item.think}` }
  if (item.call) {
    const { id: call_id, name, input } = item.call
    return { id: `fc_${id}`, type: 'function_call', status: 'completed', call_id, name, arguments: JSON.stringify(input) }
  }
  return { id: `msg_${id}`, type: 'message', status: 'completed', role: 'assistant', content: [part(item.text)] }
}

const outputs = (turn, id) => turn.say.map((item, index) => output(item, `${id}_${index}`))

const response = (id, body, more) => ({
  id: `resp_${id}`,
  object: 'response',
  created_at: 1_700_000_000,
  model: body.model,
  error: null,
  incomplete_details: null,
  instructions: null,
  metadata: {},
  parallel_tool_calls: true,
  previous_response_id: body.previous_response_id ?? null,
  store: body.store ?? true,
  temperature: 1,
  top_p: 1,
  text: { format: { type: 'text' } },
  tool_choice: 'auto',
  tools: body.tools ?? [],
  truncation: 'disabled',
  usage: null,
  ...more,
})

/** The whole answer. */
export const whole = (turn, id, body) => response(id, body, { status: 'completed', output: outputs(turn, id), usage: USAGE })

function* itemEvents(item, id, output_index) {
  const at = { item_id: id, output_index }
  if (item.type === 'function_call') {
    yield { type: 'response.output_item.added', output_index, item: { ...item, status: 'in_progress', arguments: '' } }
    for (const delta of pieces(item.arguments)) yield { type: 'response.function_call_arguments.delta', ...at, delta }
    yield { type: 'response.function_call_arguments.done', ...at, arguments: item.arguments, name: item.name }
  } else if (item.type === 'reasoning') {
    const [summary] = item.summary
    yield { type: 'response.output_item.added', output_index, item: { ...item, summary: [] } }
    yield { type: 'response.reasoning_summary_part.added', ...at, summary_index: 0, part: { ...summary, text: '' } }
    yield { type: 'response.reasoning_summary_text.delta', ...at, summary_index: 0, delta: summary.text }
    yield { type: 'response.reasoning_summary_text.done', ...at, summary_index: 0, text: summary.text }
    yield { type: 'response.reasoning_summary_part.done', ...at, summary_index: 0, part: summary }
  } else {
    const [content] = item.content
    yield { type: 'response.output_item.added', output_index, item: { ...item, status: 'in_progress', content: [] } }
    yield { type: 'response.content_part.added', ...at, content_index: 0, part: part('') }
    for (const delta of pieces(content.text)) {
      yield { type: 'response.output_text.delta', ...at, content_index: 0, delta, logprobs: [] }
      yield PAUSE
    }
    yield { type: 'response.output_text.done', ...at, content_index: 0, text: content.text, logprobs: [] }
    yield { type: 'response.content_part.done', ...at, content_index: 0, part: content }
  }
  yield { type: 'response.output_item.done', output_index, item }
}

/** The answer as a stream. */
export function* stream(turn, id, body) {
  const events = function* () {
    yield { type: 'response.created', response: response(id, body, { status: 'in_progress', output: [] }) }
    yield { type: 'response.in_progress', response: response(id, body, { status: 'in_progress', output: [] }) }
    for (const [index, item] of outputs(turn, id).entries()) yield* itemEvents(item, item.id, index)
    yield { type: 'response.completed', response: whole(turn, id, body) }
  }
  let sequence_number = 0
  for (const event of events()) {
    if (event === PAUSE) yield PAUSE
    else yield sse({ ...event, sequence_number: sequence_number++ }, event.type)
  }
}

/** What was answered and kept, to be pointed to by later requests. */
export class Kept {
  #responses = new Map()
  #items = new Map()

  /** Takes an answer in. */
  keep(turn, id, body, items) {
    if (body.store === false) return
    const said = outputs(turn, id).map((item) => JSON.stringify(item))
    for (const item of said) this.#items.set(JSON.parse(item).id, item)
    this.#responses.set(`resp_${id}`, [...items, ...said])
  }

  /** All items of a request as texts, with what it points to; `undefined` if that is unknown. */
  whole(body, items) {
    const earlier = body.previous_response_id ? this.#responses.get(body.previous_response_id) : []
    const own = items.map((item) => {
      const { type, id } = JSON.parse(item)
      return type === 'item_reference' ? this.#items.get(id) : item
    })
    return earlier && own.every(Boolean) ? [...earlier, ...own] : undefined
  }
}

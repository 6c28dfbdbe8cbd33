/** Classes that behave as LangChain's messages do where it matters, and a model that answers by script. */

const NAMES = { system: 'SystemMessage', human: 'HumanMessage', ai: 'AIMessage', tool: 'ToolMessage' }

/** What all messages have in common: fields of their own, and a JSON that has them elsewhere. */
class BaseMessage {
  constructor(fields) {
    this.lc_kwargs = { additional_kwargs: {}, response_metadata: {}, ...fields }
    Object.assign(this, this.lc_kwargs)
  }

  get text() {
    return typeof this.content === 'string' ? this.content : this.content.map(({ text = '' }) => text).join('')
  }

  toJSON() {
    const kwargs = Object.fromEntries(Object.keys(this.lc_kwargs).map((key) => [key, this[key]]))
    return { lc: 1, type: 'constructor', id: ['langchain_core', 'messages', NAMES[this.type]], kwargs }
  }
}

export class SystemMessage extends BaseMessage {
  type = 'system'
}

export class HumanMessage extends BaseMessage {
  type = 'human'
}

export class AIMessage extends BaseMessage {
  type = 'ai'
}

export class ToolMessage extends BaseMessage {
  type = 'tool'
}

/** A call of a tool as LangChain has it. */
export const call = (name, args = {}, id = `call_${name}`) => ({ type: 'tool_call', id, name, args })

/** A conversation whose last message holds `content` as the output of a tool. */
export function conversation(content, more = {}) {
  return [
    new SystemMessage({ id: 'm0', content: 'You are a shop assistant.' }),
    new HumanMessage({ id: 'm1', content: 'Which order failed?' }),
    new AIMessage({ id: 'm2', content: '', tool_calls: [call('list_orders', { page: 1 }, 'call_1')] }),
    new ToolMessage({ id: 'm3', tool_call_id: 'call_1', name: 'list_orders', content, ...more }),
  ]
}

/** A document of a retriever. */
export class Document {
  constructor(fields) {
    Object.assign(this, fields)
  }

  get length() {
    return this.pageContent.length
  }
}

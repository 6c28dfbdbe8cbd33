/** The `@aws-sdk/client-bedrock-runtime` package, which speaks HTTP/2 without asking. */
import { assembled, results, tool, turn, user } from './anthropic.mjs'
import { schema } from './tools.mjs'

const MODEL = 'anthropic.claude-sonnet-4-5-20250929-v1:0'

const spec = (name) => ({ toolSpec: { name, description: `Runs ${name}.`, inputSchema: { json: schema } } })

/** A client with a bearer token, or one that signs; in process over HTTP/1.1, as the mock has no other. */
async function connect(load, base, kind, { wrap, door }) {
  const aws = await load('@aws-sdk/client-bedrock-runtime')
  const auth = kind === 'bearer' ? { token: { token: 'key' }, authSchemePreference: ['httpBearerAuth'] } : { credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' } }
  const plain = door && { requestHandler: new (await load('@smithy/node-http-handler')).NodeHttpHandler() }
  return { aws, client: wrap(new aws.BedrockRuntimeClient({ region: 'us-east-1', endpoint: base, maxAttempts: 1, ...auth, ...plain })) }
}

const shared = ({ aws, client }, door) => ({
  failure: (error) => ({ own: error instanceof aws.BedrockRuntimeServiceException, name: error.name, status: error.$metadata.httpStatusCode, text: error.message }),
  // Over HTTP/1.1 what was read of a stream fails with Node's own error.
  aborted: (error) => error.name === 'AbortError' || error.message === 'aborted',
  // Through the proxy it is asked for over HTTP/2; the mock has none, so nothing can be compared with the direct way.
  indirect: !door,
  unknown: {},
  close: () => client.destroy(),
})

/** `converse` and `converse-stream`, with a bearer token or signed. */
export const converse = (kind) => async (load, base, options) => {
  const open = await connect(load, base, kind, options)
  const { aws, client } = open

  async function streamed(request, { signal, onText }) {
    const content = []
    const inputs = []
    const { stream } = await client.send(new aws.ConverseStreamCommand(request), { abortSignal: signal })
    for await (const { contentBlockStart: start, contentBlockDelta: more } of stream) {
      if (start) content[start.contentBlockIndex] = { toolUse: { ...start.start.toolUse } }
      if (!more) continue
      const { contentBlockIndex: at, delta } = more
      if (delta.text) {
        content[at] = { text: (content[at]?.text ?? '') + delta.text }
        onText?.(delta.text)
      } else if (delta.toolUse) inputs[at] = (inputs[at] ?? '') + delta.toolUse.input
      else if (delta.reasoningContent) {
        const reasoningText = { ...content[at]?.reasoningContent.reasoningText }
        for (const [key, value] of Object.entries(delta.reasoningContent)) reasoningText[key] = (reasoningText[key] ?? '') + value
        content[at] = { reasoningContent: { reasoningText } }
      }
    }
    for (const [at, input] of inputs.entries()) if (input !== undefined) content[at].toolUse.input = JSON.parse(input)
    return content
  }

  return {
    ...shared(open, options.door),
    async ask(messages, { stream, signal, onText, tools }) {
      const request = { modelId: MODEL, messages, ...(tools && { toolConfig: { tools: tools.map(spec) } }) }
      const content = stream
        ? await streamed(request, { signal, onText })
        : (await client.send(new aws.ConverseCommand(request), { abortSignal: signal })).output.message.content
      const texts = content.flatMap(({ text }) => (text ? [text] : []))
      const calls = content.flatMap(({ toolUse }) => (toolUse ? [{ id: toolUse.toolUseId, name: toolUse.name, input: toolUse.input }] : []))
      return { text: texts.join(''), calls, said: [{ role: 'assistant', content }] }
    },
    user: (text) => [{ role: 'user', content: [{ text }] }],
    results: (outputs) => [{ role: 'user', content: outputs.map(({ call, text }) => ({ toolResult: { toolUseId: call.id, content: [{ text }] } })) }],
  }
}

/** Claude's own words in `invoke` and `invoke-with-response-stream`. */
export const invoke = (kind) => async (load, base, options) => {
  const open = await connect(load, base, kind, options)
  const { aws, client } = open
  const command = (Command, request) => new Command({ modelId: MODEL, contentType: 'application/json', body: JSON.stringify(request) })

  async function streamed(request, { signal, onText }) {
    const { body } = await client.send(command(aws.InvokeModelWithResponseStreamCommand, request), { abortSignal: signal })
    const events = (async function* () {
      for await (const { chunk } of body) if (chunk) yield JSON.parse(Buffer.from(chunk.bytes).toString('utf8'))
    })()
    return assembled(events, onText)
  }

  return {
    ...shared(open, options.door),
    async ask(conversation, { stream, signal, onText, tools }) {
      const request = { anthropic_version: 'bedrock-2023-05-31', max_tokens: 100, messages: conversation, ...(tools && { tools: tools.map(tool) }) }
      const answer = stream
        ? await streamed(request, { signal, onText })
        : JSON.parse(Buffer.from((await client.send(command(aws.InvokeModelCommand, request), { abortSignal: signal })).body).toString('utf8'))
      return turn(answer.content)
    },
    user,
    results,
  }
}

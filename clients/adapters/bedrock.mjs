/** The `@aws-sdk/client-bedrock-runtime` package, which speaks HTTP/2 without asking. */
import { schema } from './tools.mjs'

const spec = (name) => ({ toolSpec: { name, description: `Runs ${name}.`, inputSchema: { json: schema } } })

/** `converse` and `converse-stream`, with a bearer token or signed. */
export const converse = (kind) => async (load, base) => {
  const aws = await load('@aws-sdk/client-bedrock-runtime')
  const auth = kind === 'bearer' ? { token: { token: 'key' }, authSchemePreference: ['httpBearerAuth'] } : { credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' } }
  const client = new aws.BedrockRuntimeClient({ region: 'us-east-1', endpoint: base, maxAttempts: 1, ...auth })

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
    failure: (error) => ({ own: error instanceof aws.BedrockRuntimeServiceException, name: error.name, status: error.$metadata.httpStatusCode, text: error.message }),
    aborted: (error) => error.name === 'AbortError',
    // Only it is always asked for over HTTP/2; the mock has none, so nothing can be compared with the direct way.
    indirect: true,
    unknown: {},
    async ask(messages, { stream, signal, onText, tools }) {
      const request = { modelId: 'anthropic.claude-sonnet-4-5-20250929-v1:0', messages, ...(tools && { toolConfig: { tools: tools.map(spec) } }) }
      const content = stream
        ? await streamed(request, { signal, onText })
        : (await client.send(new aws.ConverseCommand(request), { abortSignal: signal })).output.message.content
      const texts = content.flatMap(({ text }) => (text ? [text] : []))
      const calls = content.flatMap(({ toolUse }) => (toolUse ? [{ id: toolUse.toolUseId, name: toolUse.name, input: toolUse.input }] : []))
      return { text: texts.join(''), calls, said: [{ role: 'assistant', content }] }
    },
    user: (text) => [{ role: 'user', content: [{ text }] }],
    results: (outputs) => [{ role: 'user', content: outputs.map(({ call, text }) => ({ toolResult: { toolUseId: call.id, content: [{ text }] } })) }],
    close: () => client.destroy(),
  }
}

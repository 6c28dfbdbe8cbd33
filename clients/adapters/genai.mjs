/** The `@google/genai` package. */

const declared = (name) => ({ name, description: `Runs ${name}.`, parameters: { type: 'OBJECT', properties: { page: { type: 'NUMBER' } } } })

/** `generateContent`. */
export async function generate(load, base) {
  const genai = await load('@google/genai')
  const { models } = new genai.GoogleGenAI({ apiKey: 'key', httpOptions: { baseUrl: base } })

  /** Parts as an application keeps them: as they came, texts that follow each other put together. */
  async function streamed(request, onText) {
    const parts = []
    for await (const chunk of await models.generateContentStream(request)) {
      for (const part of chunk.candidates?.[0]?.content?.parts ?? []) {
        const last = parts.at(-1)
        if (part.text && !part.thought) onText?.(part.text)
        if (part.text === '') continue
        if (part.text && last?.text && part.thought === last.thought) last.text += part.text
        else parts.push({ ...part })
      }
    }
    return parts
  }

  return {
    failure: (error) => ({ own: error instanceof genai.ApiError, name: error.name, status: error.status, text: JSON.parse(error.message).error.message }),
    aborted: (error) => error.name === 'AbortError' || /abort/i.test(error.message),
    unknown: {
      models: async () => (await models.list()).page[0].name,
      embeddings: async () => (await models.embedContent({ model: 'e', contents: 'x' })).embeddings[0].values,
      count: async () => (await models.countTokens({ model: 'g', contents: 'x' })).totalTokens,
    },
    async ask(contents, { stream, signal, onText, tools }) {
      const request = { model: 'gemini-2.5-flash', contents, config: { abortSignal: signal, ...(tools && { tools: [{ functionDeclarations: tools.map(declared) }] }) } }
      const parts = stream ? await streamed(request, onText) : (await models.generateContent(request)).candidates[0].content.parts
      const texts = parts.filter(({ text, thought }) => text && !thought).map(({ text }) => text)
      const calls = parts.flatMap(({ functionCall }) => (functionCall ? [{ id: functionCall.id, name: functionCall.name, input: functionCall.args }] : []))
      return { text: texts.join(''), calls, said: [{ role: 'model', parts }] }
    },
    user: (text) => [{ role: 'user', parts: [{ text }] }],
    results: (outputs) => [{ role: 'user', parts: outputs.map(({ call, text }) => ({ functionResponse: { name: call.name, response: { output: text } } })) }],
  }
}

"""Python clients, asked over standard input: one JSON object a line, answered by lines with the same id."""
import asyncio
import json
import os
import sys

from frameworks import Agno, LangChain

# Some of them log to where the answers go.
ANSWERS = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)

SCHEMA = {"type": "object", "properties": {"page": {"type": "number"}}, "additionalProperties": True}


def dumped(value):
    return value.model_dump(exclude_none=True, mode="json")


class OpenAi:
    """`openai`: chat completions."""

    def __init__(self, base):
        import openai

        self.errors = openai.APIStatusError
        self.client = openai.AsyncOpenAI(api_key="key", base_url=base + "/v1", max_retries=0)

    async def open(self, request, stream):
        return await self.client.chat.completions.create(model="gpt-4o", stream=stream, **request)

    def request(self, messages, tools):
        functions = [{"type": "function", "function": {"name": name, "description": f"Runs {name}.", "parameters": SCHEMA}} for name in tools]
        return {"messages": messages, "tools": functions} if tools else {"messages": messages}

    def kept(self, message):
        message = dumped(message)
        return {key: message[key] for key in ("role", "content", "tool_calls", "thinking_blocks") if message.get(key) is not None}

    async def ask(self, messages, stream, tools, heard, _schema):
        request = self.request(messages, tools)
        if not stream:
            return self.kept((await self.open(request, False)).choices[0].message)
        message, calls = {"role": "assistant", "content": ""}, []
        async for chunk in await self.open(request, True):
            if not chunk.choices:
                continue
            delta = chunk.choices[0].delta
            if delta.content:
                message["content"] += delta.content
                heard(delta.content)
            for part in delta.tool_calls or []:
                if part.index == len(calls):
                    calls.append({"id": part.id, "type": "function", "function": {"name": part.function.name, "arguments": ""}})
                calls[part.index]["function"]["arguments"] += part.function.arguments or ""
        return {**message, "tool_calls": calls} if calls else message

    def read(self, message):
        calls = [{"id": call["id"], "name": call["function"]["name"], "input": json.loads(call["function"]["arguments"])} for call in message.get("tool_calls") or []]
        return message.get("content") or "", calls

    def failure(self, error):
        return {"own": isinstance(error, self.errors), "name": type(error).__name__, "status": error.status_code, "text": error.body["message"]}

    async def models(self):
        return [model.id async for model in self.client.models.list()]

    async def files(self):
        return (await self.client.files.create(file=("a.txt", b"abc"), purpose="user_data")).id


class LiteLlm(OpenAi):
    """`litellm` with one of the providers."""

    def __init__(self, base, model):
        import litellm
        from openai import APIError

        litellm.suppress_debug_info = True
        litellm.telemetry = False
        self.errors = APIError
        self.litellm = litellm
        self.model = model
        self.base = base + "/v1" if model.startswith("openai/") else base

    async def open(self, request, stream):
        return await self.litellm.acompletion(model=self.model, api_base=self.base, api_key="key", num_retries=0, stream=stream, **request)

    def failure(self, error):
        return {"own": isinstance(error, self.errors), "name": type(error).__name__, "status": error.status_code, "text": str(error)}

    async def ask(self, messages, stream, tools, heard, _schema):
        if not stream:
            return self.kept((await self.open(self.request(messages, tools), False)).choices[0].message)
        chunks = []
        async for chunk in await self.open(self.request(messages, tools), True):
            chunks.append(chunk)
            if chunk.choices and chunk.choices[0].delta.content:
                heard(chunk.choices[0].delta.content)
        return self.kept(self.litellm.stream_chunk_builder(chunks).choices[0].message)

    models = files = None


class Anthropic:
    """`anthropic`: messages."""

    def __init__(self, base):
        import anthropic

        self.errors = anthropic.APIStatusError
        self.client = anthropic.AsyncAnthropic(api_key="key", base_url=base, max_retries=0)

    async def ask(self, messages, stream, tools, heard, _schema):
        request = {"model": "claude-sonnet-4-5", "max_tokens": 100, "messages": messages}
        if tools:
            request["tools"] = [{"name": name, "description": f"Runs {name}.", "input_schema": SCHEMA} for name in tools]
        if stream:
            async with self.client.messages.stream(**request) as events:
                async for text in events.text_stream:
                    heard(text)
                message = await events.get_final_message()
        else:
            message = await self.client.messages.create(**request)
        kept = ("type", "text", "thinking", "signature", "id", "name", "input")
        return {"role": "assistant", "content": [{key: block[key] for key in kept if key in block} for block in dumped(message)["content"]]}

    def read(self, message):
        texts = [block["text"] for block in message["content"] if block["type"] == "text"]
        calls = [{key: block[key] for key in ("id", "name", "input")} for block in message["content"] if block["type"] == "tool_use"]
        return "".join(texts), calls

    def failure(self, error):
        return {"own": isinstance(error, self.errors), "name": type(error).__name__, "status": error.status_code, "text": error.body["error"]["message"]}

    async def models(self):
        return [model.id async for model in self.client.models.list()]

    files = None


KINDS = {
    "openai": OpenAi,
    "anthropic": Anthropic,
    "litellm openai": lambda base: LiteLlm(base, "openai/gpt-4o"),
    "litellm anthropic": lambda base: LiteLlm(base, "anthropic/claude-sonnet-4-5"),
    "langchain openai": lambda base: LangChain(base, "openai"),
    "langchain anthropic": lambda base: LangChain(base, "anthropic"),
    "agno": Agno,
}


def write(value):
    ANSWERS.write(json.dumps(value) + "\n")
    ANSWERS.flush()


async def answer(client, asked):
    number = asked["id"]

    def heard(text):
        write({"id": number, "heard": text})

    try:
        if asked["do"] == "ask":
            message = await client.ask(asked["messages"], asked["stream"], asked["tools"], heard, SCHEMA)
            text, calls = client.read(message)
            write({"id": number, "value": {"text": text, "calls": calls, "said": [message]}})
        else:
            write({"id": number, "value": await getattr(client, asked["do"])(*asked.get("with", []))})
    except asyncio.CancelledError:
        write({"id": number, "aborted": True})
    except Exception as error:  # told to whoever asked
        known = client.failure(error) if hasattr(error, "status_code") else {"own": False, "name": type(error).__name__, "text": repr(error)}
        write({"id": number, "failure": known})


async def main():
    client = KINDS[sys.argv[1]](sys.argv[2])
    write({"has": [name for name in ("models", "files", "agent") if getattr(client, name, None)]})
    loop, tasks = asyncio.get_running_loop(), {}
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        asked = json.loads(line)
        if asked["do"] == "abort":
            tasks[asked["of"]].cancel()
        else:
            tasks[asked["id"]] = asyncio.create_task(answer(client, asked))
    os._exit(0)


asyncio.run(main())

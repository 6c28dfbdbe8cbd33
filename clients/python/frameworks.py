"""Frameworks over the providers' packages: their models one request at a time, and an agent with a tool."""
import json

QUESTION = "Which order failed?"


class LangChain:
    """`langchain` with one of the providers."""

    models = files = None

    def __init__(self, base, provider):
        from langchain_core import messages

        self.messages = messages
        if provider == "openai":
            import openai as package
            from langchain_openai import ChatOpenAI

            self.model = ChatOpenAI(model="gpt-4o", api_key="key", base_url=base + "/v1", max_retries=0)
        else:
            import anthropic as package
            from langchain_anthropic import ChatAnthropic

            self.model = ChatAnthropic(model="claude-sonnet-4-5", api_key="key", base_url=base, max_retries=0)
        self.errors = package.APIStatusError

    def bound(self, tools, schema):
        functions = [{"type": "function", "function": {"name": name, "description": f"Runs {name}.", "parameters": schema}} for name in tools]
        return self.model.bind_tools(functions) if tools else self.model

    async def ask(self, messages, stream, tools, heard, schema):
        model, known = self.bound(tools, schema), self.messages.messages_from_dict(messages)
        if not stream:
            return self.messages.message_to_dict(await model.ainvoke(known))
        whole = None
        async for chunk in model.astream(known):
            if chunk.text:
                heard(str(chunk.text))
            whole = chunk if whole is None else whole + chunk
        return self.messages.message_to_dict(self.messages.message_chunk_to_message(whole))

    def read(self, message):
        [message] = self.messages.messages_from_dict([message])
        return str(message.text), [{"id": call["id"], "name": call["name"], "input": call["args"]} for call in message.tool_calls]

    def failure(self, error):
        body = error.body.get("error", error.body)
        return {"own": isinstance(error, self.errors), "name": type(error).__name__, "status": error.status_code, "text": body["message"]}

    async def agent(self, output):
        from langchain.agents import create_agent
        from langchain_core.tools import tool

        @tool("list")
        def listed(page: float = 1) -> str:
            """Lists orders."""
            return output

        said = await create_agent(self.model, tools=[listed]).ainvoke({"messages": [{"role": "user", "content": QUESTION}]})
        return str(said["messages"][-1].text)


class Agno:
    """`agno` with OpenAI's chat completions."""

    models = files = None

    def __init__(self, base):
        from agno.exceptions import ModelProviderError
        from agno.models.message import Message
        from agno.models.openai import OpenAIChat

        self.errors = ModelProviderError
        self.message = Message
        self.model = OpenAIChat(id="gpt-4o", api_key="key", base_url=base + "/v1", max_retries=0)

    async def ask(self, messages, stream, tools, heard, schema):
        functions = [{"type": "function", "function": {"name": name, "description": f"Runs {name}.", "parameters": schema}} for name in tools]
        known = [self.message(**message) for message in messages]
        request = {"messages": known, "assistant_message": self.message(role="assistant"), "tools": functions or None}
        if not stream:
            answer = await self.model.ainvoke(**request)
            text, calls = answer.content, answer.tool_calls
        else:
            text, parts = "", []
            async for delta in self.model.ainvoke_stream(**request):
                parts += delta.tool_calls or []
                if delta.content:
                    text += delta.content
                    heard(delta.content)
            calls = self.model.parse_tool_calls(parts)
        return {"role": "assistant", "content": text, **({"tool_calls": calls} if calls else {})}

    def read(self, message):
        calls = [{"id": call["id"], "name": call["function"]["name"], "input": json.loads(call["function"]["arguments"])} for call in message.get("tool_calls") or []]
        return message["content"] or "", calls

    def failure(self, error):
        return {"own": isinstance(error, self.errors), "name": type(error).__name__, "status": error.status_code, "text": error.message}

    async def agent(self, output):
        from agno.agent import Agent
        from agno.tools import tool

        @tool(name="list")
        def listed(page: float = 1) -> str:
            """Lists orders."""
            return output

        return (await Agent(model=self.model, tools=[listed], telemetry=False).arun(QUESTION)).content

"""The Python SDK's client doing a list of steps: one JSON object on stdin, one JSON list of outcomes on stdout.

In: `{"url", "era", "headers", "answers", "steps"}` as test/clients/driver.ts describes them. Out: what its user sees.
"""

import json
import sys
from typing import Any

import anyio
import httpx2
import mcp_types as types
from mcp import Client
from mcp.client.streamable_http import streamable_http_client


def plain(value: Any) -> Any:
    if isinstance(value, list):
        return [plain(each) for each in value]
    return value.model_dump(mode="json", by_alias=True, exclude_none=True) if hasattr(value, "model_dump") else value


class Driver:
    def __init__(self, order: dict[str, Any]) -> None:
        self.order = order
        self.url: str = order["url"]
        self.modern = order["era"] == "modern"
        self.heard = anyio.Event()

    async def run(self) -> list[Any]:
        http = httpx2.AsyncClient(headers=self.order["headers"], timeout=30)
        async with http:
            transport = streamable_http_client(self.url, http_client=http)
            async with Client(
                transport,
                mode="2026-07-28" if self.modern else "legacy",
                read_timeout_seconds=30,
                elicitation_callback=self.elicit,
                sampling_callback=self.sample,
                list_roots_callback=self.roots,
                message_handler=self.note,
            ) as client:
                return [await self.outcome(client, step) for step in self.order["steps"]]

    async def elicit(self, context: Any, params: Any) -> Any:
        return types.ElicitResult(action="accept", content=self.order["answers"]["form"])

    async def sample(self, context: Any, params: Any) -> Any:
        return types.CreateMessageResult.model_validate(self.order["answers"]["model"])

    async def roots(self, context: Any) -> Any:
        return types.ListRootsResult.model_validate({"roots": self.order["answers"]["roots"]})

    async def note(self, message: Any) -> None:
        if isinstance(message, types.ToolListChangedNotification):
            self.heard.set()

    async def outcome(self, client: Client, step: dict[str, Any]) -> Any:
        progress: list[Any] = []
        try:
            value = await self.act(client, step, progress)
            followed = {"progress": progress} if step.get("progress") else {}
            return {"kind": "value", "value": self.cut(plain(value)), **followed}
        except Exception as error:
            return self.cut({"kind": "error", "name": type(error).__name__, **self.said(error)})

    def said(self, error: Exception) -> dict[str, Any]:
        inner = getattr(error, "error", None)
        if inner is None:
            return {"message": str(error)}
        data = {} if inner.data is None else {"data": inner.data}
        return {"message": inner.message, "code": inner.code, **data}

    def cut(self, value: Any) -> Any:
        return json.loads(json.dumps(value).replace(self.url, "<url>"))

    async def act(self, client: Client, step: dict[str, Any], progress: list[Any]) -> Any:
        args = step.get("args", {})
        match step["do"]:
            case "greet":
                if self.modern:  # pinned to a version, this client asks for nothing by itself
                    return plain(await client.session.discover())
                return [plain(client.server_info), plain(client.server_capabilities), client.instructions]
            case "list":
                return await self.listing(client, step["what"])
            case "call":
                callback = self.following(progress) if step.get("progress") else None
                return await client.call_tool(step["tool"], args, progress_callback=callback)
            case "cancel":
                return await self.cancel(client, step["tool"], args)
            case "read":
                return await client.read_resource(step["uri"])
            case "prompt":
                return await client.get_prompt(step["name"], args)
            case "complete":
                ref = types.PromptReference(name=step["prompt"])
                return await client.complete(ref, {"name": step["argument"], "value": step["value"]})
            case "hear":
                return await self.hear(client, step["trigger"])
            case "leave":
                return None  # the transport ends its session when it closes

    async def listing(self, client: Client, what: str) -> Any:
        match what:
            case "tools":
                return await client.list_tools()
            case "prompts":
                return await client.list_prompts()
            case "resources":
                return await client.list_resources()
            case "templates":
                return await client.list_resource_templates()

    @staticmethod
    def following(progress: list[Any]) -> Any:
        async def follow(done: float, total: float | None, message: str | None) -> None:
            progress.append({"progress": done, "total": total})

        return follow

    async def cancel(self, client: Client, tool: str, args: dict[str, Any]) -> Any:
        with anyio.CancelScope() as scope:

            async def stop(done: float, total: float | None, message: str | None) -> None:
                scope.cancel()

            await client.call_tool(tool, args, progress_callback=stop)
        return "taken back" if scope.cancelled_caught else "finished"

    async def hear(self, client: Client, trigger: str) -> str:
        if self.modern:
            async with client.listen(tools_list_changed=True) as subscription:
                await client.call_tool(trigger, {})
                with anyio.move_on_after(5):
                    async for _ in subscription:
                        return "heard"
            return "silence"
        for _ in range(20):
            await client.call_tool(trigger, {})
            with anyio.move_on_after(0.25):
                await self.heard.wait()
                return "heard"
        return "silence"


order = json.load(sys.stdin)
json.dump(anyio.run(Driver(order).run), sys.stdout)

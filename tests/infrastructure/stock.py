"""A stock python-socketio server with the few events that the tests' own tools are tried with."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import socketio
from aiohttp import web

from tests.record import SETTLE


class Events(socketio.AsyncNamespace):
    """Echoes, broadcasts, asks back; refuses whoever says `no`."""

    async def on_connect(self, sid: str, environ: dict[str, Any], auth: Any) -> None:
        if (auth or {}).get("token") == "no":
            raise socketio.exceptions.ConnectionRefusedError("Invalid token", {"code": 7})

    async def on_echo(self, sid: str, *args: Any) -> Any:
        return args if len(args) != 1 else args[0]

    async def on_shout(self, sid: str, *args: Any) -> None:
        await self.emit("shouted", args if len(args) != 1 else args[0])

    async def on_ask_me(self, sid: str, question: str) -> Any:
        return await self.server.call(question, to=sid, namespace=self.namespace)

    async def on_close_me(self, sid: str) -> None:
        await self.disconnect(sid)


async def hello(request: web.Request) -> web.Response:
    """What REST sees: the method, the headers, the body."""
    body = await request.text()
    found = {"method": request.method, "headers": dict(request.headers), "body": body}
    return web.json_response(found, status=int(request.query.get("status", "200")))


@asynccontextmanager
async def stock_server() -> AsyncIterator[str]:
    """The URL of a running server."""
    server = socketio.AsyncServer(
        async_mode="aiohttp", async_handlers=True, namespaces=["/", "/custom"]
    )
    for namespace in ("/", "/custom"):
        events = Events(namespace)
        setattr(events, f"on_{SETTLE}", events.on_echo)
        server.register_namespace(events)
    app = web.Application()
    server.attach(app)
    app.router.add_route("*", "/hello", hello)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    try:
        yield f"http://{host}:{port}"
    finally:
        await server.shutdown()
        await runner.cleanup()

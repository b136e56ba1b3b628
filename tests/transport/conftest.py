"""A server of `realtime.transport` alone, on a port of its own, and clients for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from realtime.transport import Server, TransportSettings
from realtime.transport.engineio.heartbeat import Deadlines
from tests.transport.clients import Polling, Raw, WebSocket, until


class Node:
    """A running server."""

    def __init__(self, server: Server, runner: web.AppRunner, port: int) -> None:
        self.server = server
        self.runner = runner
        self.port = port
        self.origin = f"http://127.0.0.1:{port}"
        self.url = self.origin + "/socket.io/"
        self.disconnects: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
        self.closed = False

    async def close(self) -> None:
        if not self.closed:
            self.closed = True
            await self.server.close()
            await self.runner.cleanup()


Start = Callable[..., Awaitable[Node]]


SETTINGS = frozenset(TransportSettings.model_fields)


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    """Start servers; a setting of the transport's goes there, other keyword arguments to `Server`,
    `routes` to the application."""
    nodes: list[Node] = []

    async def start(routes: list[web.RouteDef] | None = None, **options: Any) -> Node:
        chosen = {name: options.pop(name) for name in SETTINGS & options.keys()}
        settings = options.pop("settings", TransportSettings()).model_copy(update=chosen)
        server = Server(settings=settings, **options)
        app = web.Application()
        app.add_routes(routes or [])
        server.attach(app)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await server.start()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        node = Node(server, runner, runner.addresses[0][1])
        nodes.append(node)
        record_disconnects(node)
        return node

    yield start
    for node in nodes:
        await node.close()


def record_disconnects(node: Node) -> None:
    for namespace in node.server.namespaces:

        @node.server.on("disconnect", namespace=namespace)
        async def disconnect(sid: str, reason: str) -> None:
            node.disconnects.put_nowait((sid, reason))


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """A client that opens as many connections as it is asked to."""
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:
        yield session


@pytest.fixture
async def websocket(http: aiohttp.ClientSession) -> Callable[..., Awaitable[WebSocket]]:
    """Open a WebSocket to a node."""

    async def open_websocket(node: Node, **options: Any) -> WebSocket:
        return await WebSocket.open(http, node.url, **options)

    return open_websocket


@pytest.fixture
async def polling(http: aiohttp.ClientSession) -> Callable[..., Awaitable[Polling]]:
    """Open a polling session on a node."""

    async def open_polling(node: Node, **headers: str) -> Polling:
        return await Polling.open(http, node.url, **headers)

    return open_polling


@pytest.fixture
async def raw() -> AsyncIterator[Callable[..., Awaitable[Raw]]]:
    """Open a WebSocket whose frames the test writes itself."""
    opened: list[Raw] = []

    async def open_raw(node: Node, *, http: bool = False, **options: Any) -> Raw:
        if http:
            connection = await Raw.connect(node.port, **options)
        else:
            connection = await Raw.websocket(node.port, **options)
        opened.append(connection)
        return connection

    yield open_raw
    for connection in opened:
        await connection.close()


async def waiting_poll(node: Node) -> None:
    """Until a poll of the only session waits at the server."""
    (session,) = node.server._engine.sessions.values()
    await until(lambda: session.link._poll)


def be_impatient(node: Node) -> None:
    """From now on no answered connection is kept, but those that were answered before."""
    node.server._engine.idle.close()
    node.server._engine.idle = Deadlines(0.05, lambda connection: connection.cut())

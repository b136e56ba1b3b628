"""Leaving: no new sessions, work is finished, acks leave, transports close, no DISCONNECT."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from yarl import URL

from realtime.transport.engineio import engine
from tests.patience import PATIENCE
from tests.transport.clients import Polling, Raw, WebSocket, frame, until
from tests.transport.conftest import Node, Start
from tests.transport.proxy import Proxy

OpenWebSocket = Callable[..., Awaitable[WebSocket]]
OpenPolling = Callable[..., Awaitable[Polling]]
OpenRaw = Callable[..., Awaitable[Raw]]


def slow_handler(node: Node) -> asyncio.Event:
    """A handler `slow` that ends when the event is set."""
    go = asyncio.Event()

    @node.server.on("slow")
    async def slow(sid: str) -> str:
        await go.wait()
        return "done"

    return go


async def running(node: Node) -> None:
    await until(node.server._rooms.tasks)


async def test_a_websocket_gets_the_ack_of_its_running_handler_and_then_a_close(
    start: Start, websocket: OpenWebSocket
) -> None:
    node = await start(drain_window=0)
    go = slow_handler(node)
    client = await websocket(node)
    sid = await client.connects()
    await client.emits("slow", ack=1)
    await running(node)
    drain = asyncio.create_task(node.server.drain())
    await until(lambda: node.server._engine.draining)
    go.set()
    assert await client.hears() == '431["done"]'
    assert await client.is_closed() == 1001
    await drain
    assert await node.disconnects.get() == (sid, "server drained")


async def test_an_ack_survives_a_close_with_unread_input(start: Start, raw: OpenRaw) -> None:
    node = await start(drain_window=0)
    go = slow_handler(node)
    client = await raw(node)
    await client.frame()
    client.write(frame(1, b"40"))
    await client.frame()
    client.write(frame(1, b'421["slow"]'))
    await running(node)
    drain = asyncio.create_task(node.server.drain())
    (session,) = node.server._engine.sessions.values()
    await until(lambda: session.stopped)
    for _ in range(100):
        client.write(frame(1, b'42["unread"]'))
    go.set()
    assert await client.frame() == (1, b'431["done"]')
    assert (await client.frame())[0] == 8
    client.write(frame(8, b"\x03\xe9"))
    await client.ended()
    await drain


async def test_new_sessions_are_refused_and_known_ones_served_on(
    start: Start, http: aiohttp.ClientSession, websocket: OpenWebSocket, polling: OpenPolling
) -> None:
    node = await start(drain_window=0)
    go = slow_handler(node)
    client = await polling(node)
    await client.connects()
    await client.post('421["slow"]')
    await running(node)
    drain = asyncio.create_task(node.server.drain())
    await until(lambda: node.server._engine.draining)
    async with http.get(URL(node.url) % {"EIO": "4", "transport": "polling"}) as response:
        assert response.status == 503
        assert response.headers["Retry-After"] == "1"
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await websocket(node)
    assert refused.value.status == 503
    poll = asyncio.create_task(client.hears())
    go.set()
    assert await poll == ['431["done"]']
    assert await client.hears() == ["1"]
    await drain


async def test_a_poller_between_two_polls_fetches_its_last_packets(
    start: Start, polling: OpenPolling
) -> None:
    node = await start(drain_window=0)
    client = await polling(node)
    sid = await client.connects()
    node.server.tell(sid, "last")
    await node.server.drain()
    assert await client.hears() == ['42["last"]']
    assert await client.hears() == ["1"]
    assert (await client.poll())[0] == 400


async def test_a_session_works_until_its_turn_comes(start: Start, websocket: OpenWebSocket) -> None:
    node = await start(drain_window=2)
    node.server.on("ping me", lambda sid: "pong")
    clients = [await websocket(node) for _ in range(20)]
    for client in clients:
        await client.connects()
    drain = asyncio.create_task(node.server.drain())
    (first,) = {await asyncio.wait_for(node.disconnects.get(), PATIENCE)}
    assert first[1] == "server drained"
    left = [client for client in clients if client.sid in node.server._engine.sessions]
    answers = await asyncio.gather(
        *(client.asks("ping me") for client in left), return_exceptions=True
    )
    assert ["pong"] in answers  # whoever's turn came meanwhile has gone
    await drain
    assert not node.server._engine.sessions


@pytest.mark.parametrize("transport", ["polling", "websocket"])
async def test_it_works_through_a_proxy_that_opens_a_connection_per_request(
    start: Start, http: aiohttp.ClientSession, transport: str
) -> None:
    node = await start(drain_window=0)
    go = slow_handler(node)
    async with Proxy(node.port) as proxy:
        url = f"http://127.0.0.1:{proxy.port}/socket.io/"
        client: Any
        if transport == "polling":
            client = await Polling.open(http, url)
        else:
            client = await WebSocket.open(http, url)
        await client.connects()
        if transport == "polling":
            await client.post('421["slow"]')
        else:
            await client.emits("slow", ack=1)
        await running(node)
        drain = asyncio.create_task(node.server.drain())
        await until(lambda: node.server._engine.draining)
        go.set()
        if transport == "polling":
            heard = await client.hears()
            assert [*heard, *([] if heard[-1] == "1" else await client.hears())] == [
                '431["done"]',
                "1",
            ]
        else:
            assert await client.hears() == '431["done"]'
            await client.is_closed()
        await drain


async def test_a_rest_post_in_flight_is_answered(start: Start, http: aiohttp.ClientSession) -> None:
    go, arrived = asyncio.Event(), asyncio.Event()

    async def rest(request: web.Request) -> web.Response:
        arrived.set()
        await go.wait()
        return web.json_response({"stored": True})

    node = await start([web.post("/api/messages", rest)], drain_window=0)
    post = asyncio.create_task(http.post(f"{node.origin}/api/messages", json={}))
    await arrived.wait()
    await node.server.drain()
    go.set()
    async with await post as response:
        assert await response.json() == {"stored": True}


async def test_closing_ends_everything_and_waits_for_the_last_handlers(
    start: Start, websocket: OpenWebSocket, polling: OpenPolling
) -> None:
    node = await start()
    client, poller = await websocket(node), await polling(node)
    await client.connects()
    await poller.connects()
    done: list[str] = []

    @node.server.event
    async def disconnect(sid: str, reason: str) -> None:
        await asyncio.sleep(0.05)
        done.append(reason)

    await node.server.close()
    assert done == ["server drained"] * 2
    engine = node.server._engine
    assert (engine.sessions, engine.leaving, engine.connections) == ({}, {}, set())


async def test_a_client_that_never_says_close_is_cut(
    start: Start, raw: OpenRaw, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "LINGER_SECONDS", 0.05)
    node = await start(drain_window=0)
    client = await raw(node)
    await client.frame()
    await node.server.drain()
    assert await client.frame() == (8, b"\x03\xe9")
    await client.ended()
    assert not node.server._engine.connections


async def test_a_poller_fetches_its_last_packets_from_a_server_that_ends(
    start: Start, raw: OpenRaw, polling: OpenPolling
) -> None:
    node = await start(drain_window=0)
    client = await polling(node)
    sid = await client.connects()
    connection = await raw(node, http=True)
    node.server.tell(sid, "last")
    await node.server.drain()

    closing = asyncio.create_task(node.close())
    await asyncio.sleep(0)
    connection.write(f"GET {client.address.path_qs} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    head = await connection.until(b"\r\n\r\n")

    assert head.startswith(b"HTTP/1.1 200")
    assert b"connection: close" in head.lower()
    await closing

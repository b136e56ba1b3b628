"""Connecting to namespaces, being refused, and leaving."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from socketio.exceptions import ConnectionRefusedError as RefusedError

from realtime.transport import Emission
from tests.transport.clients import Polling, WebSocket, until
from tests.transport.conftest import Start

OpenWebSocket = Callable[..., Awaitable[WebSocket]]
OpenPolling = Callable[..., Awaitable[Polling]]


async def test_a_client_hears_its_sid_and_the_handler_its_auth(
    start: Start, websocket: OpenWebSocket
) -> None:
    node = await start()
    seen: list[Any] = []
    node.server.on("connect", lambda sid, environ, auth: seen.append((sid, auth)))
    client = await websocket(node)
    sid = await client.connects(auth={"token": "123"})
    assert seen == [(sid, {"token": "123"})]
    assert node.server.session_id(sid) == client.sid


async def test_a_connect_handler_may_do_without_auth(
    start: Start, websocket: OpenWebSocket
) -> None:
    node = await start()
    node.server.on("connect", lambda sid, environ: None)
    await (await websocket(node)).connects()


async def test_the_environ_says_who_connects(start: Start, websocket: OpenWebSocket) -> None:
    node = await start()
    seen: list[dict[str, Any]] = []
    node.server.on("connect", lambda sid, environ: seen.append(environ))
    client = await websocket(node)
    sid = await client.connects()
    assert node.server.get_environ(sid) is seen[0]
    environ = seen[0]
    assert environ["REQUEST_METHOD"] == "GET"
    assert environ["HTTP_HOST"] == f"127.0.0.1:{node.port}"
    assert environ["REMOTE_ADDR"] == "127.0.0.1"
    assert environ["engineio.transport"] == "websocket"
    assert "transport=websocket" in environ["QUERY_STRING"]


@pytest.mark.parametrize("how", ["tell", "emit", "room", "publish", "everyone"])
async def test_what_the_connect_handler_sends_arrives_behind_the_connect_packet(
    start: Start, websocket: OpenWebSocket, how: str
) -> None:
    node = await start()
    server = node.server

    @server.event
    async def connect(sid: str, environ: Any, auth: Any) -> None:
        server.join(sid, "mine")
        if how == "tell":
            server.tell(sid, "early", 1)
        elif how == "emit":
            await server.emit("early", 1, to=sid)
        elif how == "room":
            await server.emit("early", 1, room="mine")
        elif how == "everyone":
            await server.emit("early", 1)
        else:
            server.publish([Emission("early", (1,), ("mine",))])
        await asyncio.sleep(0.01)

    client = await websocket(node)
    await client.says("40")
    assert (await client.hears()).startswith("40{")
    assert await client.event() == ["early", 1]


async def test_what_others_say_while_a_client_connects_arrives_behind_its_connect_packet(
    start: Start, websocket: OpenWebSocket
) -> None:
    node = await start()
    joined, said = asyncio.Event(), asyncio.Event()

    @node.server.event
    async def connect(sid: str, environ: Any, auth: Any) -> None:
        await node.server.enter_room(sid, "room")
        joined.set()
        await said.wait()

    client = await websocket(node)
    await client.says("40")
    await joined.wait()
    await node.server.emit("said", room="room")
    await node.server.emit("said twice", room="room")
    said.set()
    assert (await client.hears()).startswith("40{")
    assert [await client.event(), await client.event()] == [["said"], ["said twice"]]


async def test_a_refusal_says_why_and_drops_what_was_sent_meanwhile(
    start: Start, websocket: OpenWebSocket
) -> None:
    node = await start()

    @node.server.event
    async def connect(sid: str, environ: Any, auth: Any) -> None:
        node.server.tell(sid, "never")
        node.server.join(sid, "room")
        await node.server.emit("never", room="room")
        raise RefusedError("bad token")

    client = await websocket(node)
    await client.says("40")
    assert await client.hears() == '44{"message":"bad token"}'
    await node.server.emit("never", room="room")
    await client.says("40/nowhere,")
    assert await client.hears() == '44/nowhere,{"message":"Invalid namespace"}'
    assert node.disconnects.empty()


async def test_a_false_from_the_connect_handler_refuses(
    start: Start, websocket: OpenWebSocket
) -> None:
    node = await start()
    node.server.on("connect", lambda sid, environ: False)
    client = await websocket(node)
    await client.says("40")
    assert (await client.hears()).startswith('44{"message":')


async def test_a_failing_connect_handler_closes_the_transport_with_one_line(
    start: Start, websocket: OpenWebSocket, caplog: pytest.LogCaptureFixture
) -> None:
    node = await start()

    @node.server.event
    async def connect(sid: str, environ: Any, auth: Any) -> None:
        raise RuntimeError("database\ngone")

    client = await websocket(node)
    await client.says("40")
    await client.is_closed()
    lines = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert len(lines) == 1
    assert "\n" not in lines[0].getMessage()
    assert lines[0].exc_info is None


async def test_an_accepted_client_that_left_while_connecting_is_counted_out_again(
    start: Start, websocket: OpenWebSocket
) -> None:
    node = await start()
    running, go = asyncio.Event(), asyncio.Event()

    @node.server.event
    async def connect(sid: str, environ: Any, auth: Any) -> None:
        running.set()
        await go.wait()

    client = await websocket(node)
    await client.says("40")
    await running.wait()
    await client.close()
    await until(lambda: not node.server._engine.sessions)
    go.set()
    assert (await node.disconnects.get())[1] == "transport close"


async def test_namespaces_are_apart(start: Start, websocket: OpenWebSocket) -> None:
    node = await start(namespaces=("/", "/api"))
    client = await websocket(node)
    main = await client.connects()
    api = await client.connects("/api")
    assert main != api
    assert node.server.session_id(main) == node.server.session_id(api, "/api")
    await node.server.emit("hello", {"in": "api"}, namespace="/api")
    assert await client.hears() == '42/api,["hello",{"in":"api"}]'
    await client.says("41/api,")
    assert await node.disconnects.get() == (api, "client disconnect")
    await node.server.emit("hello", namespace="/api")
    await node.server.emit("still here")
    assert await client.event() == ["still here"]


async def test_connecting_twice_to_a_namespace_closes_the_session(
    start: Start, websocket: OpenWebSocket
) -> None:
    client = await websocket(await start())
    await client.connects()
    await client.says("40")
    await client.is_closed()


async def test_the_servers_disconnect_is_a_packet_and_its_handler_hears_why(
    start: Start, websocket: OpenWebSocket
) -> None:
    node = await start()
    client = await websocket(node)
    sid = await client.connects()
    await node.server.disconnect(sid)
    assert await client.hears() == "41"
    assert await node.disconnects.get() == (sid, "server disconnect")


async def test_closing_a_session_closes_its_transport_without_a_packet(
    start: Start, websocket: OpenWebSocket, polling: OpenPolling
) -> None:
    node = await start()
    client, poller = await websocket(node), await polling(node)
    first, second = await client.connects(), await poller.connects()
    node.server.tell(first, "last")
    node.server.close_session(client.sid, "token expired")
    assert await client.event() == ["last"]
    assert await client.is_closed() == 1000
    node.server.tell(second, "last")
    node.server.close_session(poller.sid, "token expired")
    assert await poller.hears() == ['42["last"]']
    assert await poller.hears() == ["1"]
    assert await node.disconnects.get() == (first, "token expired")
    assert await node.disconnects.get() == (second, "token expired")


async def test_session_data_rooms_and_environ_are_there_in_the_disconnect_handler(
    start: Start, websocket: OpenWebSocket
) -> None:
    node = await start()
    seen: asyncio.Queue[Any] = asyncio.Queue()

    @node.server.event
    async def disconnect(sid: str) -> None:
        server = node.server
        data = await server.get_session(sid)
        seen.put_nowait((data, server.rooms(sid), server.get_environ(sid) is not None))

    client = await websocket(node)
    sid = await client.connects()
    await node.server.save_session(sid, {"user": "ada"})
    node.server.join(sid, "room")
    await client.close()
    assert await seen.get() == ({"user": "ada"}, [sid, "room"], True)
    await until(lambda: not node.server.rooms(sid))
    with pytest.raises(KeyError):
        await node.server.get_session(sid)

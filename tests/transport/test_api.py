"""What applications written for python-socketio use, beside what the other files show."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import socketio
from socketio.exceptions import DisconnectedError

from tests.transport.clients import WebSocket
from tests.transport.conftest import Start

OpenWebSocket = Callable[..., Awaitable[WebSocket]]


class Chat(socketio.AsyncNamespace):  # type: ignore[misc]
    """A namespace written as a class."""

    def on_connect(self, sid: str, environ: Any, auth: Any) -> None:
        """Everyone may."""

    async def on_hello(self, sid: str, name: str) -> str:
        await self.enter_room(sid, "room")
        await self.emit("joined", name, room="room")
        return "hello " + name


async def test_a_namespace_may_be_a_class(start: Start, websocket: OpenWebSocket) -> None:
    node = await start()
    node.server.register_namespace(Chat("/chat"))
    client = await websocket(node)
    await client.connects("/chat")
    await client.says('42/chat,1["hello","ada"]')
    assert await client.hears() == '42/chat,["joined","ada"]'
    assert await client.hears() == '43/chat,1["hello ada"]'


async def test_a_class_may_serve_every_namespace(start: Start, websocket: OpenWebSocket) -> None:
    node = await start(namespaces=("/", "/any"))

    class Anywhere(socketio.AsyncNamespace):  # type: ignore[misc]
        async def trigger_event(self, event: str, *args: Any) -> list[Any]:
            return [event, args[0]]

    node.server.register_namespace(Anywhere("*"))
    client = await websocket(node)
    await client.connects("/any")
    await client.says('42/any,1["what"]')
    assert await client.hears() == '43/any,1[["what","/any"]]'


async def test_handlers_may_serve_every_namespace(start: Start, websocket: OpenWebSocket) -> None:
    node = await start(namespaces=("/", "/any"))
    server = node.server
    server.on("known", lambda namespace, sid, x: [namespace, x], namespace="*")
    server.on("*", lambda event, namespace, sid, x: [event, namespace, x], namespace="*")
    client = await websocket(node)
    await client.connects("/any")
    await client.says('42/any,1["known",1]')
    assert await client.hears() == '43/any,1[["/any",1]]'
    await client.says('42/any,2["unknown",2]')
    assert await client.hears() == '43/any,2[["unknown","/any",2]]'


async def test_an_event_without_a_handler_has_no_ack(
    start: Start, websocket: OpenWebSocket
) -> None:
    node = await start()
    node.server.on("known", lambda sid: None)
    client = await websocket(node)
    await client.connects()
    await client.emits("unknown", ack=1)
    assert await client.asks("known", ack=2) == []


async def test_a_session_is_a_context_manager(start: Start, websocket: OpenWebSocket) -> None:
    node = await start()
    client = await websocket(node)
    sid = await client.connects()
    async with node.server.session(sid) as session:
        session["user"] = "ada"
    assert await node.server.get_session(sid) == {"user": "ada"}


async def test_send_is_an_event_named_message(start: Start, websocket: OpenWebSocket) -> None:
    node = await start()
    client = await websocket(node)
    sid = await client.connects()
    await node.server.send("hi", to=sid)
    await node.server.emit("nothing", to=sid)
    await node.server.emit("tuple", (1, [2]), to=sid)
    assert await client.event() == ["message", "hi"]
    assert await client.event() == ["nothing"]
    assert await client.event() == ["tuple", 1, [2]]


async def test_a_callback_may_be_a_coroutine_and_one_that_fails_costs_one_line(
    start: Start, websocket: OpenWebSocket, caplog: pytest.LogCaptureFixture
) -> None:
    node = await start()
    client = await websocket(node)
    sid = await client.connects()
    answers: asyncio.Queue[Any] = asyncio.Queue()

    async def later(value: int) -> None:
        await asyncio.sleep(0)
        answers.put_nowait(value)

    def fails(value: int) -> None:
        raise ValueError(value)

    async def fails_later(value: int) -> None:
        raise ValueError(value)

    for callback in (fails, fails_later, later):
        await node.server.emit("ask", to=sid, callback=callback)
        packet = await client.hears()
        await client.says("43" + packet[2 : packet.index("[")] + "[7]")
    assert await answers.get() == 7
    lines = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert len(lines) == 2
    assert all("ValueError" in line.getMessage() for line in lines)


async def test_what_is_asked_of_an_unknown_sid(start: Start) -> None:
    server = (await start()).server
    server.join("nobody", "room")
    server.leave("nobody", "room")
    server.tell("nobody", "x")
    await server.disconnect("nobody")
    server.close_session("nobody")
    assert server.rooms("nobody") == []
    assert server.get_environ("nobody") is None
    for ask in (server.session_id, server.transport):
        with pytest.raises(KeyError):
            ask("nobody")
    with pytest.raises(KeyError):
        await server.save_session("nobody", {})


async def test_nothing_is_asked_of_a_socket_that_has_gone(
    start: Start, websocket: OpenWebSocket
) -> None:
    node = await start()
    asked: asyncio.Queue[type[BaseException]] = asyncio.Queue()

    @node.server.event
    async def disconnect(sid: str, reason: str) -> None:
        try:
            await node.server.call("question", to=sid)
        except DisconnectedError as error:
            asked.put_nowait(type(error))

    client = await websocket(node)
    await client.connects()
    await client.says("41")
    assert await asked.get() is DisconnectedError


async def test_consecutive_broadcasts_of_a_turn_reach_a_large_room_in_order(
    start: Start, websocket: OpenWebSocket
) -> None:
    node = await start()
    clients = [await websocket(node) for _ in range(5)]
    for client in clients:
        node.server.join(await client.connects(), "room")
    for number in range(50):
        await node.server.emit("n", [number, "x" * number * 10], room="room")
    for client in clients:
        heard = [(await client.event())[1][0] for _ in range(50)]
        assert heard == list(range(50))


async def test_background_tasks_run_and_sleep(start: Start) -> None:
    server = (await start()).server

    async def work(value: int) -> int:
        await server.sleep(0)
        return value

    assert await server.start_background_task(work, 7) == 7

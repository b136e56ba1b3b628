"""Events, acks and binary both ways, calls, and packets that reach no handler."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any

import pytest
from socketio.exceptions import DisconnectedError
from socketio.exceptions import TimeoutError as NoAnswerError

from realtime.transport.socketio import packets
from tests.transport.clients import Polling, WebSocket, number_of
from tests.transport.conftest import Start

OpenWebSocket = Callable[..., Awaitable[WebSocket]]
OpenPolling = Callable[..., Awaitable[Polling]]


@pytest.mark.parametrize(
    ("returned", "ack"),
    [
        (None, []),
        (1, [1]),
        ([1, 2], [[1, 2]]),
        ((1, 2), [1, 2]),
        ((), []),
        ({"ok": True}, [{"ok": True}]),
        (False, [False]),
        ([], [[]]),
    ],
)
async def test_what_a_handler_returns_is_the_ack(
    start: Start, websocket: OpenWebSocket, returned: Any, ack: list[Any]
) -> None:
    node = await start()

    @node.server.on("ask")
    async def ask(sid: str) -> Any:
        return returned

    client = await websocket(node)
    await client.connects()
    assert await client.asks("ask") == ack


async def test_a_catch_all_hears_every_event_with_its_name(
    start: Start, websocket: OpenWebSocket
) -> None:
    node = await start()

    @node.server.on("*")
    async def anything(event: str, sid: str, *args: Any) -> Any:
        return [event, *args]

    client = await websocket(node)
    await client.connects()
    assert await client.asks("whatever", 1, {"a": None}) == [["whatever", 1, {"a": None}]]


async def test_binary_goes_both_ways_with_events_and_acks(
    start: Start, websocket: OpenWebSocket
) -> None:
    node = await start()

    @node.server.on("echo")
    async def echo(sid: str, *args: Any) -> Any:
        node.server.tell(sid, "echoed", *args)
        return args

    client = await websocket(node)
    await client.connects()
    await client.says(
        '452-7["echo",{"a":{"_placeholder":true,"num":1}},{"_placeholder":true,"num":0}]'
    )
    await client.says(b"zero")
    await client.says(b"")
    assert await client.hears_all(6) == [
        '452-["echoed",{"a":{"_placeholder":true,"num":0}},{"_placeholder":true,"num":1}]',
        b"",
        b"zero",
        '462-7[{"a":{"_placeholder":true,"num":0}},{"_placeholder":true,"num":1}]',
        b"",
        b"zero",
    ]


async def test_binary_goes_both_ways_over_polling(start: Start, polling: OpenPolling) -> None:
    node = await start()

    @node.server.on("echo")
    async def echo(sid: str, data: bytes) -> Any:
        return data + b"!"

    client = await polling(node)
    await client.connects()
    body = '451-3["echo",{"_placeholder":true,"num":0}]\x1ebAAEC/w=='
    assert await client.post(body) == (200, "ok")
    assert await client.hears() == ['461-3[{"_placeholder":true,"num":0}]', "bAAEC/yE="]


@pytest.mark.parametrize("name", sorted(packets.RESERVED))
async def test_a_reserved_name_reaches_no_handler_and_closes_the_session(
    start: Start, websocket: OpenWebSocket, name: str
) -> None:
    node = await start()
    calls: list[Any] = []
    node.server.on("connect", lambda sid, environ: calls.append("connect"))
    node.server.on("*", lambda *args: calls.append(args))
    client = await websocket(node)
    sid = await client.connects()
    await client.emits(name, {})
    await client.is_closed()
    assert await node.disconnects.get() == (sid, "parse error")
    assert calls == ["connect"]


@pytest.mark.parametrize(
    "packet",
    [
        *("42[]", "42{}", "42", '42"x"', "42[null]", "42[[]]", "42[{}]", "42[true]", '42["x"'),
        *("44{}", "47", "4", "452-[]x", '40"x"', "40[]", "40{"),
    ],
)
async def test_a_packet_that_is_none_reaches_no_handler_and_closes_the_session(
    start: Start, websocket: OpenWebSocket, packet: str
) -> None:
    node = await start()
    calls: list[Any] = []
    node.server.on("*", lambda *args: calls.append(args))
    client = await websocket(node)
    await client.connects()
    await client.says(packet)
    if packet.startswith("45"):
        await client.says(b"1")
        await client.says(b"2")
    await client.is_closed()
    assert calls == []


async def test_an_event_named_by_a_number_goes_by_the_text_that_it_prints_as(
    start: Start, websocket: OpenWebSocket
) -> None:
    node = await start()
    calls: list[Any] = []
    node.server.on("*", lambda *args: calls.append(args[0]))
    client = await websocket(node)
    await client.connects()
    await client.asks(1)
    await client.asks("two")
    assert calls == ["1", "two"]


async def test_a_failing_handler_costs_one_line_and_nothing_else(
    start: Start, websocket: OpenWebSocket, caplog: pytest.LogCaptureFixture
) -> None:
    node = await start()

    @node.server.on("fail")
    async def fail(sid: str) -> None:
        raise ValueError("what a user\nwrote")

    node.server.on("works", lambda sid: True)
    client = await websocket(node)
    await client.connects()
    await client.emits("fail")
    assert await client.asks("works") == [True]
    lines = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert len(lines) == 1
    assert "ValueError at " in lines[0].getMessage()
    assert "wrote" not in lines[0].getMessage()
    assert "\n" not in lines[0].getMessage()
    assert lines[0].exc_info is None


async def test_a_handler_that_waited_for_something_cancelled_has_failed_and_others_go_on(
    start: Start, websocket: OpenWebSocket, caplog: pytest.LogCaptureFixture
) -> None:
    node = await start()

    @node.server.on("wait")
    async def wait(sid: str) -> None:
        future = asyncio.get_running_loop().create_future()
        future.cancel()
        await future

    node.server.on("works", lambda sid: True)
    client = await websocket(node)
    await client.connects()
    await client.emits("wait")
    assert await client.asks("works") == [True]
    assert "CancelledError" in caplog.text


async def test_a_call_returns_the_clients_answer(start: Start, websocket: OpenWebSocket) -> None:
    node = await start()
    client = await websocket(node)
    sid = await client.connects()
    asked = asyncio.create_task(node.server.call("question", {"q": 41}, to=sid))
    packet = await client.hears()
    number = number_of(packet)
    assert packet == f'42{number}["question",{{"q":41}}]'
    await client.says(f"43{number}[42]")
    assert await asked == 42


async def test_an_answer_to_an_earlier_connection_answers_no_later_question(
    start: Start, websocket: OpenWebSocket
) -> None:
    """A page may take its time: what it answers then, it answers on the connection it has then."""
    node = await start()
    client = await websocket(node)
    before = asyncio.create_task(node.server.call("sure?", to=await client.connects()))
    first = number_of(await client.hears())
    await client.says("41")
    with pytest.raises(DisconnectedError):
        await before
    after = asyncio.create_task(node.server.call("delete all?", to=await client.connects()))
    second = number_of(await client.hears())
    await client.says(f"43{first}[true]")
    await client.says(f"43{second}[false]")
    assert await after is False
    await client.close()


async def test_no_question_has_a_number_that_some_client_cannot_read(
    start: Start, websocket: OpenWebSocket
) -> None:
    """Java's reads it into 32 bits, and closes the connection where that fails."""
    node = await start()
    node.server._publisher._questions = count(2**31 - 1)
    client = await websocket(node)
    sid = await client.connects()
    numbers = []
    for _ in range(2):
        asked = asyncio.create_task(node.server.call("question", to=sid))
        numbers.append(number_of(await client.hears()))
        await client.says(f"43{numbers[-1]}[42]")
        assert await asked == 42
    assert numbers == [str(2**31 - 1), "0"]
    await client.close()


async def test_a_question_that_cannot_be_asked_leaves_nothing_behind(
    start: Start, websocket: OpenWebSocket
) -> None:
    node = await start()
    client = await websocket(node)
    sid = await client.connects()
    with pytest.raises(TypeError):
        await node.server.call("question", {object()}, to=sid)
    socket = node.server._rooms.find(sid, "/")
    assert socket is not None
    assert (socket.answers, socket.session.awaited) == ({}, 0)
    await client.close()


async def test_a_call_without_an_answer_says_so(start: Start, websocket: OpenWebSocket) -> None:
    node = await start()
    client = await websocket(node)
    sid = await client.connects()
    with pytest.raises(NoAnswerError):
        await node.server.call("question", to=sid, timeout=0.01)


async def test_a_call_to_a_client_that_leaves_ends_at_once(
    start: Start, websocket: OpenWebSocket
) -> None:
    node = await start()
    client = await websocket(node)
    sid = await client.connects()
    asked = asyncio.create_task(node.server.call("question", to=sid))
    await client.hears()
    await client.close()
    with pytest.raises(DisconnectedError):
        await asked


async def test_an_emit_with_a_callback_hears_the_ack(
    start: Start, websocket: OpenWebSocket
) -> None:
    node = await start()
    client = await websocket(node)
    sid = await client.connects()
    answers: asyncio.Queue[Any] = asyncio.Queue()
    await node.server.emit("x", (1, 2), to=sid, callback=lambda *args: answers.put_nowait(args))
    packet = await client.hears()
    number = number_of(packet)
    assert packet == f'42{number}["x",1,2]'
    await client.says(f'43{number}["a","b"]')
    assert await answers.get() == ("a", "b")
    await client.says(f'43{number}["again"]')
    await client.says("4399[]")
    await client.says("41")
    assert (await node.disconnects.get())[0] == sid
    assert answers.empty()

"""Socket.IO v5: connecting, refusing, events, acks, binary, namespaces, bad packets."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from socketio.exceptions import ConnectionRefusedError as RefusedError
from socketio.exceptions import DisconnectedError
from socketio.exceptions import TimeoutError as NoAnswerError

from realtime.transport import Emission, packets
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


async def test_an_event_named_by_a_number_reaches_no_handler_and_closes_nothing(
    start: Start, websocket: OpenWebSocket
) -> None:
    node = await start()
    calls: list[Any] = []
    node.server.on("*", lambda *args: calls.append(args[0]))
    client = await websocket(node)
    await client.connects()
    await client.emits(1)
    await client.asks("two")
    assert calls == ["two"]


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
    assert packet == '421["question",{"q":41}]'
    await client.says("431[42]")
    assert await asked == 42


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
    assert await client.hears() == '421["x",1,2]'
    await client.says('431["a","b"]')
    assert await answers.get() == ("a", "b")
    await client.says('431["again"]')
    await client.says("4399[]")
    await client.says("41")
    assert (await node.disconnects.get())[0] == sid
    assert answers.empty()


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
    assert await poller.hears() == ['42["last"]', "1"]
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

"""What one client may cost before anybody knows who it is, and what the others notice of it."""

from __future__ import annotations

import asyncio
import base64
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from yarl import URL

from realtime.transport.engineio import turns
from tests.transport.clients import Polling, Raw, WebSocket, frame, until
from tests.transport.conftest import Start

OpenWebSocket = Callable[..., Awaitable[WebSocket]]
OpenPolling = Callable[..., Awaitable[Polling]]
OpenRaw = Callable[..., Awaitable[Raw]]


async def test_a_session_has_a_bounded_number_of_connects(
    start: Start, websocket: OpenWebSocket
) -> None:
    node = await start(connects=5)
    calls: list[str] = []
    node.server.on("connect", lambda sid, environ: calls.append(sid))
    client = await websocket(node)
    for _ in range(20):
        await client.says("40")
        await client.says("41")
    await client.is_closed()
    assert len(calls) <= 5


async def test_refused_connects_count_too(start: Start, websocket: OpenWebSocket) -> None:
    node = await start(connects=5)
    client = await websocket(node)
    for _ in range(5):
        await client.says("40/nowhere,")
    assert len(await client.hears_all(5)) == 5
    await client.says("40/nowhere,")
    await client.is_closed()


async def test_few_connect_handlers_of_one_session_run_at_once(
    start: Start, websocket: OpenWebSocket
) -> None:
    node = await start(connects_at_once=3)
    running = 0
    go = asyncio.Event()

    async def connect(sid: str, environ: dict[str, Any]) -> None:
        nonlocal running
        running += 1
        await go.wait()

    node.server.on("connect", connect)
    client = await websocket(node)
    for _ in range(10):
        await client.says("40")
        await client.says("41")
    await client.is_closed()
    go.set()
    assert running == 3


async def test_who_was_told_to_close_and_goes_on_talking_is_cut(start: Start, raw: OpenRaw) -> None:
    node = await start(connects=1)
    engine = node.server._engine
    engine.lingering._seconds = 3_600  # what ends it is what it says, not how long it takes
    connection = await raw(node)
    (carrying,) = engine.connections
    parsers = [carrying._parser]  # type: ignore[attr-defined]
    connection.write(frame(1, b"40") * 2 + frame(1, b"3") * 50_000)
    await connection.ended()
    await until(lambda: not engine.connections)
    assert [parser.unread for parser in parsers] == [b""], "and what it has said is let go of"


async def test_who_was_told_to_close_has_the_time_to_say_so(start: Start, raw: OpenRaw) -> None:
    node = await start(connects=1)
    connection = await raw(node)
    connection.write(frame(1, b"40") * 2 + frame(1, b'42["late"]') * 50)
    heard = [await connection.frame() for _ in range(2)]
    assert [opcode for opcode, _ in heard] == [1, 8]
    connection.write(frame(8, heard[-1][1]))
    await connection.ended()


async def test_who_says_too_much_is_read_more_slowly_and_loses_nothing(
    start: Start, websocket: OpenWebSocket, polling: OpenPolling
) -> None:
    node = await start(packets_per_second=2_000, packets_burst=30)
    heard: list[int] = []
    node.server.on("n", lambda sid, n: heard.append(n))
    client, poller = await websocket(node), await polling(node)
    for each in (client, poller):
        await each.connects()
    for n in range(100):
        await client.emits("n", n)
    (session, _) = sorted(node.server._engine.sessions.values(), key=lambda each: -each.spent_until)
    await until(lambda: session.resting or len(heard) == 100)
    await until(lambda: len(heard) == 100)
    assert heard == list(range(100))
    body = "\x1e".join(f'42["n",{n}]' for n in range(100, 150))
    assert await poller.post(body) == (200, "ok")
    await until(lambda: len(heard) == 150)


async def test_one_turn_of_the_loop_takes_few_packets_of_one_connection(
    start: Start, raw: OpenRaw
) -> None:
    node = await start(packets_per_second=1e9, packets_burst=10**9)
    connection = await raw(node)
    connection.write(frame(1, b"40"))
    (session,) = node.server._engine.sessions.values()
    await until(lambda: session.admitted)
    perturned: dict[int, int] = {}
    engine = node.server._engine
    receive = engine.receive

    def counting(session: Any, packet: bytes) -> None:
        perturned[engine.turns.number] = perturned.get(engine.turns.number, 0) + 1
        receive(session, packet)

    engine.receive = counting  # type: ignore[method-assign]
    connection.write(frame(1, b"3") * 5_000)
    await until(lambda: sum(perturned.values()) == 5_000)
    assert max(perturned.values()) <= turns.PACKETS
    assert not session.closed


async def test_one_turn_of_the_loop_takes_few_fragments_of_one_connection(
    start: Start, raw: OpenRaw
) -> None:
    """Fragments of nothing make no message that could be too large: there may be a million."""
    node = await start()
    connection = await raw(node)
    connection.write(frame(1, b"40"))
    (session,) = node.server._engine.sessions.values()
    await until(lambda: session.admitted)
    numbers, many = node.server._engine.turns, 2_000
    began = numbers.number
    nothing = frame(0, b"", fin=False) * many
    connection.write(frame(1, b"4", fin=False) + nothing + frame(0, b"1"))
    await until(lambda: not session.received.sockets)
    assert numbers.number - began >= many // turns.PACKETS


@pytest.mark.parametrize("opcode", [0, 9, 10], ids=["fragments", "pings", "pongs"])
async def test_who_says_nothing_too_often_is_read_more_slowly(
    start: Start, raw: OpenRaw, opcode: int
) -> None:
    node = await start(packets_per_second=100, packets_burst=30)
    connection = await raw(node)
    (session,) = node.server._engine.sessions.values()
    if opcode == 0:
        connection.write(frame(1, b"", fin=False))
    connection.write(frame(opcode, b"", fin=opcode != 0) * 100)
    await until(lambda: session.resting)


@pytest.mark.parametrize("over", [0, 1])
async def test_until_connect_is_accepted_a_frame_has_16_kb(
    start: Start, websocket: OpenWebSocket, over: int
) -> None:
    node = await start()
    client = await websocket(node)
    shell = len('40{"token":""}')
    await client.says('40{"token":"' + "x" * (16_384 - shell + over) + '"}')
    if over:
        assert await client.is_closed() == 1009
    else:
        assert (await client.hears()).startswith("40")


async def test_after_it_the_usual_bound_holds(start: Start, websocket: OpenWebSocket) -> None:
    node = await start()
    node.server.on("size", lambda sid, text: len(text))
    client = await websocket(node)
    await client.connects()
    assert await client.asks("size", "x" * 500_000) == [500_000]


async def test_a_post_before_connect_has_16_kb_too(start: Start, polling: OpenPolling) -> None:
    node = await start()
    client = await polling(node)
    assert (await client.post("4" * 20_000))[0] == 413
    assert not node.server._engine.sessions


async def test_what_waits_before_connect_is_bounded(start: Start, websocket: OpenWebSocket) -> None:
    node = await start()
    go = asyncio.Event()

    async def connect(sid: str, environ: dict[str, Any]) -> None:
        await go.wait()

    node.server.on("connect", connect)
    client = await websocket(node)
    await client.says("40")
    for _ in range(10):
        await client.says('42["x","' + "y" * 10_000 + '"]')
    (session,) = node.server._engine.sessions.values()
    await until(lambda: session.reading_paused)
    assert session.queued_bytes < 3 * 16_384
    go.set()
    assert (await client.hears()).startswith("40")


async def test_a_compressed_body_is_refused_unread(
    start: Start, polling: OpenPolling, http: aiohttp.ClientSession
) -> None:
    node = await start()
    client = await polling(node)
    headers = {"Content-Encoding": "gzip"}
    async with http.post(client.address, data=b"\x1f\x8b" + b"x" * 100, headers=headers) as answer:
        assert answer.status == 415
        assert (await answer.json())["message"] == "Compressed bodies are not accepted"


async def test_attachments_in_base64_over_a_websocket(
    start: Start, websocket: OpenWebSocket
) -> None:
    node = await start()
    node.server.on("bytes", lambda sid, data: [len(data), data.hex()])
    client = await websocket(node)
    await client.connects()
    await client.says('451-7["bytes",{"_placeholder":true,"num":0}]')
    await client.says("b" + base64.b64encode(b"\x00\x01\x02").decode())
    assert await client.hears() == '437[[3,"000102"]]'


async def test_a_broken_attachment_in_base64_closes_its_session(
    start: Start, websocket: OpenWebSocket
) -> None:
    client = await websocket(await start())
    await client.connects()
    await client.says('451-7["bytes",{"_placeholder":true,"num":0}]')
    await client.says("b&&&")
    await client.is_closed()


async def test_an_old_client_is_told_of_once_a_minute(
    start: Start, http: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture
) -> None:
    node = await start()
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            url = URL(node.url) % {"EIO": "3", "transport": "polling"}
            async with http.get(url) as answer:
                assert answer.status == 400
    told = [line for line in caplog.messages if "upgrade it to socket.io-client 4" in line]
    assert len(told) == 1

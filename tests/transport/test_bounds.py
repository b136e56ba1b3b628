"""Bounds: who goes beyond one is closed, nobody else notices, and memory stays flat."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import aiohttp
import pytest

from realtime.transport import TransportSettings
from realtime.transport.engineio.session import Session
from tests.transport.clients import Polling, Raw, WebSocket, frame, until
from tests.transport.conftest import Start

OpenWebSocket = Callable[..., Awaitable[WebSocket]]
OpenPolling = Callable[..., Awaitable[Polling]]
OpenRaw = Callable[..., Awaitable[Raw]]


async def test_a_reader_that_stalls_is_cut_off_and_nobody_else_notices(
    start: Start, websocket: OpenWebSocket, raw: OpenRaw
) -> None:
    node = await start(settings=TransportSettings(outbound_backlog=1 << 20))
    reader = await websocket(node)
    await reader.connects()
    stalled = await raw(node)
    await stalled.frame()
    stalled.write(frame(1, b"40"))
    await stalled.frame()
    stalled.reader._transport.pause_reading()
    engine = node.server._engine
    most = 0
    for number in range(400):
        await node.server.emit("n", [number, "x" * 100_000])
        assert (await reader.event())[1][0] == number
        most = max(most, *(session.backlog_bytes for session in engine.sessions.values()))
        if len(engine.sessions) == 1:
            break
    assert (await node.disconnects.get())[1] == "backlog full"
    assert most <= 1 << 20


async def test_a_poller_that_stays_away_is_cut_off(start: Start, polling: OpenPolling) -> None:
    node = await start(settings=TransportSettings(outbound_backlog=10_000))
    client = await polling(node)
    sid = await client.connects()
    for _ in range(5):
        await node.server.emit("n", "x" * 3_000)
        await asyncio.sleep(0)
    assert await node.disconnects.get() == (sid, "backlog full")
    assert (await client.poll())[0] == 400


async def test_one_large_reply_is_no_stall(start: Start, websocket: OpenWebSocket) -> None:
    node = await start(settings=TransportSettings(outbound_backlog=10_000))
    client = await websocket(node)
    sid = await client.connects()
    for _ in range(3):
        node.server.tell(sid, "history", "x" * 5_000_000)
        assert len((await client.event())[1]) == 5_000_000


async def test_a_client_that_sends_faster_than_it_is_served_is_read_slower_and_loses_nothing(
    start: Start, raw: OpenRaw
) -> None:
    node = await start(settings=TransportSettings(inbox_packets=8))
    go, handled = asyncio.Event(), []

    @node.server.on("step")
    async def step(sid: str, number: int) -> None:
        await go.wait()
        handled.append(number)

    client = await raw(node)
    await client.frame()
    client.write(frame(1, b"40"))
    await client.frame()
    client.write(b"".join(frame(1, b'42["step",%d]' % n) for n in range(1000)))
    (session,) = node.server._engine.sessions.values()
    await until(lambda: session.reading_paused)
    assert session.queued == 8
    go.set()
    await until(lambda: len(handled) == 1000)
    assert handled == list(range(1000))
    assert not session.reading_paused


async def test_the_inbox_is_bounded_in_bytes_too(start: Start, websocket: OpenWebSocket) -> None:
    node = await start(settings=TransportSettings(inbox_bytes=10_000))
    go = asyncio.Event()

    @node.server.on("step")
    async def step(sid: str, text: str) -> None:
        await go.wait()

    client = await websocket(node)
    await client.connects()
    for _ in range(4):
        await client.emits("step", "x" * 6_000)
    (session,) = node.server._engine.sessions.values()
    await until(lambda: session.reading_paused)
    assert session.queued == 2
    go.set()
    await until(lambda: not session.reading_paused and not session.queued)


async def test_a_posts_answer_waits_while_the_inbox_is_full(
    start: Start, polling: OpenPolling
) -> None:
    node = await start(settings=TransportSettings(inbox_packets=4))
    go = asyncio.Event()

    @node.server.on("step")
    async def step(sid: str) -> None:
        await go.wait()

    client = await polling(node)
    await client.connects()
    post = asyncio.create_task(client.post("\x1e".join(['42["step"]'] * 6)))
    (session,) = node.server._engine.sessions.values()
    await until(lambda: session.reading_paused)
    assert not post.done()
    go.set()
    assert await post == (200, "ok")


@pytest.mark.parametrize(
    ("settings", "packets", "reason"),
    [
        (TransportSettings(attachments=2), ['453-["x"]'], "too many attachments"),
        (TransportSettings(), ['451000000000-["x"]'], "parse error"),
        (TransportSettings(), ['4599999999-["x"]'], "too many attachments"),
        (TransportSettings(attachment_bytes=10), ['452-["x"]', b"123456", b"123456"], "too large"),
        (TransportSettings(), ['451-["x"]', '42["y"]'], "parse error"),
        (TransportSettings(), [b"unannounced"], "parse error"),
        (TransportSettings(json_depth=5), ['42["x",[[[[[1]]]]]]'], "parse error"),
        (TransportSettings(max_payload=1000), ['42["' + "x" * 1000 + '"]'], "too large"),
    ],
)
async def test_a_packet_beyond_its_bound_closes_its_session(
    start: Start,
    websocket: OpenWebSocket,
    settings: TransportSettings,
    packets: list[str | bytes],
    reason: str,
) -> None:
    node = await start(settings=settings)
    calls: list[object] = []
    node.server.on("*", lambda *args: calls.append(args))
    client = await websocket(node)
    sid = await client.connects()
    for packet in packets:
        await client.says(packet)
    await client.is_closed()
    assert await node.disconnects.get() == (sid, reason)
    assert calls == []


async def test_a_payload_of_too_many_packets_closes_its_session(
    start: Start, polling: OpenPolling
) -> None:
    node = await start(settings=TransportSettings(packets_per_payload=10))
    client = await polling(node)
    sid = await client.connects()
    assert (await client.post("\x1e".join(["6"] * 11)))[0] == 400
    assert await node.disconnects.get() == (sid, "too many packets in a payload")


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_payload_that_is_too_large_closes_its_session(
    start: Start, polling: OpenPolling, http: aiohttp.ClientSession, chunked: bool
) -> None:
    node = await start(settings=TransportSettings(max_payload=1000))
    client = await polling(node)
    sid = await client.connects()

    async def chunks() -> object:
        for _ in range(20):
            yield b"4" * 100

    body = chunks() if chunked else b"4" * 1001
    async with http.post(client.address, data=body) as response:
        assert response.status == 413
    assert await node.disconnects.get() == (sid, "too large")


async def test_a_session_that_connects_to_nothing_ends(
    start: Start, websocket: OpenWebSocket, polling: OpenPolling
) -> None:
    node = await start(settings=TransportSettings(connect_timeout=1))
    client, poller = await websocket(node), await polling(node)
    await client.is_closed()
    assert await poller.poll() in ((200, "1"), (400, '{"code":1,"message":"Session ID unknown"}'))
    connected = await websocket(node)
    await connected.connects()
    await connected.says("41")
    await connected.is_closed()


async def test_a_connecting_socket_holds_no_more_than_a_backlog(
    start: Start, websocket: OpenWebSocket
) -> None:
    node = await start(settings=TransportSettings(outbound_backlog=10_000))
    running = asyncio.Event()

    @node.server.event
    async def connect(sid: str, environ: object, auth: object) -> None:
        running.set()
        await asyncio.Event().wait()

    client = await websocket(node)
    await client.says("40")
    await running.wait()
    for _ in range(5):
        await node.server.emit("n", "x" * 3_000)
        await asyncio.sleep(0)
    await client.is_closed()
    for task in node.server._rooms.tasks():
        task.cancel()


async def test_who_is_closed_by_what_it_held_while_connecting_is_counted_out(
    start: Start, websocket: OpenWebSocket
) -> None:
    node = await start(settings=TransportSettings(outbound_backlog=1_000))

    @node.server.event
    async def connect(sid: str, environ: object, auth: object) -> None:
        node.server.tell(sid, "too much", "x" * 2_000)

    client = await websocket(node)
    await client.says("40")
    await client.is_closed()
    assert (await node.disconnects.get())[1] == "backlog full"


async def test_a_storm_of_disconnects_does_not_stall_the_loop(
    start: Start, websocket: OpenWebSocket
) -> None:
    node = await start()
    clients = [await websocket(node) for _ in range(300)]
    for client in clients:
        sid = await client.connects()
        for room in ("all", f"user:{sid}"):
            node.server.join(sid, room)
    for client in clients:
        client.socket._response.connection.transport.abort()
    for _ in clients:
        assert (await node.disconnects.get())[1] in ("transport close", "transport error")
    assert not node.server._engine.sessions
    assert not node.server._rooms._plain.rooms


async def test_an_end_that_fails_keeps_no_other_session_from_ending(
    start: Start, websocket: OpenWebSocket, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = await start()
    clients = [await websocket(node) for _ in range(3)]
    engine, failing = node.server._engine, clients[0].sid
    closed = engine.receiver.closed

    def fails_once(session: Session, reason: str) -> None:
        if session.id == failing:
            raise RuntimeError("the application's")
        closed(session, reason)

    monkeypatch.setattr(engine.receiver, "closed", fails_once)
    for client in clients:
        client.socket._response.connection.transport.abort()

    await until(lambda: not engine.sessions)
    later = await websocket(node)
    later.socket._response.connection.transport.abort()
    await until(lambda: not engine.sessions)

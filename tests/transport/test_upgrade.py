"""From polling to a WebSocket: nothing lost, nothing twice, one transport at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import aiohttp
import pytest

from realtime.transport.engineio import engine
from tests.patience import PATIENCE
from tests.transport.clients import Polling, Raw, WebSocket, frame, until
from tests.transport.conftest import Node, Start, waiting_poll

OpenWebSocket = Callable[..., Awaitable[WebSocket]]
OpenPolling = Callable[..., Awaitable[Polling]]
OpenRaw = Callable[..., Awaitable[Raw]]

FAST = {"ping_interval": 0.3, "ping_timeout": 0.2}


async def probed(node: Node, websocket: OpenWebSocket, client: Polling) -> WebSocket:
    """The WebSocket of a client that polls, which the server is willing to go on with."""
    socket = await websocket(node, sid=client.sid)
    await socket.says("2probe")
    assert await socket.hears() == "3probe"
    return socket


async def test_an_upgrade_ends_the_poll_and_moves_the_session(
    start: Start, websocket: OpenWebSocket, polling: OpenPolling
) -> None:
    node = await start()
    client = await polling(node)
    sid = await client.connects()
    poll = asyncio.create_task(client.poll())
    await waiting_poll(node)
    socket = await probed(node, websocket, client)
    assert await poll == (200, "6")
    assert await client.poll() == (200, "6")
    node.server.tell(sid, "during")
    await socket.says("5")
    assert await socket.hears() == '42["during"]'
    assert node.server.transport(sid) == "websocket"
    assert (await client.poll())[0] == 400
    assert (await client.post("4x"))[0] == 400


async def test_an_upgrade_that_breaks_off_leaves_the_session_polling(
    start: Start, websocket: OpenWebSocket, polling: OpenPolling
) -> None:
    node = await start()
    client = await polling(node)
    sid = await client.connects()
    socket = await probed(node, websocket, client)
    node.server.tell(sid, "kept")
    await socket.close()
    while (packets := await client.hears()) == ["6"]:
        pass
    assert packets == ['42["kept"]']


async def test_a_session_that_ends_while_it_upgrades_still_says_its_last(
    start: Start, websocket: OpenWebSocket, polling: OpenPolling
) -> None:
    """Put out of its namespace, a client is to stay away: it must hear of that."""
    node = await start()
    client = await polling(node)
    sid = await client.connects()
    socket = await probed(node, websocket, client)
    node.server.tell(sid, "last")
    node.server.disconnect_here(sid, close=True)
    await socket.says("5")
    assert await socket.hears_all(2) == ['42["last"]', "41"]
    assert await socket.is_closed() == 1000
    assert not node.server._engine.leaving


async def test_a_session_that_is_cut_off_while_it_upgrades_says_nothing_more(
    start: Start, websocket: OpenWebSocket, polling: OpenPolling
) -> None:
    node = await start()
    client = await polling(node)
    sid = await client.connects()
    socket = await probed(node, websocket, client)
    node.server.tell(sid, "last")
    node.server.close_session(client.sid, "transport error")
    await socket.says("5")
    assert await socket.is_closed() == 1008


@pytest.mark.parametrize("probed", [False, True])
async def test_an_upgrade_that_never_ends_is_cut(
    start: Start,
    websocket: OpenWebSocket,
    polling: OpenPolling,
    monkeypatch: pytest.MonkeyPatch,
    probed: bool,
) -> None:
    monkeypatch.setattr(engine, "UPGRADE_SECONDS", 0.3)
    node = await start()
    client = await polling(node)
    sid = await client.connects()
    socket = await websocket(node, sid=client.sid)
    if probed:
        await socket.says("2probe")
        assert await socket.hears() == "3probe"
    await socket.is_closed()
    node.server.tell(sid, "still here")
    assert await client.hears() == ['42["still here"]']


async def test_an_upgrade_waits_for_as_long_as_a_post_does(
    start: Start,
    websocket: OpenWebSocket,
    polling: OpenPolling,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its client says no 5 before the POST is answered, and polls no more: cut, it would be lost
    until its own ping time-out."""
    monkeypatch.setattr(engine, "UPGRADE_SECONDS", 0.05)
    node = await start(inbox_packets=1)
    go = asyncio.Event()
    node.server.on("wait", lambda sid: go.wait())
    client = await polling(node)
    await client.connects()
    post = asyncio.create_task(client.post("\x1e".join(['42["wait"]'] * 3)))
    session = node.server._engine.sessions[client.sid]
    await until(lambda: session.reading_paused)
    socket = await probed(node, websocket, client)
    await asyncio.sleep(0.3)
    node.server._engine.upgrades._seconds = PATIENCE  # from here on this test may be slow
    go.set()
    assert await post == (200, "ok")
    await socket.says("5")
    assert await socket.asks("wait") == [True]


@pytest.mark.parametrize("upgraded", [False, True])
async def test_a_second_websocket_of_a_session_is_closed_and_the_first_works_on(
    start: Start, websocket: OpenWebSocket, polling: OpenPolling, upgraded: bool
) -> None:
    node = await start()
    client = await polling(node)
    first = await probed(node, websocket, client)
    if upgraded:
        await first.says("5")
        await first.connects()
    second = await websocket(node, sid=client.sid)
    await second.is_closed()
    if not upgraded:
        await first.says("5")
        await first.connects()


async def test_a_websocket_for_an_unknown_session_is_refused(
    start: Start, http: aiohttp.ClientSession
) -> None:
    node = await start()
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await http.ws_connect(f"{node.url}?EIO=4&transport=websocket&sid=nobody")
    assert refused.value.status == 400


async def test_frames_behind_the_upgrade_request_are_read(start: Start, raw: OpenRaw) -> None:
    connection = await raw(await start(), http=True)
    connection.write(
        b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n"
        b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n" + frame(1, b"40")
    )
    head = await connection.until(b"\r\n\r\n")
    assert b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in head
    assert (await connection.frame())[1].startswith(b"0{")
    assert (await connection.frame())[1].startswith(b"40{")


async def test_a_large_message_right_behind_the_upgrade_request_is_read(
    start: Start, raw: OpenRaw
) -> None:
    node = await start(max_payload_before_connect=1_000_000)
    node.server.on("size", lambda sid, text: len(text))
    connection = await raw(node, http=True)
    connection.write(
        b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n"
        b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        + frame(1, b"40")
        + frame(1, b'421["size","' + b"x" * 500_000 + b'"]')
    )
    await connection.until(b"\r\n\r\n")
    frames = [await connection.frame() for _ in range(3)]
    assert frames[2][1] == b"431[500000]"

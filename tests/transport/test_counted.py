"""Bytes of connections, where somebody asked for them; where nobody did, nothing is in the way."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from realtime.transport.engineio.counted import uncounted
from tests.transport.clients import Polling, Raw, WebSocket, frame, until
from tests.transport.conftest import Start
from tests.transport.test_http import HELLO, get, post

OpenRaw = Callable[..., Awaitable[Raw]]
OpenPolling = Callable[..., Awaitable[Polling]]
OpenWebSocket = Callable[..., Awaitable[WebSocket]]


async def test_every_byte_of_a_websocket_is_counted_both_ways(start: Start, raw: OpenRaw) -> None:
    node = await start()
    tally = node.server.count_bytes()
    connection = await raw(node)
    await connection.frame()
    read, written = tally.read, tally.written

    said = frame(1, b"40") + frame(1, b'42["hello"]' + b" " * 4_000)
    connection.write(said)
    _, connected = await connection.frame()
    await until(lambda: tally.read - read >= len(said))

    assert tally.read - read == len(said)
    assert tally.written - written == 2 + len(connected)


async def test_polls_are_counted_and_what_aiohttp_serves_between_them_is_not(
    start: Start, polling: OpenPolling, raw: OpenRaw
) -> None:
    node = await start(HELLO)
    tally = node.server.count_bytes()
    path = (await polling(node)).address.raw_path_qs
    connection = await raw(node, http=True)
    connection.write(post(path, "40"))
    await connection.response()
    read = tally.read
    expected = 0
    for _ in range(3):
        request = post(path, "6")
        connection.write(request)
        assert (await connection.response())[2] == b"ok"
        expected += len(request)
        connection.write(get("/hello"))
        assert (await connection.response())[2] == b"hello "
        expected += len(get("/hello"))  # ours until it is seen what it is
        connection.write(post("/hello", "you"))
        assert (await connection.response())[2] == b"hello you"
        connection.write(post(path, "6"))  # aiohttp's until then
        assert (await connection.response())[2] == b"ok"

    assert tally.read - read == expected


@pytest.mark.parametrize("counts", [False, True])
async def test_a_connection_is_wrapped_only_where_bytes_are_counted(
    start: Start, websocket: OpenWebSocket, counts: bool
) -> None:
    node = await start()
    if counts:
        node.server.count_bytes()
    await websocket(node)

    (session,) = node.server._engine.sessions.values()
    transport = session.link._transport
    assert (uncounted(transport) is not transport) is counts
    assert session.write.__self__ is transport

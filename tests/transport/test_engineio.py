"""Engine.IO v4: handshake, polling, WebSocket, heartbeat, upgrade, close.

The ground of the official suite (docs/engine.io-protocol/v4-test-suite of socketio/socket.io) and
what real clients need beyond it. The sessions here never connect to a namespace.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from yarl import URL

from realtime.transport.engineio.turns import PACKETS
from tests.transport.clients import Polling, Raw, WebSocket, frame, until
from tests.transport.conftest import Start, waiting_poll

OpenWebSocket = Callable[..., Awaitable[WebSocket]]
OpenPolling = Callable[..., Awaitable[Polling]]
OpenRaw = Callable[..., Awaitable[Raw]]

FAST = {"ping_interval": 0.3, "ping_timeout": 0.2}


@pytest.mark.parametrize("transport", ["polling", "websocket"])
async def test_the_handshake_tells_the_intervals_in_milliseconds(
    start: Start, http: aiohttp.ClientSession, transport: str
) -> None:
    node = await start(**FAST)
    url = URL(node.url) % {"EIO": "4", "transport": transport}
    if transport == "polling":
        opening = await (await http.get(url)).text()
    else:
        opening = (await (await http.ws_connect(url)).receive()).data
    values = json.loads(opening[1:])
    assert opening[0] == "0"
    assert values == {
        "sid": values["sid"],
        "upgrades": ["websocket"] if transport == "polling" else [],
        "pingInterval": 300,
        "pingTimeout": 200,
        "maxPayload": 1_000_000,
    }


@pytest.mark.parametrize("transport", ["polling", "websocket"])
async def test_a_session_id_begins_with_its_nodes_name_and_a_sockets_does_not(
    start: Start, websocket: OpenWebSocket, polling: OpenPolling, transport: str
) -> None:
    node = await start(node="n1")
    client = await (websocket if transport == "websocket" else polling)(node)

    assert re.fullmatch(r"n1-[\w-]{20}", client.sid, re.ASCII)
    assert re.fullmatch(r"[\w-]{20}", await client.connects(), re.ASCII)


async def test_a_node_that_nobody_named_makes_up_a_name(
    start: Start, websocket: OpenWebSocket
) -> None:
    sids = [(await websocket(await start())).sid for _ in range(2)]

    names = {re.fullmatch(r"(n[a-z2-7]{6})-[\w-]{20}", sid, re.ASCII)[1] for sid in sids}
    assert len(names) == 2


@pytest.mark.parametrize(
    ("method", "query", "code"),
    [
        ("GET", "transport=polling", 5),
        ("GET", "EIO=abc&transport=polling", 5),
        ("GET", "EIO=3&transport=polling", 5),
        ("GET", "EIO=4", 0),
        ("GET", "EIO=4&transport=abc", 0),
        ("POST", "EIO=4&transport=polling", 2),
        ("PUT", "EIO=4&transport=polling", 2),
        ("GET", "EIO=4&transport=polling&sid=unknown", 1),
        ("POST", "EIO=4&transport=polling&sid=unknown", 1),
        ("GET", "EIO=4&transport=websocket", 3),
    ],
)
async def test_a_bad_request_is_refused_as_node_refuses_it(
    start: Start, http: aiohttp.ClientSession, method: str, query: str, code: int
) -> None:
    node = await start()
    async with http.request(method, f"{node.url}?{query}") as response:
        assert response.status == 400
        assert (await response.json())["code"] == code


@pytest.mark.parametrize("query", ["EIO=4&transport=abc", "EIO=3&transport=websocket", "EIO=4"])
async def test_a_bad_websocket_handshake_is_refused(
    start: Start, http: aiohttp.ClientSession, query: str
) -> None:
    node = await start()
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await http.ws_connect(f"{node.url}?{query}")
    assert refused.value.status == 400


@pytest.mark.parametrize(
    "lines",
    [
        "Sec-WebSocket-Version: 13\r\n",
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: short\r\n",
        "Sec-WebSocket-Version: 8\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
    ],
)
async def test_a_websocket_request_without_its_headers_is_refused(
    start: Start, raw: OpenRaw, lines: str
) -> None:
    connection = await raw(await start(), http=True)
    connection.write(
        b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n"
        b"Upgrade: websocket\r\n" + lines.encode() + b"\r\n"
    )
    status, _, _ = await connection.response()
    assert status == 400


async def test_a_bad_packet_in_a_post_closes_the_session(
    start: Start, polling: OpenPolling
) -> None:
    client = await polling(await start())
    assert (await client.post("abc"))[0] == 400
    assert (await client.poll())[0] == 400


async def test_a_bad_packet_on_a_websocket_closes_it(
    start: Start, websocket: OpenWebSocket
) -> None:
    client = await websocket(await start())
    await client.says("abc")
    await client.is_closed()


async def test_a_second_poll_closes_the_session_and_both_hear_it(
    start: Start, polling: OpenPolling
) -> None:
    node = await start()
    client = await polling(node)
    first = asyncio.create_task(client.poll())
    await waiting_poll(node)
    status, _ = await client.poll()
    assert status == 400
    assert await first == (200, "1")
    assert (await client.poll())[0] == 400


async def test_a_poll_that_the_client_breaks_off_closes_the_session(
    start: Start, polling: OpenPolling, raw: OpenRaw
) -> None:
    node = await start()
    client = await polling(node)
    connection = await raw(node, http=True)
    connection.write(f"GET {client.address.raw_path_qs} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    await waiting_poll(node)
    connection.writer.transport.abort()
    await until(lambda: not node.server._engine.sessions)
    assert (await client.poll())[0] == 400


@pytest.mark.parametrize("transport", ["polling", "websocket"])
async def test_pings_come_and_pongs_keep_the_session(
    start: Start, websocket: OpenWebSocket, polling: OpenPolling, transport: str
) -> None:
    node = await start(ping_interval=0.1, ping_timeout=5)
    if transport == "polling":
        client = await polling(node)
        for _ in range(3):
            assert await client.hears() == ["2"]
            assert await client.post("3") == (200, "ok")
    else:
        socket = await websocket(node, pongs=False)
        for _ in range(3):
            assert await socket.hears() == "2"
            await socket.says("3")
    assert len(node.server._engine.sessions) == 1


async def test_a_polling_session_without_pongs_ends(start: Start, polling: OpenPolling) -> None:
    client = await polling(await start(**FAST))
    assert await client.hears() == ["2"]
    assert await client.poll() == (200, "1")
    assert (await client.poll())[0] == 400


async def test_a_websocket_without_pongs_ends(start: Start, websocket: OpenWebSocket) -> None:
    client = await websocket(await start(**FAST), pongs=False)
    assert await client.hears() == "2"
    await client.is_closed()


@pytest.mark.parametrize("first", ["poll", "close"])
async def test_a_client_that_closes_gets_a_last_packet(
    start: Start, polling: OpenPolling, first: str
) -> None:
    node = await start()
    client = await polling(node)
    if first == "poll":
        poll = asyncio.create_task(client.poll())
        await waiting_poll(node)
        assert await client.post("1") == (200, "ok")
        assert await poll == (200, "6")
    else:
        assert await client.post("1") == (200, "ok")
        assert await client.poll() == (200, "6")
    assert (await client.poll())[0] == 400


async def test_nobody_connects_on_a_session_that_has_closed(
    start: Start, polling: OpenPolling
) -> None:
    node = await start()
    client = await polling(node)
    assert await client.post("1") == (200, "ok")
    assert (await client.post("40"))[0] == 400
    assert not node.server._rooms._sockets


async def test_the_end_comes_behind_the_last_packets_in_an_answer_of_its_own(
    start: Start, polling: OpenPolling
) -> None:
    """In one answer it overtakes them in socket.io-client, which then drops an ack and, where it
    is told of its CONNECT, counts as connected for ever and never connects again."""
    node = await start()

    @node.server.on("connect")
    async def connect(sid: str, environ: Any) -> None:
        node.server.tell(sid, "welcome")

    client = await polling(node)
    assert await client.post("40") == (200, "ok")
    await until(lambda: node.server._engine.sessions[client.sid].backlog)
    node.server.close_session(client.sid)
    connected, welcome = await client.hears()
    assert (connected[:2], welcome) == ("40", '42["welcome"]')
    assert await client.hears() == ["1"]
    assert (await client.poll())[0] == 400


async def test_what_is_posted_to_a_session_that_has_ended_keeps_nobody_from_its_last_packets(
    start: Start, polling: OpenPolling
) -> None:
    node = await start()
    node.server.on("save", lambda sid: "saved")
    client = await polling(node)
    await client.connects()
    assert await client.post('421["save"]') == (200, "ok")
    node.server.close_session(client.sid)
    assert await client.post('422["save"]') == (200, "ok")
    assert await client.hears() == ['431["saved"]']
    assert await client.hears() == ["1"]


async def test_nobody_connects_on_a_session_that_ends_between_two_turns_of_its_post(
    start: Start, polling: OpenPolling
) -> None:
    namespaces = [f"/{number}" for number in range(4 * PACKETS)]
    many = len(namespaces)
    node = await start(namespaces=["/", *namespaces], connects=many + 1, connects_at_once=many)
    later = asyncio.get_running_loop().call_soon
    client = await polling(node)
    node.server.on("end", lambda sid: later(node.server.close_session, client.sid) and None)
    await client.connects()
    connects = [f"40{namespace}," for namespace in namespaces]
    said = ['42["end"]', *["6"] * (PACKETS - 1), *connects]
    assert await client.post("\x1e".join(said)) == (200, "ok")
    await until(lambda: not node.server._rooms._sockets)


async def test_a_websocket_client_that_closes_is_closed(
    start: Start, websocket: OpenWebSocket
) -> None:
    client = await websocket(await start())
    await client.says("1")
    await client.is_closed()


async def test_control_frames_are_answered_as_rfc_6455_says(start: Start, raw: OpenRaw) -> None:
    connection = await raw(await start())
    await connection.frame()
    connection.write(frame(9, b"are you there"))
    assert await connection.frame() == (10, b"are you there")
    connection.write(frame(10, b"nobody asked"))
    connection.write(frame(8, b"\x03\xe8bye"))
    assert await connection.frame() == (8, b"\x03\xe8")
    await connection.ended()


@pytest.mark.parametrize(
    ("wire", "code"),
    [
        (frame(1, b"x", masked=False), 1002),
        (frame(1, b"\xff"), 1007),
        (frame(3, b"x"), 1002),
        (frame(1, b"x", rsv=4), 1002),
        (frame(1, b"x" * 1_000_001), 1009),
    ],
)
async def test_a_broken_frame_is_answered_with_its_close_code(
    start: Start, raw: OpenRaw, wire: bytes, code: int
) -> None:
    node = await start()
    connection = await raw(node)
    await connection.frame()
    connection.write(wire)
    assert await connection.frame() == (8, code.to_bytes(2, "big"))
    await connection.ended()
    assert not node.server._engine.sessions

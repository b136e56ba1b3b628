"""A poll that passes another node: its answer counts as given once that node says so."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable

import aiohttp
import pytest

from realtime.transport.engineio.forwarding import CONFIRMED, CONFIRMS, MARK, Answer
from tests.transport.clients import Polling, Raw, WebSocket, until
from tests.transport.conftest import Node, Start, be_impatient, waiting_poll
from tests.transport.test_admission import upgrade_headers
from tests.transport.test_http import get

OpenPolling = Callable[..., Awaitable[Polling]]
OpenRaw = Callable[..., Awaitable[Raw]]


@pytest.fixture
async def node(start: Start) -> Node:
    return await start()


async def passed_on(node: Node, raw: OpenRaw, session: Polling) -> Raw:
    """The connection of a node in between, which has asked for a session."""
    connection = await raw(node, http=True)
    path = session.address.raw_path_qs
    head = f"GET {path} HTTP/1.1\r\nHost: x\r\n{MARK}: {CONFIRMS}\r\nConnection: close\r\n\r\n"
    connection.write(head.encode())
    return connection


async def test_an_answer_that_is_confirmed_was_given(
    node: Node, polling: OpenPolling, raw: OpenRaw
) -> None:
    session = await polling(node)
    assert await session.post("40") == (200, "ok")
    between = await passed_on(node, raw, session)
    status, _, body = await between.response()
    assert (status, body[:2]) == (200, b"40")

    between.write(CONFIRMED)
    assert await between.reader.read() == b""
    assert await session.post("3") == (200, "ok")


async def test_an_answer_that_ended_at_the_node_between_ends_its_session(
    node: Node, polling: OpenPolling, raw: OpenRaw
) -> None:
    """A proxy would ask again, and the client never know what it missed."""
    session = await polling(node)
    assert await session.post("40") == (200, "ok")
    between = await passed_on(node, raw, session)
    await between.response()

    await between.close()
    await until(lambda: not node.server._engine.sessions)
    status, body = await session.poll()
    assert status == 400 or body == "1", body


async def test_an_answer_that_is_never_confirmed_keeps_no_connection(
    node: Node, polling: OpenPolling, raw: OpenRaw
) -> None:
    """The node between may have gone without a word."""
    session = await polling(node)
    assert await session.post("40") == (200, "ok")
    be_impatient(node)
    between = await passed_on(node, raw, session)
    await between.response()

    await between.ended()
    await until(lambda: not node.server._engine.sessions)


async def test_a_poll_that_waited_at_the_node_between_may_be_asked_again(
    node: Node, polling: OpenPolling, raw: OpenRaw
) -> None:
    session = await polling(node)
    sid = await session.connects()
    between = await passed_on(node, raw, session)
    await waiting_poll(node)
    (known,) = node.server._engine.sessions.values()

    await between.close()
    await until(lambda: known.link._poll is None)
    node.server.tell(sid, "still", "here")
    assert [json.loads(packet[2:]) for packet in await session.hears()] == [["still", "here"]]


@pytest.mark.parametrize("size", [1, 7, 1000])
@pytest.mark.parametrize("body", [b"", b"x", b"4" * 300])
def test_where_an_answer_ends(size: int, body: bytes) -> None:
    head = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body)
    said, answer = head + body, Answer()
    parts = [said[at : at + size] for at in range(0, len(said), size)]
    assert [answer.ends(part) for part in parts] == [False] * (len(parts) - 1) + [True]


@pytest.fixture
async def there(start: Start) -> Node:
    """The node that has the sessions."""
    return await start(node="nbbbbbb")


@pytest.fixture
async def between(start: Start, there: Node) -> Node:
    """A node that is asked for them."""
    node = await start(node="naaaaaa")
    node.server.locate_with(lambda name: ("127.0.0.1", there.port) if name[1] == "b" else None)
    return node


async def test_an_upgrade_goes_by_way_of_another_node(
    between: Node, there: Node, polling: OpenPolling, http: aiohttp.ClientSession
) -> None:
    session = await polling(there)
    socket = await WebSocket.open(http, between.url, sid=session.sid)
    await socket.says("2probe")
    assert await socket.hears() == "3probe"
    await socket.says("5")
    assert await socket.connects()
    await socket.close()


async def test_an_upgrade_that_another_node_refuses_keeps_no_connection(
    between: Node, there: Node, raw: OpenRaw
) -> None:
    connection = await raw(between, http=True)
    lines = [f"{name}: {value}" for name, value in upgrade_headers("websocket").items()]
    connection.write(get("/socket.io/?EIO=4&transport=websocket&sid=nbbbbbb-nobody", *lines))
    status, _, body = await connection.response()
    assert (status, json.loads(body)["code"]) == (400, 1)
    await connection.ended()
    await until(lambda: not (between.server._engine.connections or there.runner.server.connections))

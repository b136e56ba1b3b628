"""Who reads nothing of what it asked for: it costs a bounded buffer, and no connection for ever."""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from realtime.transport.engineio import engine
from tests.transport.clients import Polling, Raw, frame, until
from tests.transport.conftest import Node, Start, be_impatient
from tests.transport.test_http import get, post

OpenPolling = Callable[..., Awaitable[Polling]]
OpenRaw = Callable[..., Awaitable[Raw]]

LARGE = 64 * 1024 * 1024
"""More than any system keeps on the way between two sockets."""
FOR_EVER = 3600.0


def connection_of(node: Node, raw: Raw) -> Any:
    """The server's end of a connection."""
    peer = raw.writer.get_extra_info("sockname")
    (found,) = [
        each
        for each in node.server._engine.connections
        if each._transport.get_extra_info("peername") == peer
    ]
    return found


def read_no_more(node: Node, raw: Raw) -> Any:
    """Nothing more is read, and next to nothing is kept on the way; the server's end."""
    raw.writer.transport.pause_reading()  # type: ignore[attr-defined]
    raw.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    end = connection_of(node, raw)
    sent = end._transport.get_extra_info("socket")
    sent.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    end._transport.set_write_buffer_limits(high=4096)
    return end


async def polled(node: Node, polling: OpenPolling, raw: OpenRaw) -> tuple[Raw, str]:
    """A connection that has been taken over, and the path of its session."""
    path = (await polling(node)).address.raw_path_qs
    connection = await raw(node, http=True)
    connection.write(post(path, "6"))
    await connection.response()
    return connection, path


async def test_requests_that_come_faster_than_they_are_answered_are_read_no_further(
    start: Start, polling: OpenPolling, raw: OpenRaw
) -> None:
    node = await start()
    connection, path = await polled(node, polling, raw)
    end = connection_of(node, connection)

    many = 4_000
    connection.write(post(path, "6") * many)
    await until(lambda: end._paused)
    for _ in range(many):
        assert (await connection.response())[2] == b"ok"


async def test_who_asks_on_and_reads_no_answer_is_read_no_further(
    start: Start, polling: OpenPolling, raw: OpenRaw
) -> None:
    node = await start()
    connection, path = await polled(node, polling, raw)
    end = read_no_more(node, connection)

    connection.write(post(path, "6") * 4_000)
    await until(lambda: end._full)
    connection.write(b"x" * LARGE)
    await until(lambda: not end._transport.is_reading())
    assert len(end._buffer) < LARGE / 16
    connection.writer.transport.abort()  # type: ignore[attr-defined] # nobody will read the rest


async def test_a_large_post_behind_others_is_read_whole(
    start: Start, polling: OpenPolling, raw: OpenRaw
) -> None:
    node = await start(max_payload_before_connect=1_000_000)
    connection, path = await polled(node, polling, raw)
    connection.write(post(path, "6") * 500 + post(path, "\x1e".join(["6"] * 200_000)[:390_000]))
    answers = [(await connection.response())[0] for _ in range(501)]
    assert answers == [200] * 500 + [400], "too many packets"


@pytest.mark.parametrize("last", ["a broken frame", "a close"])
async def test_a_websocket_that_ends_and_reads_nothing_is_cut(
    start: Start, raw: OpenRaw, monkeypatch: pytest.MonkeyPatch, last: str
) -> None:
    monkeypatch.setattr(engine, "LINGER_SECONDS", 0.05)
    node = await start()
    node.server.on("history", lambda sid: "x" * LARGE)
    client = await raw(node)
    await client.frame()
    client.write(frame(1, b"40"))
    await client.frame()
    end = read_no_more(node, client)
    client.write(frame(1, b'421["history"]'))
    await until(end._transport.get_write_buffer_size)

    client.write(frame(8, b"") if last == "a close" else frame(3, b""))
    await until(lambda: not node.server._engine.connections)


async def test_a_candidate_that_asks_much_and_reads_nothing_is_cut(
    start: Start, polling: OpenPolling, raw: OpenRaw, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "UPGRADE_SECONDS", FOR_EVER)
    node = await start()
    session = await polling(node)
    candidate = await raw(node, query=f"EIO=4&transport=websocket&sid={session.sid}")
    end = read_no_more(node, candidate)
    candidate.write(frame(9, b"x" * 125) * 4_000)
    await until(lambda: end not in node.server._engine.connections)
    assert await session.connects(), "its session goes on"


async def test_an_answer_that_its_client_never_reads_keeps_no_connection(
    start: Start, polling: OpenPolling, raw: OpenRaw
) -> None:
    node = await start()
    session = await polling(node)
    sid = await session.connects()
    connection = await raw(node, http=True)
    connection.write(get(session.address.raw_path_qs, "Connection: close"))
    await until(lambda: node.server._engine.sessions[session.sid].link._poll)
    end = read_no_more(node, connection)
    be_impatient(node)
    node.server.tell(sid, "history", "x" * LARGE)
    await until(lambda: end not in node.server._engine.connections)

"""What one client without a token can do to a node, in a process of its own.

    python -m tests.stress.attacks ATTACK PORT SECONDS

It prints how often it connected and how many bytes it sent. A connection that the node closes is
opened again: a client that attacks does not give up.
"""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import os
import sys
import zlib
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import asdict, dataclass

from tests.transport.clients import frame

HELD = 100
"""Connections of those that hold what they have begun to say."""

MUCH = 950_000
"""Bytes that a session may not hold before anybody knows who it is."""

INFLATED = 900_000_000
"""Bytes that a body of a thousandth of them would become."""


@dataclass
class Node:
    """Where to attack, and how often and with how many bytes it was done."""

    port: int
    connections: int = 0
    sent: int = 0


Attack = Callable[[Node], Awaitable[None]]


class Connection:
    """A TCP connection that says bytes; whatever it is told is dropped."""

    def __init__(
        self, node: Node, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._node, self.reader, self._writer = node, reader, writer

    @classmethod
    async def open(cls, node: Node) -> Connection:
        reader, writer = await asyncio.open_connection("127.0.0.1", node.port)
        node.connections += 1
        return cls(node, reader, writer)

    async def say(self, data: bytes) -> None:
        self._writer.write(data)
        self._node.sent += len(data)
        await self._writer.drain()

    async def answer(self) -> bytes:
        """The body of an HTTP answer."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        length = next(
            (int(line[15:]) for line in head.lower().split(b"\r\n") if line[:15] == LENGTH), 0
        )
        return await self.reader.readexactly(length)

    async def upgrade(self) -> None:
        """Become an Engine.IO session's WebSocket."""
        await self.say(UPGRADE % base64.b64encode(os.urandom(16)))
        await self.reader.readuntil(b"\r\n\r\n")

    async def is_closed(self) -> None:
        while await self.reader.read(65_536):
            pass

    def close(self) -> None:
        self._writer.transport.abort()


LENGTH = b"content-length:"

UPGRADE = (
    b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: localhost\r\n"
    b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: %b\r\n\r\n"
)


async def again_and_again(
    node: Node, talk: Callable[[Connection], Awaitable[None]], pause: float = 0
) -> None:
    """Talk over one connection after the other, with seconds in between."""
    while True:
        with suppress(OSError, asyncio.IncompleteReadError):
            connection = await Connection.open(node)
            try:
                await talk(connection)
            finally:
                connection.close()
        await asyncio.sleep(pause)


def packets(*said: bytes) -> Attack:
    """These packets at full speed, whatever the node says."""
    data = b"".join(frame(1, packet) for packet in itertools.islice(itertools.cycle(said), 4_000))

    async def talk(connection: Connection) -> None:
        await connection.upgrade()
        closed = asyncio.create_task(connection.is_closed())
        try:
            while not closed.done():
                await connection.say(data)
        finally:
            closed.cancel()

    async def attack(node: Node) -> None:
        await again_and_again(node, talk)

    return attack


async def a_path_for_the_log(node: Node) -> None:
    """A request whose path is the worst for a pattern that looks for URLs with a password."""
    request = b"GET /api/server/" + b"a+" * 4_050 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n"

    async def talk(connection: Connection) -> None:
        while True:
            await connection.say(request)
            await connection.answer()

    await again_and_again(node, talk)


async def a_body_that_swells(node: Node) -> None:
    """A small compressed body that would be a large one."""
    head = (
        b"POST /api/messages HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n"
    )
    body = _swelling()

    async def talk(connection: Connection) -> None:
        while True:
            await connection.say(head % len(body) + body)
            await connection.answer()

    await again_and_again(node, talk)


def _swelling() -> bytes:
    packer, block = zlib.compressobj(wbits=31), bytes(1_000_000)
    member = packer.compress(block) + packer.flush()
    return member * (INFLATED // len(block))  # a gzip file may have many members


async def frames_that_never_end(node: Node) -> None:
    """Most of a large WebSocket frame on each of many connections, and no more."""
    data = frame(1, b"4" + bytes(MUCH))[:-1_000]

    async def talk(connection: Connection) -> None:
        await connection.upgrade()
        await connection.say(data)
        await connection.is_closed()

    await asyncio.gather(*(again_and_again(node, talk, pause=1) for _ in range(HELD)))


async def posts_that_never_end(node: Node) -> None:
    """Most of a large polling POST on each of many connections, and no more."""

    async def talk(connection: Connection) -> None:
        await connection.say(b"GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\n\r\n")
        sid = json.loads((await connection.answer())[1:])["sid"].encode()
        head = b"POST /socket.io/?EIO=4&transport=polling&sid=%b HTTP/1.1\r\nHost: x\r\n" % sid
        await connection.say(head + b"Content-Length: %d\r\n\r\n4" % MUCH + bytes(MUCH - 1_000))
        await connection.is_closed()

    await asyncio.gather(*(again_and_again(node, talk, pause=1) for _ in range(HELD)))


async def nothing(_node: Node) -> None:
    """No attack: what the others' times are without one."""
    await asyncio.Event().wait()


ATTACKS: dict[str, Attack] = {
    "no attack": nothing,
    "CONNECT, DISCONNECT": packets(b"40", b"41"),
    "pongs": packets(b"3"),
    "pings": packets(b"2"),
    "CONNECTs to nowhere": packets(b"40/x,"),
    "acks of nothing": packets(b"4399[]"),
    "a path for the log": a_path_for_the_log,
    "a body that swells": a_body_that_swells,
    "frames that never end": frames_that_never_end,
    "POSTs that never end": posts_that_never_end,
}
"""Each by what it sends."""


async def main(name: str, port: int, seconds: float) -> Node:
    """Attack for so long."""
    node = Node(port)
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await ATTACKS[name](node)
    return node


if __name__ == "__main__":
    os.nice(15)  # an attacker has a machine of his own, and does not take the node's
    print(json.dumps(asdict(asyncio.run(main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))))))

"""Processes that serve one port together: a connection is given to the one that has its session.

They meet in a folder, in which each waits at a Unix socket with its node's name. What is given is
the connection itself, with what its client has said so far; then it is as if it had come there.
"""

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from struct import Struct
from typing import Final

from realtime.accepted import accepted
from realtime.transport.settings import may_be_a_worker

SECONDS: Final = 2.0
"""How long a sibling may take; then its session counts as lost."""

_LENGTH: Final = Struct(">I")
_WAITING: Final = 1024

MakeProtocol = Callable[[bytes], asyncio.Protocol]
"""Makes the protocol of a connection of which something has been read already."""


class Siblings:
    """The processes that serve the port of this one, which is `name` among them."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._name = name
        self._door: socket.socket | None = None
        self._welcoming: asyncio.Task[None] | None = None
        self._coming: set[asyncio.Task[None]] = set()
        self._make: MakeProtocol | None = None

    def start(self, make: MakeProtocol) -> None:
        """Take connections from now on. Raises OSError."""
        self._make = make
        self._door = _unix()
        self._door.bind(str(self._folder / self._name))
        self._door.listen(_WAITING)
        self._welcoming = asyncio.create_task(self._welcome(self._door), name="siblings")

    async def close(self) -> None:
        """Take none any more."""
        tasks = [each for each in (self._welcoming, *self._coming) if each is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._door is not None:
            self._door.close()
            (self._folder / self._name).unlink(missing_ok=True)

    def has(self, name: str) -> bool:
        """Whether a node of this name is another one of them. The name may be a client's: of no
        worker's form, it may lead out of the folder."""
        if name == self._name or not may_be_a_worker(name):
            return False
        return (self._folder / name).is_socket()

    async def reach(self, name: str) -> "Gift":
        """A way to give a connection to one of them. Raises OSError, TimeoutError included."""
        way = _unix()
        try:
            async with asyncio.timeout(SECONDS):
                await asyncio.get_running_loop().sock_connect(way, str(self._folder / name))
        except BaseException:
            way.close()
            raise
        return Gift(way)

    async def _welcome(self, door: socket.socket) -> None:
        while True:
            task = asyncio.create_task(self._take(await accepted(door)))
            self._coming.add(task)
            task.add_done_callback(self._coming.discard)

    async def _take(self, way: socket.socket) -> None:
        """Serve one connection as if it had come here."""
        with way, suppress(OSError):
            async with asyncio.timeout(SECONDS):
                connection, said = await _received(way)
            await self._serve(connection, said)

    async def _serve(self, connection: socket.socket, said: bytes) -> None:
        make = self._make
        assert make is not None  # noqa: S101 - `start` has set it
        connection.setblocking(False)
        try:
            loop = asyncio.get_running_loop()
            await loop.connect_accepted_socket(lambda: make(said), connection)
        except BaseException:
            connection.close()
            raise


class Gift:
    """A way to one of the siblings."""

    def __init__(self, way: socket.socket) -> None:
        self._way = way

    async def give(self, connection: int, said: bytes) -> None:
        """Give the connection with this descriptor; ours may be closed then. Raises OSError."""
        loop = asyncio.get_running_loop()
        with self._way:
            socket.send_fds(self._way, [_LENGTH.pack(len(said))], [connection])
            async with asyncio.timeout(SECONDS):
                await loop.sock_sendall(self._way, said)

    def close(self) -> None:
        """Give nothing."""
        self._way.close()


def _unix() -> socket.socket:
    made = socket.socket(socket.AF_UNIX)
    made.setblocking(False)
    return made


async def _received(way: socket.socket) -> tuple[socket.socket, bytes]:
    """A connection and what was said on it. Raises OSError."""
    await _readable(way)
    head, descriptors, _, _ = socket.recv_fds(way, _LENGTH.size, 1)
    if not descriptors or len(head) != _LENGTH.size:
        raise ConnectionError("nothing was given")
    connection = socket.socket(fileno=descriptors[0])
    try:
        said = await _exactly(way, _LENGTH.unpack(head)[0])
    except BaseException:
        connection.close()
        raise
    return connection, said


async def _readable(way: socket.socket) -> None:
    loop, ready = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(way, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(way)


async def _exactly(way: socket.socket, length: int) -> bytes:
    loop, parts, missing = asyncio.get_running_loop(), [], length
    while missing:
        part = await loop.sock_recv(way, missing)
        if not part:
            raise ConnectionError("cut short")
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)

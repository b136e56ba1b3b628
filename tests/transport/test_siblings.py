"""Processes that give each other connections, when one of them can take none."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

from realtime.transport.engineio.siblings import Gift, Siblings
from tests.descriptors import no_descriptor_free
from tests.patience import PATIENCE


class Taken(asyncio.Protocol):
    """What a sibling makes of a connection."""

    def __init__(self, said: bytes, taken: asyncio.Future[bytes]) -> None:
        self._said, self._taken = said, taken

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.close()
        self._taken.set_result(self._said)


async def test_a_process_without_a_free_descriptor_takes_connections_again_later(
    tmp_path: Path,
) -> None:
    taken: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
    one = Siblings(tmp_path, "one")
    one.start(lambda said: Taken(said, taken))
    way, (ours, theirs) = socket.socket(socket.AF_UNIX), socket.socketpair()
    way.setblocking(False)
    with ours, theirs:
        way.connect(str(tmp_path / "one"))
        async with no_descriptor_free():
            pass

        await Gift(way).give(theirs.fileno(), b"hello")
        async with asyncio.timeout(PATIENCE):
            assert await taken == b"hello"
    await one.close()

"""Processes that give each other connections, when one of them can take none."""

from __future__ import annotations

import asyncio
import os
import resource
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from realtime.transport.engineio import siblings
from realtime.transport.engineio.siblings import Gift, Siblings
from tests.patience import PATIENCE


@contextmanager
def no_descriptor_free() -> Iterator[None]:
    """Nothing can be opened meanwhile."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    free = os.dup(0)
    os.close(free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (free, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


class Taken(asyncio.Protocol):
    """What a sibling makes of a connection."""

    def __init__(self, said: bytes, taken: asyncio.Future[bytes]) -> None:
        self._said, self._taken = said, taken

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.close()
        self._taken.set_result(self._said)


async def test_a_process_without_a_free_descriptor_takes_connections_again_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(siblings, "PAUSE", 0.01, raising=False)
    taken: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
    one = Siblings(tmp_path, "one")
    one.start(lambda said: Taken(said, taken))
    way, (ours, theirs) = socket.socket(socket.AF_UNIX), socket.socketpair()
    way.setblocking(False)
    with ours, theirs:
        way.connect(str(tmp_path / "one"))
        with no_descriptor_free():
            for _ in range(20):
                await asyncio.sleep(0)

        await Gift(way).give(theirs.fileno(), b"hello")
        async with asyncio.timeout(PATIENCE):
            assert await taken == b"hello"
    await one.close()

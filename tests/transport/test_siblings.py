"""Processes that give each other connections, when one of them can take none."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import aiohttp
import pytest
from yarl import URL

from realtime.transport.engineio.siblings import Gift, Siblings
from realtime.transport.settings import new_name
from tests.descriptors import no_descriptor_free
from tests.patience import PATIENCE
from tests.transport.conftest import Start


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


async def test_an_id_that_leads_out_of_the_folder_opens_no_other_socket(
    start: Start, http: aiohttp.ClientSession, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A database's, say, or the container engine's: whoever may write there may do anything."""
    folder = tmp_path / "folder"
    folder.mkdir()
    outside = socket.socket(socket.AF_UNIX)
    names = [
        "../outside",
        str(tmp_path / "outside"),
        "nabcdef.metrics",
        "n" * 300,
        "n\x00",
        ".",
        "",
    ]
    with outside, socket.socket(socket.AF_UNIX) as beside:
        outside.bind(str(tmp_path / "outside"))
        beside.bind(str(folder / "nabcdef.metrics"))
        for each in (outside, beside):
            each.listen()
            each.setblocking(False)
        node = await start()
        node.server.share_with(Siblings(folder, "nabcdef"))
        patience = aiohttp.ClientTimeout(PATIENCE)
        for name in names:
            query = {"EIO": "4", "transport": "polling", "sid": f"{name}-x"}
            async with http.get(URL(node.url) % query, timeout=patience) as response:
                assert (response.status, (await response.json())["code"]) == (400, 1), name
        for each in (outside, beside):
            with pytest.raises(BlockingIOError):
                each.accept()
    assert not [record for record in caplog.records if record.exc_info]


def test_a_worker_is_found_by_its_name(tmp_path: Path) -> None:
    one = Siblings(tmp_path, "nabcdef")
    others = [new_name(), f"europe1.{new_name()}"]
    for name in others:
        with socket.socket(socket.AF_UNIX) as other:
            other.bind(str(tmp_path / name))
            assert one.has(name)
    assert not one.has("nabcdef")

"""Taking connections: a few at a time, and what waits is neither lost nor asked for in vain."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator

import pytest

from realtime.gateway.accepting import AT_ONCE, Accepting
from realtime.transport.engineio.limits.files import Files
from tests.descriptors import no_file_left
from tests.patience import PATIENCE


class Greeter(asyncio.Protocol):
    """Says hello and goes."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(b"hello")
        transport.close()


class Blind(Files):
    """Never sees that there is no room."""

    def has_room(self) -> bool:
        return True


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound


@pytest.mark.parametrize("files", [Files(), Blind()], ids=["seen", "found out by accept"])
async def test_who_waits_for_a_file_is_served_when_there_is_one(
    listening: socket.socket, files: Files
) -> None:
    full = asyncio.Event()
    accepting = Accepting(listening, Greeter, files, full.set)
    with socket.socket() as client:
        client.setblocking(False)
        with no_file_left():
            await asyncio.get_running_loop().sock_connect(client, listening.getsockname())
            await asyncio.wait_for(full.wait(), PATIENCE)

        reader, writer = await asyncio.open_connection(sock=client)
        assert await asyncio.wait_for(reader.read(), PATIENCE) == b"hello"
        writer.close()
    accepting.stop()


async def test_more_than_are_taken_at_once_are_all_served(listening: socket.socket) -> None:
    listening.listen(4 * AT_ONCE)
    come = [socket.create_connection(listening.getsockname()) for _ in range(3 * AT_ONCE)]
    accepting = Accepting(listening, Greeter, Files(), lambda: None)
    for client in come:
        reader, writer = await asyncio.open_connection(sock=client)
        assert await asyncio.wait_for(reader.read(), PATIENCE) == b"hello"
        writer.close()
    accepting.stop()


async def test_one_that_stops_while_it_waits_for_a_file_stays_stopped(
    listening: socket.socket,
) -> None:
    address, full = listening.getsockname(), asyncio.Event()
    accepting = Accepting(listening, Greeter, Files(), full.set)
    with socket.socket() as client:
        client.setblocking(False)
        with no_file_left():
            await asyncio.get_running_loop().sock_connect(client, address)
            await asyncio.wait_for(full.wait(), PATIENCE)
            accepting.stop()

    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(*address)

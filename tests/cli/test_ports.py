"""Who comes while a node starts waits, where no other node would take her."""

from __future__ import annotations

import asyncio
import socket
import sqlite3
from contextlib import closing

import pytest

from realtime.cli import ports
from realtime.config import load
from tests.cli.run import Shell
from tests.patience import PATIENCE
from tests.servers.running import free_port
from tests.tokens import SECRET

HANDSHAKE = b"GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\n\r\n"


async def comes(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect as soon as there is somebody."""
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                return await asyncio.open_connection("127.0.0.1", port)
            except ConnectionRefusedError:
                await asyncio.sleep(0.01)


async def test_who_comes_during_the_start_is_served_after_it(shell: Shell) -> None:
    port = free_port()
    variables = {"PORT": str(port), "JWT_SECRET": SECRET}
    assert shell.run("migrate", **variables).code == 0
    with closing(sqlite3.connect(shell.folder / "data" / "realtime.sqlite3")) as holding:
        holding.execute("PRAGMA locking_mode = EXCLUSIVE")
        holding.execute("BEGIN EXCLUSIVE")
        running = shell.start("serve", **variables)
        reader, writer = await comes(port)
        writer.write(HANDSHAKE)
        assert not running.said("healthz")

    assert await reader.readuntil(b"\r\n") == b"HTTP/1.1 200 OK\r\n"
    writer.close()
    assert await asyncio.to_thread(running.stop) == 0


@pytest.mark.parametrize("others", [False, True])
def test_where_others_go_on_the_port_opens_when_all_is_ready(others: bool) -> None:
    variables = {"HOST": "127.0.0.1", "PORT": "0", "JWT_SECRET": SECRET}
    if others:
        variables["REDIS_URL"] = "redis://127.0.0.1:1"
    with ports.opened(load(None, variables)) as opened, socket.socket() as client:
        assert (client.connect_ex(opened.getsockname()) == 0) is not others

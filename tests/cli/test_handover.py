"""One process after another on one port: no connect is refused, and who fails changes nothing."""

from __future__ import annotations

import asyncio
import os
import runpy
import socket
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from realtime.cli.handover import Offer, place
from realtime.stores.migrations.trees import tree, versions
from tests.cli.run import Shell
from tests.descriptors import no_descriptor_free
from tests.patience import PATIENCE
from tests.servers.running import Running, free_port
from tests.tokens import SECRET

AT_ONCE, PAUSE = 8, 0.01
READY = "/healthz$"
HANDSHAKE = b"GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture
def port() -> int:
    return free_port()


class Site:
    """Starts servers in one folder, for one port, and stops them all."""

    def __init__(self, shell: Shell, port: int) -> None:
        self.shell = shell
        self.port = port
        self.variables = {"PORT": str(port), "JWT_SECRET": SECRET}
        self.started: list[Running] = []

    async def serve(self, *arguments: str) -> Running:
        running = self.shell.start("serve", *arguments, **self.variables)
        self.started.append(running)
        await running.says(READY)
        return running

    @property
    def place(self) -> Path:
        return self.shell.folder / "data" / f"serving-{self.port}"


@pytest.fixture
async def site(shell: Shell, port: int) -> AsyncIterator[Site]:
    site = Site(shell, port)
    yield site
    for running in site.started:
        await asyncio.to_thread(running.stop)


async def begins_a_session(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(HANDSHAKE)
        assert (await reader.readuntil(b"\r\n")) == b"HTTP/1.1 200 OK\r\n"
    finally:
        writer.close()


@asynccontextmanager
async def people_who_come_all_the_time(port: int) -> AsyncIterator[list[int]]:
    """Fails if a single one of them was not let in; `came` counts them."""
    came = [0]
    ending = asyncio.Event()

    async def come() -> None:
        while not ending.is_set():
            await begins_a_session(port)
            came[0] += 1
            await asyncio.sleep(PAUSE)

    async with asyncio.TaskGroup() as people:
        for _ in range(AT_ONCE):
            people.create_task(come())
        try:
            yield came
        finally:
            ending.set()


async def test_nobody_is_refused_while_processes_replace_one_another(site: Site) -> None:
    serving = await site.serve()

    async with people_who_come_all_the_time(site.port) as came:
        for _ in range(3):
            before, here = serving, came[0]
            serving = await site.serve("--replace")
            assert await before.ends() == 0
            assert came[0] > here

    assert not any(running.said("another process serves") for running in site.started)


async def test_among_other_nodes_the_next_process_is_the_one_to_go_to(
    site: Site, redis_url: str
) -> None:
    site.variables |= {"REDIS_URL": redis_url, "REALTIME_TRANSPORT__DRAIN_WINDOW": "1"}
    before = await site.serve()

    async with people_who_come_all_the_time(site.port):
        await site.serve("--replace")
        assert await before.ends() == 0


async def test_where_nobody_serves_it_starts_as_ever(site: Site) -> None:
    site.place.parent.mkdir()
    site.place.touch()  # as a killed process leaves it

    await site.serve("--replace")
    await begins_a_session(site.port)


async def test_a_port_that_no_process_of_ours_has_stays_theirs(shell: Shell, port: int) -> None:
    with socket.create_server(("", port)):
        ended = shell.run("serve", "--replace", PORT=str(port))

    assert ended.code == 1
    assert f"Port {port} is taken" in ended.text


async def test_who_replaces_has_to_name_the_port(shell: Shell) -> None:
    ended = shell.run("serve", "--replace", PORT="0")

    assert ended.code == 1
    assert ended.lines[-1] == "--replace needs the port that is served: set PORT."


async def test_one_that_fails_before_it_is_ready_changes_nothing(site: Site) -> None:
    first = await site.serve()
    for _ in range(2):
        with closing(socket.socket(socket.AF_UNIX)) as other:
            other.connect(str(site.place))
            _, descriptors, _, _ = socket.recv_fds(other, 1, 1)
            os.close(*descriptors)

    await begins_a_session(site.port)
    await site.serve("--replace")
    assert await first.ends() == 0


async def test_only_its_own_user_may_take_the_port(site: Site) -> None:
    running = await site.serve()
    assert site.place.stat().st_mode & 0o777 == 0o600

    await asyncio.to_thread(running.stop)
    assert not site.place.exists()


async def test_with_a_migration_the_old_one_ends_before_it(site: Site) -> None:
    first = await site.serve()
    await make_older(site.shell.folder / "data" / "realtime.sqlite3")

    async with people_who_come_all_the_time(site.port):
        second = await site.serve("--replace")

    assert await first.ends() == 0
    assert second.said(r"migrated .*applied=\['")
    assert not second.said("another process serves")


async def make_older(file: Path) -> None:
    """Take the newest migration back."""
    url = f"sqlite://{file}"
    newest = versions(url)[-1]
    migration = runpy.run_path(str(tree(url) / "models" / newest))
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(await migration["downgrade"](None))
        connection.execute("DELETE FROM aerich WHERE version = ?", (newest,))
        connection.commit()


SYSTEMD = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ |= {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1"}
os.execv(sys.executable, [sys.executable, "-m", "realtime", "serve"])
"""


def activated(shell: Shell, listening: socket.socket) -> Running:
    """As systemd starts it with a socket unit."""
    number = listening.fileno()
    return Running(
        *(sys.executable, "-c", SYSTEMD, str(number)),
        env={"PATH": os.environ["PATH"], "PYTHONUNBUFFERED": "1", "JWT_SECRET": SECRET},
        cwd=shell.folder,
        pass_fds=(number,),
    )


async def test_systemd_keeps_the_port_from_one_process_to_the_next(shell: Shell) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=4096) as listening:
        port = listening.getsockname()[1]
        running = activated(shell, listening)
        await running.says(f"Server running on port {port}")
        async with people_who_come_all_the_time(port):
            assert await asyncio.to_thread(running.stop) == 0
            running = activated(shell, listening)
            await running.says(READY)

    assert await asyncio.to_thread(running.stop) == 0


async def test_systemd_must_hand_over_a_port(shell: Shell) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        ended = activated(shell, listening)

        assert await ended.ends() == 1
    assert ended.said("write it like ListenStream=3000")


async def test_a_process_that_had_no_descriptor_free_can_still_be_replaced(tmp_path: Path) -> None:
    left = asyncio.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        offer = Offer(tmp_path, listening)
        offer.start(left.set)
        with socket.socket(socket.AF_UNIX) as following:
            following.connect(str(place(tmp_path, listening.getsockname()[1])))
            async with no_descriptor_free():
                pass

            following.send(b"2")
            async with asyncio.timeout(PATIENCE):
                await left.wait()
            await offer.close()

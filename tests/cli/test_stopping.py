"""A stop in time: newcomers go elsewhere at once, what is under way is finished, the code is 0."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from aiohttp import web

from realtime.cli.stopping import Leaving
from realtime.gateway import listening
from realtime.gateway.listening import DEPARTURE, Departure
from realtime.transport import TransportSettings
from tests.cluster import Cluster
from tests.frontend import Frontend
from tests.nodes import Process
from tests.patience import PATIENCE
from tests.scenarios.steps import once, talk


async def is_refused(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except ConnectionError:
        return True
    writer.close()
    return False


async def is_soon_refused(port: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while not await is_refused(port):  # noqa: ASYNC110 - a port tells nobody that it closes
            await asyncio.sleep(0.01)


@pytest.fixture
async def node(cluster: Cluster) -> Process:
    return await cluster.process()


@pytest.fixture
def held(cluster: Cluster, node: Process) -> Iterator[sqlite3.Connection]:
    """Its database, in which nobody else can write until the test rolls back."""
    file = cluster.folder / "realtime.sqlite3"
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        yield connection


async def draft_that_waits(ada: Frontend, held: sqlite3.Connection) -> dict[str, str]:
    """A message to Bob that cannot be stored before the test rolls back."""
    conversation_id = await talk(ada, "bob")
    held.execute("BEGIN IMMEDIATE")
    return {"conversationId": conversation_id, "content": "Lunch?"}


@once
async def test_alone_it_refuses_at_once_and_finishes_what_is_under_way(
    ada: Frontend, bob: Frontend, node: Process, held: sqlite3.Connection
) -> None:
    draft = await draft_that_waits(ada, held)
    sent = asyncio.create_task(ada.ask("message:send", draft))
    await bob.ask("users:get-status", [])  # which asks no database

    node.terminate()
    await is_soon_refused(int(node.variables["REALTIME_PORT"]))
    assert not sent.done()
    held.execute("ROLLBACK")

    assert (await sent)["success"]
    assert await node.running.ends() == 0


@once
async def test_what_never_ends_does_not_hold_it_up(
    ada: Frontend, bob: Frontend, node: Process, held: sqlite3.Connection
) -> None:
    draft = await draft_that_waits(ada, held)
    await ada.emit("message:send", draft)
    await bob.ask("users:get-status", [])  # which asks no database

    node.terminate()

    assert await node.running.ends() == 0
    assert node.running.said("stopped before all was done")


@pytest.fixture(params=[True, False], ids=["alone", "one of many"])
async def leaving(request: pytest.FixtureRequest) -> AsyncIterator[tuple[Leaving, list[bool]]]:
    """A server, and whether its port was closed when it sent its clients away."""
    app, refused = web.Application(), list[bool]()

    async def drain(_: web.Application) -> None:
        refused.append(await is_refused(runner.addresses[0][1] if runner.addresses else port))

    async def hello(_: web.Request) -> web.Response:
        return web.Response(text="hello")

    app.router.add_get("/", hello)
    app.on_shutdown.append(drain)
    app[DEPARTURE] = Departure(at_once=request.param)
    runner = Leaving(app, TransportSettings())
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    yield runner, refused
    await runner.cleanup()


async def test_the_port_closes_first_where_no_other_node_is(
    leaving: tuple[Leaving, list[bool]], request: pytest.FixtureRequest
) -> None:
    runner, refused = leaving
    await runner.cleanup()
    assert refused == [request.node.callspec.params["leaving"]]


@pytest.mark.parametrize("leaving", [True], indirect=True)
async def test_who_has_just_come_in_is_served(
    leaving: tuple[Leaving, list[bool]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening, "FIRST_REQUEST_SECONDS", 10)
    runner, _ = leaving
    port = runner.addresses[0][1]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)

    stopping = asyncio.create_task(runner.cleanup())
    await is_soon_refused(port)
    writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")

    assert (await reader.read()).endswith(b"hello")
    await stopping
    writer.close()


SERVED = """
import atexit, sys
from realtime.__main__ import main

class Memory:
    def __del__(self):
        print("given back", flush=True)

memory = Memory()
atexit.register(print, "done at the end")
sys.argv = ["realtime", "serve", "--port", "0"]
main()
"""


def test_what_is_done_at_the_end_is_done_and_memory_is_left_to_the_system(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SERVED],
        env={"REALTIME_DATA_DIR": str(tmp_path), "PATH": os.environ["PATH"]},
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        lines = [next(process.stdout)]
        while "/healthz" not in lines[-1]:
            lines.append(next(process.stdout))
        process.terminate()
        lines += process.stdout

    assert process.returncode == 0
    assert any(line.rstrip().endswith("stopped") for line in lines)
    assert "done at the end\n" in lines
    assert "given back\n" not in lines

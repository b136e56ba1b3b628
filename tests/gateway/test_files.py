"""A node whose files run out serves whom it has, answers its probes, and refuses who comes."""

from __future__ import annotations

import asyncio
import resource
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable

import aiohttp
import pytest

from tests.cluster import Cluster
from tests.missing import missing
from tests.nodes import Process, environment
from tests.patience import PATIENCE
from tests.scenarios.steps import on_both_databases, once, talk
from tests.servers.running import Running

FEW, CROWD = 256, 400


def limit(node: Process, files: int) -> None:
    """Change what the running node may open."""
    if not hasattr(resource, "prlimit"):
        missing("prlimit", "run this on Linux")
    resource.prlimit(node.running.pid, resource.RLIMIT_NOFILE, (files, 4096))


@pytest.fixture
async def node(cluster: Cluster) -> Process:
    node = await cluster.process()
    limit(node, FEW)
    return node


@pytest.fixture
async def many() -> AsyncIterator[aiohttp.ClientSession]:
    """Opens a connection for whatever it asks."""
    connector = aiohttp.TCPConnector(limit=0, force_close=True)
    async with aiohttp.ClientSession(connector=connector) as session:
        yield session


Come = Callable[[], Awaitable[int]]


@pytest.fixture
def comes(many: aiohttp.ClientSession, node: Process) -> Come:
    """Opens a session that stays; the status of the answer."""
    stay = []

    async def come() -> int:
        try:
            stay.append(await many.ws_connect(f"{node.url}/socket.io/?EIO=4&transport=websocket"))
        except aiohttp.WSServerHandshakeError as refused:
            return refused.status
        except aiohttp.ServerDisconnectedError:  # on a busy machine it asked too late
            return 503
        return 101

    return come


async def fill(comes: Come) -> None:
    """Come and stay until one is refused."""
    while (answer := await comes()) != 503:
        assert answer == 101


async def status(many: aiohttp.ClientSession, node: Process, path: str) -> int:
    async with many.get(f"{node.url}{path}") as response:
        return response.status


@on_both_databases
async def test_a_crowd_costs_those_who_are_there_nothing(
    cluster: Cluster, node: Process, many: aiohttp.ClientSession, comes: Come
) -> None:
    ada = await cluster.frontend(node, "ada")
    carol = await cluster.frontend(node, "carol", transports="polling")
    conversation_id = await talk(ada, "carol")

    came = Counter(await asyncio.gather(*(comes() for _ in range(CROWD))))
    assert came.keys() == {101, 503}
    assert came[503] > CROWD - FEW

    draft = {"conversationId": conversation_id, "content": "Lunch?"}
    sent = [who.ask("message:send", draft) for who in (ada, carol) for _ in range(10)]
    assert all(ack["success"] for ack in await asyncio.gather(*sent))
    assert (await ada.post("/api/messages", draft)).status == 201
    assert await status(many, node, "/readyz") == 200
    assert await status(many, node, "/healthz") == 200
    async with many.get(f"{node.url}/metrics") as metrics:
        assert 'realtime_handshakes_refused_total{reason="files"}' in await metrics.text()
    assert len(node.running.said("open files run out.* now 256,")) == 1


@once
async def test_with_a_higher_limit_there_is_room_at_once(node: Process, comes: Come) -> None:
    await fill(comes)
    limit(node, 2 * FEW)
    assert await comes() == 101


@once
async def test_an_answer_that_may_not_stay_says_so(
    node: Process, many: aiohttp.ClientSession, comes: Come
) -> None:
    await fill(comes)
    async with many.get(f"{node.url}/healthz", headers={"Connection": "keep-alive"}) as response:
        assert response.headers["Connection"] == "close"


@once
async def test_who_says_nothing_makes_room_for_who_asks(
    node: Process, many: aiohttp.ClientSession
) -> None:
    host, port = node.url.removeprefix("http://").split(":")
    silent = [await asyncio.open_connection(host, int(port)) for _ in range(CROWD)]

    async with asyncio.timeout(PATIENCE):
        while await status(many, node, "/readyz") != 200:  # noqa: ASYNC110 - as a probe asks
            await asyncio.sleep(0.1)

    for _, writer in silent:
        writer.close()


@once
async def test_a_limit_far_below_the_setting_is_told_at_the_start(cluster: Cluster) -> None:
    running = Running(
        *("sh", "-c", f'ulimit -n {FEW}; exec "$0" -m realtime serve', sys.executable),
        env=environment(cluster.folder, None, {"production": True, "logs__format": "console"}),
    )
    await running.says("far below transport.connections.*connections=100000.* limit=256")

    assert await asyncio.to_thread(running.stop) == 0

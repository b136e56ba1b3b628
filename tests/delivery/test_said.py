"""What a node says is kept once a second: all of it, also after the database was away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from realtime.delivery import said
from realtime.delivery.said import SaidLog
from realtime.domain import sayings
from realtime.models import Said
from realtime.transport import RecoverySettings, Server
from tests.domain.world import World
from tests.hub import Hub

pytestmark = pytest.mark.usefixtures("world")


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(said, "EVERY", 0.01)


@asynccontextmanager
async def running(**options: Any) -> AsyncIterator[tuple[Server, SaidLog]]:
    server = Server(recovery=RecoverySettings(), **options)
    log = SaidLog(server, lambda: datetime.now(UTC))
    await server.start()
    await log.start()
    try:
        yield server, log
    finally:
        await log.stop()
        await server.close()


async def heard_now(server: Server) -> Any:
    assert server.stands is not None
    return await sayings.heard(*server.stands)


async def rows(count: int) -> None:
    """Until there are so many."""
    while await Said.all().count() < count:  # noqa: ASYNC110 - the database tells nobody
        await asyncio.sleep(0.01)


async def test_what_was_said_is_known_when_it_stops(world: World) -> None:
    async with running() as (server, _):
        for number in range(1, 4):
            server.publish([], order=("room", number))
        server.publish([], order=("user:ada", 7))
        stands = server.stands

    assert stands is not None
    found = await sayings.heard(*stands)
    assert found is not None
    assert (found.last, found.until) == ({"room": 3, "user:ada": 7}, None)


async def test_while_the_database_is_away_it_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    keep, away = sayings.keep, True

    async def sometimes(*given: Any) -> None:
        if away:
            raise OSError("away")
        await keep(*given)

    async with running() as (server, _):
        monkeypatch.setattr(sayings, "keep", sometimes)
        server.publish([], order=("room", 1))
        await asyncio.sleep(0.05)
        server.publish([], order=("room", 2))
        away = False
        await rows(2)

        assert (await heard_now(server)).last == {"room": 2}


async def test_too_much_that_waits_is_let_go_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    async with running() as (server, _):
        server.publish([], order=("room", 1))
        await rows(2)
        monkeypatch.setattr(said, "MOST_WAITING", 2)
        for number in range(2, 6):
            server.publish([], order=("room", number))
        await asyncio.sleep(0.05)
        monkeypatch.setattr(said, "MOST_WAITING", 100)
        server.publish([], order=("room", 6))
        await rows(3)

        assert await heard_now(server) is None  # there is a hole


async def test_what_is_said_since_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    async with running() as (server, log):
        before = log.count
        server.publish([], order=("room", 1))
        server.publish([])
        server.publish([], order=("room", 2))

        assert log.since(before) == {("room", 1), ("room", 2)}
        assert log.since(log.count) == set()
        monkeypatch.setattr(log, "count", log.count + said.RECENT)
        assert log.since(before) is None


async def test_nodes_keep_whole_seconds_once(monkeypatch: pytest.MonkeyPatch) -> None:
    hub = Hub()
    async with running(backplane=hub.node()) as (one, _), running(backplane=hub.node()) as (two, _):
        second = hub.place[0] // 1000 + 1
        for n in range(1, 4):
            for node, key in ((one, "room"), (two, "other")):
                hub.place = ((second + n) * 1000 + 500, n, 0)
                node.publish([], order=(key, n))
            await asyncio.sleep(0.05)
        await rows(2)

        kept = await Said.all().order_by("number")
        assert len(kept) == len({row.number for row in kept})
        assert all(row.number % 1000 == 999 for row in kept)
        assert kept[-1].number == (second + 3) * 1000 - 1  # the last second is not over

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
from realtime.domain import marks, sayings
from realtime.domain.recollection import Recollection
from realtime.models import Said
from realtime.transport import RecoverySettings, Server
from tests.domain.world import World
from tests.hub import Hub
from tests.patience import PATIENCE
from tests.statements import heard
from tests.transport.clients import until

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
    return await Recollection().heard(*server.stands)


async def rows(count: int) -> None:
    """Until there are so many."""
    async with asyncio.timeout(PATIENCE):
        while await Said.all().count() < count:  # noqa: ASYNC110 - the database tells nobody
            await asyncio.sleep(0.01)


async def kept(second: int, *logs: SaidLog) -> None:
    """Until each has kept all that was said before this second."""
    await until(lambda: all(log._upto[0] >= second * 1000 - 1 for log in logs))


async def test_what_was_said_is_known_when_it_stops(world: World) -> None:
    async with running() as (server, _):
        for number in range(1, 4):
            server.publish([], order=("room", number))
        server.publish([], order=("user:ada", 7))
        stands = server.stands

    assert stands is not None
    found = await Recollection().heard(*stands)
    assert found is not None
    assert [found.last(key) for key in ("room", "user:ada", "other")] == [3, 7, 0]
    assert found.until is None


async def test_those_who_are_back_at_once_share_what_is_read(world: World) -> None:
    past = Recollection()
    async with running() as (server, _):
        server.publish([], order=("room", 1))
        stands = server.stands
    assert stands is not None

    with heard() as statements:
        found = await asyncio.gather(*(past.heard(*stands) for _ in range(200)))
        await asyncio.gather(*(past.now() for _ in range(200)))

    assert [each and each.last("room") for each in found] == [1] * 200
    assert len(statements) <= 6


async def test_while_the_database_is_away_it_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    keep, away, tried = sayings.keep, True, 0

    async def sometimes(*given: Any) -> None:
        nonlocal tried
        tried += 1
        if away:
            raise OSError("away")
        await keep(*given)

    async with running() as (server, _):
        monkeypatch.setattr(sayings, "keep", sometimes)
        server.publish([], order=("room", 1))
        before = tried
        await until(lambda: tried > before)
        server.publish([], order=("room", 2))
        away = False
        await rows(2)

        assert (await heard_now(server)).last("room") == 2


async def test_too_much_that_waits_is_let_go_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    async with running() as (server, log):
        server.publish([], order=("room", 1))
        await rows(2)
        monkeypatch.setattr(said, "MOST_WAITING", 2)
        for number in range(2, 6):
            server.publish([], order=("room", number))
        await until(lambda: not log._said)
        monkeypatch.setattr(said, "MOST_WAITING", 100)
        server.publish([], order=("room", 6))
        await rows(3)

        assert await heard_now(server) is None  # there is a hole


async def test_more_than_an_offset_can_say_is_kept_sooner(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(said, "EVERY", 3_600)
    monkeypatch.setattr(said, "SOONEST", 0.01)
    async with running() as (server, log):
        for number in range(marks.MOST + 1):
            server.publish([], order=(f"room {number}", 1))
        assert not await Said.filter(number__gt=0)
        assert log._mark(None) == ""  # as for what a page is told now
        await rows(2)

        assert len((await heard_now(server)).said) == marks.MOST + 1
        await until(lambda: log._mark(None))


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


async def test_nodes_keep_whole_seconds_once_and_none_hides_another(world: World) -> None:
    hub = Hub()
    second = hub.place[0] // 1000 + 1
    async with running(backplane=hub.node()) as (one, first):
        logs = [first]
        for n in range(1, 7):
            hub.place = (second + n) * 1000 + 500, n, 0
            one.publish([], order=("room", n))
            await kept(second + n, *logs)
            if n == 3:  # another node begins in the middle
                late = running(backplane=hub.node())
                logs.append((await late.__aenter__())[1])
        await late.__aexit__(None, None, None)

        found = await Said.all().order_by("number")
        shared = [row.number for row in found if row.number % 1000 == 999]
        assert shared == sorted(set(shared))
        assert len(shared) >= 3
        assert sayings._up_to(found, (second * 1000 + 5_900, 0, 0)), "there is a hole"


async def test_the_last_of_a_second_is_kept_where_it_ends(world: World) -> None:
    """Nodes keep whole seconds; but one stops, and another hears that Redis was wiped."""
    hub = Hub()
    hub.place = (hub.place[0] // 1000 * 1000 + 100, 0, 0)
    stopping, staying = hub.node(), hub.node()
    async with running(backplane=staying) as (server, _):
        async with running(backplane=stopping) as (other, _):
            other.publish([], order=("room", 1))
            stops_at = hub.place
            assert (await Recollection().heard("hub", stops_at)) is None
        await born("hub")
        found = await Recollection().heard("hub", stops_at)
        assert found is not None
        assert (found.last("room"), found.until) == (1, None)

        server.publish([], order=("room", 2))
        ends_at = hub.place
        staying.epoch = "anew"
        server.publish([], order=("room", 3))
        await rows(1 + await Said.all().count())
        found = await Recollection().heard("hub", ends_at)
        assert found is not None
        assert (found.last("room"), found.until) == (2, None)


async def born(epoch: str) -> None:
    """As if there had been a minute before it in which nothing was said."""
    first = await Said.filter(epoch=epoch).order_by("id").first()
    assert first is not None
    await Said.create(
        epoch=epoch, number=0, since="0-0-0", upto=first.since, moment="0", at=datetime.now(UTC)
    )


async def test_what_others_may_have_said_at_another_time_stands_in_a_row_of_its_own(
    world: World,
) -> None:
    hub = Hub()
    async with running(backplane=hub.node()) as (server, log):
        hub.place = ((hub.place[0] // 1000 + 1) * 1000, 0, 0)
        server.publish([], order=("room", 1))
        server.publish([], order=("room", 3))
        at = hub.place
        await until(lambda: log.count == 2)  # the second never comes
        for n in (1, 2):
            hub.place = (at[0] + n * 1000, 0, 0)
            server.publish([])
            await kept(hub.place[0] // 1000, log)
        await rows(2)

        found = await Said.all().order_by("number")
        (own,) = (r for r in found if any(each.doubt for each in sayings._unpacked(r)))
        assert own.number % 1000 != 999
        assert found[-1].number % 1000 == 999
        await born("hub")
        found = await Recollection().heard("hub", at)
        assert found is not None
        assert [found.is_doubtful(("room", number)) for number in (2, 3, 4)] == [False, True, False]


async def test_what_was_waited_for_beyond_its_second_is_kept_where_no_other_row_hides_it(
    world: World,
) -> None:
    """Where a conversation is new to a node, it is asked where that begins; others say it at once,
    and may have kept the next second already, without it."""
    hub = Hub()
    answered = asyncio.Event()

    async def begins(_key: str, number: int) -> int:
        await answered.wait()
        return number

    async with running(backplane=hub.node()) as (server, log):
        server.begin_with(begins)
        second = hub.place[0] // 1000 + 1
        hub.place = (second * 1000 + 989, 0, 0)
        server.publish([], order=("room", 2))
        for ms in ((second + 1) * 1000, (second + 2) * 1000):
            hub.place = (ms, 0, 0)
            server.publish([])
            await kept(ms // 1000, log)
            answered.set()
            await until(lambda: log.count)

        (row,) = [each for each in await Said.all() if sayings._unpacked(each)]
        assert row.upto == f"{(second + 2) * 1000 - 1}-{said.LAST}-0"
        assert row.number % 1000 != 999, "another node may have kept the same second"

"""Two processes on one database that do not hear one another are told so, and only they."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from realtime.stores.neighbours import Neighbours, count, watch
from tests.patience import PATIENCE
from tests.stores.wire import Wire


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    sqlite = f"sqlite://{tmp_path}/a.db"
    return sqlite if request.param == "sqlite" else request.getfixturevalue("postgres_url")


class Clock:
    """A clock that the test moves."""

    now = 1_000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(watch, "time", made)
    return made


async def until(neighbours: Neighbours, others: int | None) -> None:
    async with asyncio.timeout(PATIENCE):
        while neighbours.others != others:
            await neighbours._look()


def warnings(logged: list[Any]) -> list[int]:
    return [line["others"] for line in logged if line["log_level"] == "warning"]


async def test_the_second_is_told_and_both_know(url: str) -> None:
    first, second = Neighbours(url), Neighbours(url)
    with capture_logs() as logged:
        await first.start()
        assert (first.others, await count(url)) == (0, 1)
        assert warnings(logged) == []

        await second.start()
        assert second.others == 1
        assert warnings(logged) == [1]
        await until(first, 1)
        assert await count(url) == 2

        await second.close()
        await until(first, 0)
        assert await count(url) == 1

    await first.close()
    assert await count(url) == 0
    assert warnings(logged) == [1]


async def test_who_replaces_another_is_told_only_if_that_one_stays(url: str, clock: Clock) -> None:
    old, new, third = Neighbours(url), Neighbours(url, replacing=True), Neighbours(url)
    with capture_logs() as logged:
        await old.start()
        await new.start()
        await until(new, 1)
        assert warnings(logged) == []

        await old.close()
        await until(new, 0)
        clock.now += watch.HANDOVER
        await new._look()
        assert warnings(logged) == []
        await new.close()

        await third.start()
        stays = Neighbours(url, replacing=True)
        await stays.start()
        clock.now += watch.HANDOVER - 0.1
        await stays._look()
        assert warnings(logged) == []
        clock.now += 0.1
        await stays._look()
        assert warnings(logged) == [1]
    for each in (third, stays):
        await each.close()


async def test_a_mark_that_was_lost_with_its_connection_is_left_again(postgres_url: str) -> None:
    async with Wire(postgres_url) as wire:
        first = Neighbours(wire.url)
        await first.start()
        wire.break_all()
        await until(first, None)
        await until(first, 0)
        assert await count(postgres_url) == 1
        await first.close()


async def test_a_memory_is_nobody_elses() -> None:
    first, second = Neighbours("sqlite://:memory:"), Neighbours("sqlite://:memory:")
    await first.start()
    await second.start()
    assert second.others == 0
    for each in (first, second):
        await each.close()

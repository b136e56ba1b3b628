"""What is known of pages that may come back, on both databases."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from realtime.models import KnownSession
from realtime.stores import known_sessions
from realtime.stores.database import Database
from realtime.stores.known_sessions import Before, KnownSessions
from tests.statements import heard


@pytest.fixture
def clock() -> list[datetime]:
    return [datetime(2026, 1, 5, 12, tzinfo=UTC)]


@pytest.fixture
def shelf(database: Database, clock: list[datetime]) -> KnownSessions:
    return KnownSessions(lambda: clock[0])


async def test_what_was_kept_last_is_what_is_found(shelf: KnownSessions) -> None:
    await shelf.save({"a": b"1", "b": b"2"}, (), 60)
    await shelf.save({"a": b"\x00\xff"}, ["b"], 60)

    assert await shelf.load("a") == b"\x00\xff"
    assert await shelf.load("b") is None
    assert await shelf.load("c") is None


async def test_thousands_are_kept_at_once(shelf: KnownSessions) -> None:
    await shelf.save({str(number): b"x" for number in range(3_000)}, (), 60)

    assert await shelf.load("2999") == b"x"


async def test_what_is_too_old_is_not_found_and_then_not_there(
    shelf: KnownSessions, clock: list[datetime]
) -> None:
    await shelf.save({"a": b"1"}, (), 60)
    await shelf.save({"b": b"1"}, (), 120)
    clock[0] += timedelta(seconds=61)

    assert await shelf.load("a") is None
    assert await shelf.load("b") == b"1"
    assert await known_sessions.forget(clock[0], 10) == 1
    assert await known_sessions.forget(clock[0], 10) == 0


async def test_who_comes_at_once_is_looked_for_at_once(shelf: KnownSessions) -> None:
    await shelf.save({str(number): str(number).encode() for number in range(0, 100, 2)}, (), 60)

    with heard() as statements:
        found = await asyncio.gather(*(shelf.load(str(number // 2)) for number in range(200)))

    each = [str(number).encode() if number % 2 == 0 else None for number in range(100)]
    assert found == [each[number // 2] for number in range(200)]
    assert len(statements) <= 2


async def test_what_kept_one_look_from_its_answer_does_not_keep_the_next(
    shelf: KnownSessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    await shelf.save({"a": b"1"}, (), 60)

    def away(**_: object) -> None:
        raise OSError("away")

    with monkeypatch.context() as patched:
        patched.setattr(KnownSession, "filter", away)
        faults = await asyncio.gather(*(shelf.load("a") for _ in range(3)), return_exceptions=True)

    assert [str(each) for each in faults] == ["away"] * 3
    assert await shelf.load("a") == b"1"


async def test_who_is_looked_for_waits_until_the_process_before_has_kept_her(
    database: Database,
) -> None:
    ended = asyncio.Event()

    async def ends() -> None:
        await ended.wait()

    before = KnownSessions(lambda: datetime.now(UTC))
    shelf = KnownSessions(lambda: datetime.now(UTC), ends)
    looks = [asyncio.ensure_future(shelf.load("a")) for _ in range(3)]
    await asyncio.sleep(0)
    await before.save({"a": b"last"}, (), 60)
    ended.set()

    assert await asyncio.gather(*looks, shelf.load("a")) == [b"last"] * 4


async def never() -> None:
    await asyncio.Event().wait()


async def too_late() -> None:
    raise TimeoutError


@pytest.mark.parametrize("ends", [never, too_late])
async def test_she_does_not_wait_for_ever(
    shelf: KnownSessions,
    clock: list[datetime],
    monkeypatch: pytest.MonkeyPatch,
    ends: Before,
) -> None:
    monkeypatch.setattr(known_sessions, "ENDS", 0.05)
    await shelf.save({"a": b"1"}, (), 60)

    assert await KnownSessions(lambda: clock[0], ends).load("a") == b"1"

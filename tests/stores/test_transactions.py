"""No cancelled task leaves a transaction open, a lock taken or a connection lost."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Coroutine
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tortoise.exceptions import IntegrityError
from tortoise.transactions import in_transaction

from realtime.models import User
from realtime.stores.database import Database
from tests.patience import PATIENCE
from tests.stores.chat import Steps

Work = Callable[[str], Coroutine[Any, Any, None]]


async def in_a_transaction(name: str) -> None:
    async with in_transaction():
        await User.create(id=f"{name}-1")
        async with in_transaction():
            await User.create(id=f"{name}-2")


async def in_bulk(name: str) -> None:
    await User.bulk_create([User(id=f"{name}-1"), User(id=f"{name}-2")])


@pytest.mark.parametrize("work", [in_a_transaction, in_bulk])
async def test_a_task_cancelled_in_any_await_leaves_all_or_nothing(
    database: Database, work: Work
) -> None:
    for nth in range(1, 100):
        steps = Steps(nth)
        await steps.run(work(f"try{nth}"))

        # What is written next is neither kept waiting nor swept away with the cancelled one.
        async with asyncio.timeout(PATIENCE):
            await User.create(id=f"after{nth}")
            assert await User.filter(id__startswith=f"try{nth}-").count() in (0, 2)
        if steps.finished:
            break
    assert nth > 2
    assert await User.filter(id__startswith="after").count() == nth
    assert await asyncio.to_thread(_seen_from_outside, database) in (nth, None)


def _seen_from_outside(database: Database) -> int | None:
    """How many of the later rows another connection sees; None where that needs no asking."""
    if database.dialect != "sqlite":
        return None
    with closing(sqlite3.connect(database.client.filename)) as other:
        query = "SELECT count(*) FROM users WHERE id LIKE 'after%'"
        return int(other.execute(query).fetchone()[0])


async def test_a_transaction_that_fails_leaves_nothing(database: Database) -> None:
    async def ada_twice() -> None:
        async with in_transaction():
            await User.create(id="ada")
            await User.create(id="ada")

    with pytest.raises(IntegrityError):
        await ada_twice()

    assert await User.all().count() == 0


@pytest.mark.parametrize("kind", ["sqlite"])
async def test_a_transaction_that_begins_by_reading_waits_for_another_process(
    database: Database, tmp_path: Path
) -> None:
    other = sqlite3.connect(tmp_path / "store.db", isolation_level=None, check_same_thread=False)
    with closing(other):
        other.execute("BEGIN IMMEDIATE")
        other.execute("INSERT INTO users (id, created_at) VALUES ('bob', '2026-01-01')")

        async def read_then_write() -> None:
            async with in_transaction():
                seen = await User.all().count()
                await User.create(id="ada", name=str(seen))

        waiting = asyncio.ensure_future(read_then_write())
        done, _ = await asyncio.wait([waiting], timeout=0.2)
        assert not done
        other.execute("COMMIT")
        await waiting

    assert (await User.get(id="ada")).name == "1"


async def test_a_task_that_was_started_before_sees_no_others_transaction(
    database: Database,
) -> None:
    inside, outside = asyncio.Event(), asyncio.Event()

    async def count() -> int:
        await inside.wait()
        outside.set()
        return await User.all().count()

    counting = asyncio.ensure_future(count())
    async with in_transaction():
        await User.create(id="ada")
        inside.set()
        await outside.wait()

    assert await counting in (0, 1)
    assert await User.all().count() == 1

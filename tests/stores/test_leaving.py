"""An export reads on from where a page ended, and never again what came before it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import asyncpg
import orjson
import pytest

from realtime.domain import receipts
from realtime.domain.conversations import direct_with
from realtime.domain.ids import FIRST
from realtime.models import User
from realtime.models.raw import rows
from realtime.stores.archive import leaving
from realtime.stores.archive.leaving import MEMBERS, MESSAGES, PAGE
from realtime.stores.database import Database
from realtime.stores.urls import connection_options, is_sqlite, sqlite_path
from tests.domain.world import World
from tests.stores.archives import taken

MANY = """
    INSERT INTO users (id, created_at) VALUES ('ada', now());
    INSERT INTO conversations (id, last_seq, version, created_at, updated_at)
    SELECT md5('c' || n)::uuid, 20, 1, now(), now() FROM generate_series(1, 2000) n;
    INSERT INTO messages (id, conversation_id, seq, sender_id, kind, content, created_at,
        updated_at)
    SELECT md5('m' || n)::uuid, md5('c' || (n / 20 + 1))::uuid, n % 20 + 1, 'ada', 'text', 'Hi',
        now(), now() FROM generate_series(0, 39999) n;
"""


@pytest.mark.parametrize("kind", ["sqlite"])
async def test_sqlite_goes_on_in_the_index_that_numbers_messages(database: Database) -> None:
    plan = await rows(f"EXPLAIN QUERY PLAN {MESSAGES}", str(FIRST), 7, PAGE)

    (step,) = [each["detail"] for each in plan]
    assert step.startswith("SEARCH messages USING INDEX")
    assert "(conversation_id" in step


@pytest.mark.parametrize("kind", ["postgres"])
async def test_postgres_reads_one_page_of_messages_and_no_more(database: Database) -> None:
    async with database.client.acquire_connection() as connection:
        await connection.execute(MANY)
        await connection.execute("ANALYZE")

    middle = "7fffffff-0000-0000-0000-000000000000"
    query = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {MESSAGES}"
    (row,) = await rows(query, middle, 7, PAGE)

    (explained,) = orjson.loads(row["QUERY PLAN"])
    assert explained["Plan"]["Actual Rows"] == PAGE
    assert explained["Plan"]["Shared Hit Blocks"] < 2 * PAGE, row["QUERY PLAN"]
    assert "Seq Scan" not in row["QUERY PLAN"]


async def elsewhere(url: str, *statements: str) -> None:
    """Another process changes the database."""
    if is_sqlite(url):
        with closing(sqlite3.connect(sqlite_path(url))) as connection, connection:
            connection.executescript(";".join(("PRAGMA foreign_keys = ON", *statements)))
        return
    connection = await asyncpg.connect(**connection_options(url))
    await connection.execute(";".join(statements))
    await connection.close()


@pytest.mark.parametrize("before", [MEMBERS, MESSAGES])
async def test_what_is_deleted_meanwhile_is_in_all_of_the_files_or_in_none(
    world: World, empty_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: str
) -> None:
    pair = await direct_with(world.actor("ada"), "bob")
    for number in range(3):
        await world.say("ada", pair, f"No. {number}")
    await receipts.mark_read(world.actor("bob"), pair)
    undisturbed, reached = await taken(world.database, tmp_path / "undisturbed"), False

    async def slowly(sql: str, *values: Any) -> list[dict[str, Any]]:
        nonlocal reached
        if sql == before and not reached:
            reached = True
            await elsewhere(empty_url, "DELETE FROM conversations", "DELETE FROM users")
        return await rows(sql, *values)

    monkeypatch.setattr(leaving, "rows", slowly)
    left = await taken(world.database, tmp_path / "left")

    assert reached
    assert all(left.values())
    assert left == undisturbed
    assert not await User.exists()

"""An export reads on from where a page ended, and never again what came before it."""

from __future__ import annotations

import orjson
import pytest

from realtime.domain.ids import FIRST
from realtime.models.raw import rows
from realtime.stores.archive.leaving import MESSAGES, PAGE
from realtime.stores.database import Database

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

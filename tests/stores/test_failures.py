"""What failed is found in an index of its own, however much went well."""

from __future__ import annotations

from datetime import timedelta

import orjson
import pytest

from realtime.domain import backlog, decisions
from realtime.domain.ids import new_id
from realtime.domain.outbox import PUSH, WEBHOOK, WEBHOOK_DEAD
from realtime.domain.waking import Verdict
from realtime.models import Decision, Outbox
from realtime.models.outbox import FAILED, UNTAKEN
from realtime.models.raw import LAST, NEWEST, rows
from realtime.stores.database import Database
from tests.stores.chat import now

INDEXES = [
    ("push_decisions", FAILED, "idx_push_decisions_failed"),
    ("outbox", UNTAKEN, "idx_outbox_untaken"),
]

MANY = """
    INSERT INTO push_decisions (id, user_id, notification_id, verdict, at)
    SELECT md5('d' || n)::uuid, 'u', md5('n' || n)::uuid,
        CASE WHEN n % 1000 = 0 THEN 'refused' ELSE 'sent' END, now()
    FROM generate_series(1, 40000) n;
    INSERT INTO outbox (id, kind, target, attempts, due_at, expires_at, created_at)
    SELECT md5('w' || n)::uuid, 'webhook', 'crm', CASE WHEN n % 1000 = 0 THEN 1 ELSE 0 END,
        now(), now() + interval '1 day', now() FROM generate_series(1, 40000) n;
"""


async def test_the_newest_failures_are_told_page_by_page_and_nothing_else(
    database: Database,
) -> None:
    for verdict in Verdict:
        await Decision.create(
            id=new_id(), user_id="u", notification_id=new_id(), verdict=verdict, at=now()
        )

    first = await decisions.failures(None, 3)
    rest = await decisions.failures(first[-1].id, 3)

    assert [row.verdict for row in (*first, *rest)] == ["given_up", "refused", "wrong_key", "again"]


async def test_webhooks_that_were_not_taken_are_told_newest_first(database: Database) -> None:
    at = now()
    for kind, attempts in ((WEBHOOK, 1), (WEBHOOK, 0), (PUSH, 3), (WEBHOOK_DEAD, 5)):
        await Outbox.create(
            id=new_id(), kind=kind, target="crm", attempts=attempts, due_at=at, created_at=at,
            expires_at=at + timedelta(days=1),
        )  # fmt: skip

    first = await backlog.failures(None, 1)
    rest = await backlog.failures(first[-1].id, 9)

    assert [(row.kind, row.attempts) for row in (*first, *rest)] == [
        (WEBHOOK_DEAD, 5),
        (WEBHOOK, 1),
    ]


@pytest.mark.parametrize("kind", ["sqlite"])
@pytest.mark.parametrize(("table", "condition", "index"), INDEXES)
async def test_sqlite_looks_into_the_index_alone(
    database: Database, table: str, condition: str, index: str
) -> None:
    query = NEWEST.format(table=table, condition=condition, index=index)

    (plan,) = await rows(f"EXPLAIN QUERY PLAN {query}", str(LAST), 50)

    assert plan["detail"].endswith(f"INDEX {index} (id<?)")


@pytest.mark.parametrize("kind", ["postgres"])
@pytest.mark.parametrize(("table", "condition", "index"), INDEXES)
@pytest.mark.parametrize("analyzed", [False, True])
async def test_postgres_reads_few_pages_with_and_without_statistics(
    database: Database, table: str, condition: str, index: str, analyzed: bool
) -> None:
    query = NEWEST.format(table=table, condition=condition, index=index)
    async with database.client.acquire_connection() as connection:
        await connection.execute(MANY)
        await connection.execute("ANALYZE" if analyzed else "SELECT 1")

    (row,) = await rows(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {query}", str(LAST), 30)

    told = row["QUERY PLAN"]
    (explained,) = orjson.loads(told)
    assert explained["Plan"]["Actual Rows"] == 30
    assert explained["Plan"]["Shared Hit Blocks"] < 200, told

"""Asking for what is new looks into indexes, also for who takes part in thousands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from realtime.domain import missed, moments
from realtime.domain.missed import QUERIES, Span
from realtime.models.raw import rows
from tests.domain.world import World

CONVERSATIONS, MESSAGES, CHANGES, NEW = 2_000, 98, 10, 3

CROWD = """
    INSERT INTO users (id, created_at) VALUES ('ada', now()), ('bob', now());
    INSERT INTO conversations (id, last_seq, last_change, version, created_at, updated_at)
        SELECT md5('c' || n)::uuid, {messages}, {last}, 1, now(), now()
        FROM generate_series(1, {count}) n;
    INSERT INTO participants (id, conversation_id, user_id, read_seq, joined_at)
        SELECT md5(who || c.id)::uuid, c.id, who, 0, now()
        FROM conversations c, unnest(array['ada', 'bob']) who;
    INSERT INTO messages (id, conversation_id, seq, change, position, committed_in, sender_id, kind,
        content, created_at, updated_at)
        SELECT md5(c.id::text || s)::uuid, c.id, s, s, nextval('positions_id_seq'), 0, 'bob',
            'text', 'Hi', now(), now() FROM conversations c, generate_series(1, {messages}) s;
    INSERT INTO journal (id, conversation_id, change, position, committed_in, kind, at)
        SELECT md5('j' || c.id || s)::uuid, c.id, {messages} + s, nextval('positions_id_seq'), 0,
            'read', now() FROM conversations c, generate_series(1, {changes}) s;
"""


async def filled(world: World) -> None:
    """Two people who share thousands of conversations."""
    last = MESSAGES + CHANGES
    given = {"count": CONVERSATIONS, "messages": MESSAGES, "changes": CHANGES, "last": last}
    async with world.database.client.acquire_connection() as connection:
        await connection.execute(CROWD.format(**given), timeout=60)


async def some_news(world: World) -> str:
    """Something new in three of them; gives the moment before that."""
    before = await moments.now()
    for row in await rows("SELECT conversation_id FROM participants LIMIT ?", NEW):
        await world.say("bob", row["conversation_id"], "News")
    return before


@pytest.mark.parametrize("kind", ["postgres"])
async def test_postgres_looks_at_the_newest_of_each_conversation(world: World) -> None:
    await filled(world)
    before = await some_news(world)
    values = ("ada", before, await moments.now(), 0, 501)
    query = re.sub(r"\?(\d)", r"$\1", QUERIES[True])

    async with world.database.client.acquire_connection() as connection:
        await connection.execute("SET plan_cache_mode = force_generic_plan")
        for first in ("SELECT 1", "VACUUM ANALYZE"):  # a new database has no statistics
            await connection.execute(first)
            (told,) = await connection.fetchrow(f"EXPLAIN (ANALYZE, FORMAT JSON) {query}", *values)
            nodes = list(_nodes(orjson.loads(told)[0]["Plan"]))
            read = [each for each in nodes if each.get("Relation Name") in {"messages", "journal"}]

            assert "Seq Scan" not in {each["Node Type"] for each in read}
            # The newest of each, and one more where there is something new.
            assert sum(each.get("Rows Removed by Filter", 0) for each in read) <= NEW
            assert sum(each["Actual Loops"] for each in read) <= 4 * CONVERSATIONS + 4
    assert len(await missed.entries("ada", Span(before, values[2]), 501)) == NEW


@pytest.mark.parametrize("kind", ["sqlite"])
async def test_sqlite_looks_into_indexes(world: World) -> None:
    plan = await rows(f"EXPLAIN QUERY PLAN {QUERIES[False]}", "ada", 0, 9, 0, 501)

    steps = [row["detail"] for row in plan]
    assert [step for step in steps if re.match(r"SCAN (messages|journal|its|m)\b", step)] == []
    assert sum("its USING INDEX" in step and "change>?" in step for step in steps) == 3, steps


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from _nodes(part)

"""Whose turn it is: an endpoint's webhooks, of which each waits for the one before it in its order.

What an endpoint has not taken within a day is dead: it is kept for a month, for somebody to look at
and to send again.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tortoise.transactions import in_transaction

from realtime.domain.outbox import LEASE, LIFE, WEBHOOK, WEBHOOK_DEAD, finish, held, hold
from realtime.models import Outbox
from realtime.models.raw import rows, uuid_of

KEPT = timedelta(days=30)
"""How long a dead one is kept."""

BEGINNING = ""
"""Comes before every order."""

# Looks up the next order, and the first of it, in an index: what waits behind costs nothing,
# however much it is. Scalar subqueries, since joins let a planner without statistics read it all.
FIRST = f"""
    WITH RECURSIVE orders(key) AS (
        SELECT (
            SELECT order_key FROM outbox
            WHERE kind = '{WEBHOOK}' AND target = ?1 AND order_key > ?2
            ORDER BY order_key LIMIT 1
        )
        UNION ALL
        SELECT (
            SELECT order_key FROM outbox
            WHERE kind = '{WEBHOOK}' AND target = ?1 AND order_key > orders.key
            ORDER BY order_key LIMIT 1
        ) FROM orders WHERE orders.key IS NOT NULL
    )
    SELECT key, id FROM (
        SELECT key, (
            SELECT CASE WHEN due_at <= ?3 THEN id END FROM outbox
            WHERE kind = '{WEBHOOK}' AND target = ?1 AND order_key = orders.key
            ORDER BY order_no LIMIT 1
        ) AS id FROM orders
    ) firsts WHERE id IS NOT NULL LIMIT ?4
"""  # noqa: S608 - no value is part of it
"""The first of each order that is due, by the orders' keys."""

LOCK = "SELECT id FROM outbox WHERE id IN uuids(?) AND due_at <= ? FOR UPDATE SKIP LOCKED"

BEHIND = f"""
    SELECT id, holder, due_at <= ?3 AS due FROM outbox
    WHERE kind = '{WEBHOOK}' AND target = ?1 AND order_key = ?2 ORDER BY order_no LIMIT 1
"""  # noqa: S608 - no value is part of it


async def take(
    endpoint: str, holder: str, most: int, now: datetime, after: str = BEGINNING
) -> list[Outbox]:
    """Take the first of at most so many orders, of those that are due, by the orders' keys,
    beginning ``after`` one; nobody else has them until the lease is over.

    A conversation's changes are committed in their order, so that nothing comes before the first.
    """
    first = await rows(FIRST, endpoint, after, now, most)
    if not first:
        return []  # SQLite has one writer, whom nobody should disturb for nothing
    ids = [str(row["id"]) for row in first]
    async with in_transaction():
        locked = {uuid_of(row["id"]) for row in await rows(LOCK, ids, now)}
        return await hold(holder, [id_ for id_ in map(UUID, ids) if id_ in locked], now)


async def follow(row: Outbox, now: datetime) -> Outbox | None:
    """The endpoint has taken it: take what comes next in its order, if that is due.

    None also if another worker has it by now, who will follow.
    """
    async with in_transaction():
        if not await finish(row):
            return None
        (behind,) = await rows(BEHIND, row.target, row.order_key, now) or (None,)
        if behind is None or behind["holder"] is not None or not behind["due"]:
            return None
        taken = await hold(str(row.holder), [uuid_of(behind["id"])], now)
        return taken[0] if taken else None  # or it went with a user who was deleted


async def again(row: Outbox, due_at: datetime, answer: dict[str, Any]) -> bool:
    """The endpoint has not taken it: it is tried again at a time. False if another worker has
    it."""
    changed = {"due_at": due_at, "holder": None, "attempts": row.attempts + 1, "answer": answer}
    return bool(await held(row).update(**changed))


async def let_go(row: Outbox, now: datetime) -> None:
    """It was not tried, and is due."""
    await held(row).update(due_at=now, holder=None)


async def bury(row: Outbox, now: datetime, answer: dict[str, Any]) -> bool:
    """It is tried no more. False if another worker has it."""
    dead = {**_dead(now), "attempts": row.attempts + 1, "answer": answer}
    return bool(await held(row).update(**dead))


async def bury_lost(before: datetime, most: int) -> int:
    """What expired before a time and is sent by nobody is dead, `most` at once: its endpoint is
    configured no more, or no worker runs."""
    lost = Outbox.filter(kind=WEBHOOK, due_at__lt=before - LEASE, expires_at__lt=before)
    ids = list(await lost.limit(most).values_list("id", flat=True))
    if ids:  # but for what a worker that has just started takes meanwhile
        await lost.filter(id__in=ids).update(**_dead(before))
    return len(ids)


async def resend(
    now: datetime, ids: Sequence[UUID] | None = None, endpoint: str | None = None
) -> int:
    """Try dead ones for another day, before what came later in their order: those with these ids,
    or all, of all endpoints or of one. Gives how many there were."""
    dead = Outbox.filter(kind=WEBHOOK_DEAD)
    if ids is not None:
        dead = dead.filter(id__in=ids)
    if endpoint is not None:
        dead = dead.filter(target=endpoint)
    alive = {"kind": WEBHOOK, "due_at": now, "expires_at": now + LIFE, "attempts": 0}
    return int(await dead.update(**alive, holder=None))


def _dead(now: datetime) -> dict[str, Any]:
    gone = now + KEPT
    return {"kind": WEBHOOK_DEAD, "due_at": gone, "expires_at": gone, "holder": None}

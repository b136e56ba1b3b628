"""Whose turn it is: an endpoint's webhooks, of which each waits for the one before it in its order.

What an endpoint has not taken within a day is dead: it is kept for a month, for somebody to look at
and to send again.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from tortoise.transactions import in_transaction

from realtime.domain.outbox import LEASE, LIFE, WEBHOOK, WEBHOOK_DEAD, hold
from realtime.models import Outbox
from realtime.models.raw import rows, time_of, uuid_of

KEPT = timedelta(days=30)
"""How long a dead one is kept."""

IN_A_ROW = 16
"""How many of one order a worker takes at once, to send them one after the other."""

FIRST = f"""
    SELECT o.id, o.order_key FROM outbox o
    WHERE o.kind = '{WEBHOOK}' AND o.target = ? AND o.due_at <= ? AND NOT EXISTS (
        SELECT 1 FROM outbox e WHERE e.order_key = o.order_key AND e.target = o.target
            AND e.order_no < o.order_no AND e.kind = '{WEBHOOK}'
    )
    ORDER BY o.due_at LIMIT ?
"""  # noqa: S608 - no value is part of it
"""What is due and has nobody before it: a conversation's changes are committed in their order."""

BEHIND = f"""
    SELECT id, order_key, holder, due_at FROM (
        SELECT id, order_key, order_no, holder, due_at,
            row_number() OVER (PARTITION BY order_key ORDER BY order_no) AS place
        FROM outbox WHERE kind = '{WEBHOOK}' AND target = ? AND order_key IN texts(?)
    ) o WHERE place <= {IN_A_ROW} ORDER BY order_key, place
"""  # noqa: S608 - no value is part of it

NEXT = f"""
    SELECT due_at FROM outbox WHERE kind = '{WEBHOOK}' AND target = ? ORDER BY due_at LIMIT 1
"""  # noqa: S608 - no value is part of it


async def take(endpoint: str, holder: str, most: int, now: datetime) -> list[Outbox]:
    """Take what is due, at most so many, with what comes behind it in its order; nobody else has it
    until the lease is over."""
    if not await rows(FIRST, endpoint, now, 1):
        return []
    async with in_transaction():
        first = await rows(f"{FIRST} FOR UPDATE SKIP LOCKED", endpoint, now, most)
        ids = [uuid_of(row["id"]) for row in first]
        keys = [row["order_key"] for row in first if row["order_key"] is not None]
        behind = await _behind(endpoint, keys, set(ids), now) if keys else []
        return await hold(holder, [*ids, *behind[: most - len(ids)]], now)


async def _behind(
    endpoint: str, keys: Sequence[str], first: set[UUID], now: datetime
) -> list[UUID]:
    """What follows these first ones, up to what has been tried before and has its time."""
    found: list[UUID] = []
    for _, queue in groupby(
        await rows(BEHIND, endpoint, list(keys)), key=lambda row: row["order_key"]
    ):
        for row in queue:
            id_, due_at = uuid_of(row["id"]), time_of(row["due_at"])
            if id_ in first:
                continue
            if row["holder"] is not None or due_at is None or due_at > now:
                break
            found.append(id_)
    return found


async def next_due(endpoint: str) -> datetime | None:
    """When an endpoint's next is due, which may have to wait for another; None where none waits."""
    first = await rows(NEXT, endpoint)
    return time_of(first[0]["due_at"]) if first else None


async def again(row: Outbox, due_at: datetime, answer: dict[str, Any]) -> bool:
    """The endpoint has not taken it: it is tried again at a time. False if another worker has
    it."""
    mine = Outbox.filter(id=row.id, holder=row.holder)
    changed = {"due_at": due_at, "holder": None, "attempts": row.attempts + 1, "answer": answer}
    return bool(await mine.update(**changed))


async def let_go(waiting: Sequence[Outbox], now: datetime) -> None:
    """These were not tried: they are due, when it is their turn."""
    if waiting:
        mine = Outbox.filter(id__in=[row.id for row in waiting], holder=waiting[0].holder)
        await mine.update(due_at=now, holder=None)


async def bury(row: Outbox, now: datetime, answer: dict[str, Any]) -> bool:
    """It is tried no more. False if another worker has it."""
    mine = Outbox.filter(id=row.id, holder=row.holder)
    return bool(await mine.update(**_dead(now), attempts=row.attempts + 1, answer=answer))


async def bury_lost(before: datetime, most: int) -> int:
    """What expired before a time and is sent by nobody is dead, `most` at once: its endpoint is
    configured no more, or no worker runs."""
    lost = Outbox.filter(kind=WEBHOOK, due_at__lt=before - LEASE, expires_at__lt=before)
    ids = list(await lost.limit(most).values_list("id", flat=True))
    if ids:
        await Outbox.filter(id__in=ids, kind=WEBHOOK).update(**_dead(before))
    return len(ids)


async def resend(ids: Sequence[UUID], now: datetime) -> int:
    """Try these dead ones for another day, before what came later in their order; gives how many
    there were."""
    dead = Outbox.filter(id__in=ids, kind=WEBHOOK_DEAD)
    alive = {"kind": WEBHOOK, "due_at": now, "expires_at": now + LIFE, "attempts": 0}
    return int(await dead.update(**alive, holder=None))


def _dead(now: datetime) -> dict[str, Any]:
    gone = now + KEPT
    return {"kind": WEBHOOK_DEAD, "due_at": gone, "expires_at": gone, "holder": None}

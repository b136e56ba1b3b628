"""What was stored since a moment, whoever stored it: what a node may never have heard of.

A moment is a snapshot of the database, not a time: "stored since" is what was not visible in it and
is now. Only PostgreSQL has such snapshots, and only there can be several nodes.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from realtime.domain import moments
from realtime.domain.ids import earliest_at
from realtime.domain.orders import OF_USER
from realtime.models.raw import rows

SLACK = timedelta(minutes=15)
"""How much earlier than its moment a row may have been made: a draft waits for a slow database, and
clocks of nodes differ. It only keeps the search from reading the whole table."""

MOST = 1_000
"""How many changes of one order are looked back on, where it is heard of for the first time."""

_UNSEEN = "NOT pg_visible_in_snapshot(committed_in::text::xid8, ?::text::pg_snapshot)"

CHANGED = f"""
    SELECT key, min(change) AS first, max(change) AS last FROM (
        SELECT conversation_id::text AS key, change FROM messages WHERE id >= ?::uuid AND {_UNSEEN}
        UNION ALL
        SELECT coalesce(conversation_id::text, ?::text || user_id), change FROM journal
        WHERE id >= ?::uuid AND {_UNSEEN}
    ) AS changed
    WHERE change > 0 GROUP BY key
"""  # noqa: S608 - no value is part of it

FIRST_IN_CONVERSATION = f"""
    SELECT min(change) AS first FROM (
        SELECT change FROM messages
        WHERE conversation_id = ?::uuid AND change BETWEEN ?::bigint AND ?::bigint AND {_UNSEEN}
        UNION ALL
        SELECT change FROM journal
        WHERE conversation_id = ?::uuid AND change BETWEEN ?::bigint AND ?::bigint AND {_UNSEEN}
    ) AS changed
"""  # noqa: S608 - no value is part of it

FIRST_OF_USER = f"""
    SELECT min(change) AS first FROM journal
    WHERE user_id = ?::text AND change BETWEEN ?::bigint AND ?::bigint AND {_UNSEEN}
"""  # noqa: S608 - no value is part of it


class Moment(NamedTuple):
    """A snapshot of the database, and when it was taken."""

    snapshot: str
    at: datetime


class Changes(NamedTuple):
    """An order and its first and last change since a moment; those between are of it too."""

    key: str
    first: int
    last: int


async def moment(at: datetime) -> Moment:
    """This one."""
    return Moment(await moments.now(), at)


async def since(then: Moment) -> Sequence[Changes]:
    """The orders that have changed since a moment."""
    begin, snapshot = str(earliest_at(then.at - SLACK)), then.snapshot
    found = await rows(CHANGED, begin, snapshot, OF_USER, begin, snapshot)
    return [Changes(row["key"], row["first"], row["last"]) for row in found]


async def begins(then: Moment, key: str, number: int) -> int:
    """The first change of an order since a moment, up to a number, which is one of them."""
    span = (max(1, number - MOST), number, then.snapshot)
    if key.startswith(OF_USER):
        found = await rows(FIRST_OF_USER, key.removeprefix(OF_USER), *span)
    else:
        found = await rows(FIRST_IN_CONVERSATION, key, *span, key, *span)
    return int(found[0]["first"] or number)

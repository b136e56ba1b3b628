"""What the icon of an app shows: how much each of many users has not read."""

from collections import Counter
from collections.abc import Collection, Mapping
from uuid import UUID

from realtime.domain import broadcasts
from realtime.domain.actor import Node
from realtime.domain.receipts import UNREAD
from realtime.domain.steps import rounded
from realtime.models import Broadcast
from realtime.models.raw import list_of, rows, uuid_of

BADGES = f"""
    SELECT hers.id AS user_id, (
        SELECT count(*) FROM notifications n
        WHERE n.user_id = hers.id AND n.read_at IS NULL AND n.message_id IS NULL
            AND (n.expires_at IS NULL OR n.expires_at > ?2)
    ) AS others, (
        SELECT sum({UNREAD}) FROM participants p JOIN conversations c
            ON c.id = p.conversation_id AND c.last_seq > p.read_seq
        WHERE p.user_id = hers.id
    ) AS messages, (
        SELECT array_of(b.id) FROM ({broadcasts.UNTOUCHED.replace("?1", "hers.id")}) b
    ) AS broadcasts
    FROM users hers WHERE hers.id IN texts(?1)
"""  # noqa: S608 - no value is part of it
"""Each is what its own list would count: see ``notifications.count``, ``receipts.unread_count`` and
``broadcasts.untouched``."""


async def of_users(node: Node, user_ids: Collection[str]) -> Mapping[str, int]:
    """How many messages, other notifications and broadcasts each has not read, in one statement;
    only where there are broadcasts is more looked up."""
    found = await rows(BADGES, list(user_ids), node.clock())
    unread = Counter({row["user_id"]: row["others"] + int(row["messages"] or 0) for row in found})
    untouched = {row["user_id"]: list_of(row["broadcasts"] or "[]") for row in found}
    return unread + await _hearing(node, untouched)


async def _hearing(node: Node, untouched: Mapping[str, Collection[str]]) -> Counter[str]:
    """How many of these broadcasts each of these users hears, and can still read."""
    waiting: dict[UUID, list[str]] = {}
    for user_id, ids in untouched.items():
        for id_ in map(uuid_of, ids):
            waiting.setdefault(id_, []).append(user_id)
    if not waiting:
        return Counter()
    now, hearing = node.clock(), Counter[str]()
    for made in await Broadcast.filter(id__in=rounded(waiting)):
        if made.expires_at is None or made.expires_at > now:
            hearing.update(await broadcasts.hearing(made, waiting[made.id]))
    return hearing

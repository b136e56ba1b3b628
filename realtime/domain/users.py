"""What the application says of its users: who they are, and that they have to leave."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tortoise.transactions import in_transaction

from realtime.domain.actor import Node
from realtime.domain.events import PeopleChanged, UserDisconnected
from realtime.domain.steps import by_turns, portions
from realtime.models import PushSubscription, User

Columns = Mapping[str, str | None]

TOGETHER = 200
"""How many rows are made in one go: in between others have their turn."""


@dataclass(frozen=True, slots=True)
class Attendance:
    """Whether somebody is there, hiding or not; ``last_seen_at`` is None while she is."""

    user_id: str
    online: bool
    sockets: int
    last_seen_at: datetime | None


async def upsert(node: Node, profiles: Sequence[tuple[str, Columns]]) -> int:
    """Know these users; what is named of them replaces what was known, None included.

    Tokens from before change nothing of it any more. Of two profiles of one user the later wins.
    """
    merged: defaultdict[str, dict[str, str | None]] = defaultdict(dict)
    for user_id, columns in profiles:
        merged[user_id].update(columns)
    ids = sorted(merged)
    new = [User(id=each) async for each in by_turns(ids)]
    async with in_transaction():
        # In the order of ids: two that change the same people cannot lock each other
        await User.bulk_create(new, batch_size=TOGETHER, ignore_conflicts=True)
        for portion in portions(ids):
            them = User.filter(id__in=portion).order_by("id")
            await them.select_for_update(no_key=True).only("id")  # who only names them goes on
            await User.filter(id__in=portion, deleted_at__not_isnull=True).update(deleted_at=None)
        await _write(merged, node.clock())
    node.announce(PeopleChanged(tuple(ids)))
    return len(ids)


async def disconnect(node: Node, user_id: str, *, revoke: bool) -> int:
    """Close a user's connections; gives how many there were. Where her tokens of until now are to
    be refused, her browsers are woken no more, until a page with a later one subscribes again.

    Raises UnknownUser where users must exist and tokens are to be refused.
    """
    sockets = await node.presence.sockets([user_id])
    if revoke:
        await node.people.known(user_id)
        async with in_transaction():
            await User.filter(id=user_id).update(tokens_after=node.clock())
            await PushSubscription.filter(user_id=user_id).delete()
        node.announce(PeopleChanged((user_id,)))
    node.announce(UserDisconnected(user_id))
    return sockets[user_id]


async def presence(node: Node, user_ids: Sequence[str]) -> tuple[Attendance, ...]:
    """Who of these is there, as the application may know: appearing offline changes nothing."""
    seen: dict[str, datetime | None] = {}
    for portion in portions(user_ids):
        seen |= dict(await User.filter(id__in=portion).values_list("id", "last_seen_at"))
    online, sockets = await node.presence.online(user_ids), await node.presence.sockets(user_ids)
    found = []
    for user_id in user_ids:
        count = sockets[user_id]
        there = count > 0 or user_id in online  # within the grace she has none
        found.append(Attendance(user_id, there, count, None if there else seen.get(user_id)))
    return tuple(found)


async def _write(merged: Mapping[str, Columns], now: datetime) -> None:
    """One statement for each set of columns that is named."""
    groups: defaultdict[tuple[str, ...], list[User]] = defaultdict(list)
    async for user_id, columns in by_turns(merged.items()):
        if columns:
            row = User(id=user_id, profile_at=now, **columns)
            groups[tuple(sorted(columns))].append(row)
    for names, rows in groups.items():
        changed = [*names, "profile_at"]
        await User.bulk_create(rows, batch_size=TOGETHER, on_conflict=["id"], update_fields=changed)

"""What everybody is told at once: one row, until somebody reads it or puts it away.

Then it becomes a notification of hers. It has its id before: made of the broadcast's and the
user's, so that it is one and the same for her pages, whether there is a row of it or not.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2s
from typing import Any, TypeVar
from uuid import UUID

from tortoise.queryset import QuerySet
from tortoise.transactions import in_transaction

from realtime.domain import blocks, journal
from realtime.domain.acquaintance import around
from realtime.domain.actor import Actor
from realtime.domain.choosing import Choice, State
from realtime.domain.ids import new_id
from realtime.domain.preferences import wanting
from realtime.domain.records import Notice
from realtime.domain.steps import delete_first, rounded
from realtime.models import Broadcast, BroadcastTouch
from realtime.models import Notification as Row
from realtime.models.copies import like
from realtime.models.raw import as_json, rows, uuid_of

MOST = 100
"""How many a list of hers has, of those that she has not touched: the newest."""

UNTOUCHED = f"""
    SELECT b.id FROM broadcasts b JOIN users u ON u.id = ?1
    WHERE u.deleted_at IS NULL AND b.stored_at >= u.created_at
        AND (b.actor_id IS NULL OR b.actor_id <> ?1)
        AND NOT EXISTS (
            SELECT 1 FROM broadcast_touches t WHERE t.user_id = ?1 AND t.broadcast_id = b.id
        )
    ORDER BY b.id DESC LIMIT {MOST}
"""  # noqa: S608 - no value is part of it

STANDING = """
    SELECT id FROM broadcasts WHERE id IN uuids(?) AND (expires_at IS NULL OR expires_at > ?)
    FOR SHARE
"""
"""Locked, so that whoever takes one back finds whose it has become."""

COLUMNS = (
    "type", "title", "text", "link", "action_label", "icon", "priority", "expires_at",
)  # fmt: skip
"""What notices, broadcasts and notifications alike have to say, but for their JSON."""


Said = TypeVar("Said", Broadcast, Row)
"""A broadcast, or what it is to a user."""


@dataclass(frozen=True, slots=True)
class Untouched:
    """A broadcast, and the row that it would be to a user."""

    broadcast: Broadcast
    row: Row


def id_for(broadcast_id: UUID, user_id: str) -> UUID:
    """The id that a broadcast has for a user: a UUIDv7 of the broadcast's time."""
    digest = blake2s(broadcast_id.bytes + user_id.encode(), digest_size=10).digest()
    number = broadcast_id.int >> 80 << 80 | int.from_bytes(digest)
    number = number & ~(0xF << 76) | 0x7 << 76
    return UUID(int=number & ~(0x3 << 62) | 0x2 << 62)


def columns_of(told: Notice | Broadcast) -> dict[str, Any]:
    """What it says, as the columns of a broadcast or of a notification."""
    return {
        **{name: getattr(told, name) for name in COLUMNS},
        "data": as_json(told.data),
        "reference": as_json(told.reference),
        "related_job_id": as_json(told.related_job_id),
    }


def row_of(broadcast: Broadcast, user_id: str) -> Row:
    """A broadcast as a user's notification, which is stored nowhere."""
    return Row(
        id=id_for(broadcast.id, user_id),
        user_id=user_id,
        actor_id=broadcast.actor_id,
        created_at=broadcast.created_at,
        **columns_of(broadcast),
    )


async def untouched(actor: Actor, choice: Choice | None = None) -> list[Untouched]:
    """The newest that the actor has done nothing with, the latest first, as far as they are among
    these."""
    choice = choice or Choice(state=State.ALL)
    if choice.read is True or choice.state not in {
        State.INBOX, State.UNREAD, State.UNSEEN, State.ALL,
    }:  # fmt: skip
        return []
    ids = [uuid_of(row["id"]) for row in await rows(UNTOUCHED, actor.user_id)]
    return await of_ids(actor, ids, choice)


async def of_ids(
    actor: Actor, ids: Sequence[UUID], choice: Choice | None = None
) -> list[Untouched]:
    """Those of these that are for the actor, the latest first, as far as they are among these."""
    if not ids:
        return []
    choice = choice or Choice(state=State.ALL)
    found = await Broadcast.filter(id__in=ids)
    wanted = await wanted_by(actor.user_id, found)
    hers = [Untouched(each, row_of(each, actor.user_id)) for each in wanted]
    chosen = [each for each in hers if _is_among(each.row, choice, actor.node.clock())]
    return sorted(chosen, key=lambda each: each.row.id, reverse=True)


async def wanted_by(user_id: str, said: Sequence[Said]) -> list[Said]:
    """Those of these that a user hears: of a type that she wants, by nobody who is blocked."""
    unwanted = {each for each in {b.type for b in said} if not await wanting(each, [user_id])}
    named = any(each.actor_id for each in said)
    strangers = set(await around(user_id)) if named else set()
    return [each for each in said if each.type not in unwanted and each.actor_id not in strangers]


async def hearing(made: Broadcast, user_ids: Sequence[str]) -> list[str]:
    """Those of these users who hear it: not the one who caused it, who is blocked, or who does not
    want its type."""
    others = [each for each in user_ids if each != made.actor_id]
    return await blocks.without(await wanting(made.type, others), made.actor_id)


async def merged(
    found: QuerySet[Row], extra: Sequence[Row], *, limit: int, offset: int
) -> list[Row]:
    """A page of stored notifications and of these, the latest first.

    No more ids are looked at than the page and these are, however far the page is.
    """
    start = max(0, offset - len(extra))
    page = found.order_by("-id").offset(start).limit(limit + len(extra))
    ids = [row.id for row in await page.only("id")]
    newer = sum(not ids or row.id > ids[0] for row in extra) if start else 0
    both = sorted([*ids, *(row.id for row in extra[newer:])], reverse=True)
    begin = offset - start - newer
    wanted = both[begin : begin + limit]
    there = {row.id: row for row in extra}
    there |= {row.id: row for row in await Row.filter(id__in=wanted)}
    return [there[each] for each in wanted if each in there]


async def touch(actor: Actor, which: Callable[[Row], bool]) -> int:
    """These become notifications of the actor's own; gives how many."""
    if not any(which(each.row) for each in await untouched(actor)):
        return 0
    async with in_transaction():
        await journal.hold([actor.user_id])  # so that each is touched once
        new = await _standing(actor, [each for each in await untouched(actor) if which(each.row)])
        # Who came back while she was deleted may have one of them already.
        await Row.bulk_create([each.row for each in new], ignore_conflicts=True)
        await BroadcastTouch.bulk_create(
            [
                BroadcastTouch(id=new_id(), user_id=actor.user_id, broadcast_id=each.broadcast.id)
                for each in new
            ]
        )
    return len(new)


async def _standing(actor: Actor, wanted: Sequence[Untouched]) -> list[Untouched]:
    """Those of these that nobody is about to take back."""
    ids = [str(each.broadcast.id) for each in wanted]
    found = await rows(STANDING, ids, actor.node.clock()) if ids else []
    standing = {uuid_of(row["id"]) for row in found}
    return [each for each in wanted if each.broadcast.id in standing]


Pair = tuple[str, UUID]
"""A user and a broadcast, by their ids."""


async def as_rows(pairs: Collection[Pair]) -> dict[Pair, Row]:
    """What broadcasts are to users now: their rows, if they have touched them; nothing, if they
    have deleted them."""
    ids = {
        id_for(broadcast_id, user_id): (user_id, broadcast_id) for user_id, broadcast_id in pairs
    }
    touched = {ids[row.id]: row for row in await Row.filter(id__in=rounded(ids))} if ids else {}
    return touched | await as_untouched(set(pairs) - touched.keys())


async def as_untouched(pairs: Collection[Pair]) -> dict[Pair, Row]:
    """What broadcasts are to users who have done nothing with them; nothing to others."""
    ids = {broadcast_id for _, broadcast_id in pairs}
    found = {each.id: each for each in await Broadcast.filter(id__in=rounded(ids))} if ids else {}
    touches = BroadcastTouch.filter(
        user_id__in=rounded({user_id for user_id, _ in pairs}), broadcast_id__in=rounded(found)
    )
    touched = {(each.user_id, each.broadcast_id) for each in await touches} if found else set()
    anybody = {id_: row_of(each, "") for id_, each in found.items()}
    return {
        (user_id, id_): like(anybody[id_], id_for(id_, user_id), user_id=user_id)
        for user_id, id_ in pairs
        if id_ in found and (user_id, id_) not in touched
    }


async def forget(before: datetime, most: int) -> int:
    """Let go of those from before a time, `most` at once; what they became to users stays."""
    return await delete_first(Broadcast.filter(created_at__lt=before), most)


async def forget_expired(before: datetime, most: int) -> int:
    """Let go of those that had expired before a time: they would take the place of others."""
    return await delete_first(Broadcast.filter(expires_at__lt=before), most)


def _is_among(row: Row, choice: Choice, now: datetime) -> bool:
    return (
        (row.expires_at is None or row.expires_at > now)
        and (not choice.types or row.type in choice.types)
        and (not choice.priorities or row.priority in choice.priorities)
        and (choice.before is None or row.id < choice.before)
    )

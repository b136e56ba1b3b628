"""What a user does with her notifications beyond reading them. Each is in one place: the inbox, or
snoozed, dismissed or archived; what is put away counts as read, and only the inbox is counted."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise.transactions import in_transaction

from realtime.domain import broadcasts, journal, notifications, snoozing
from realtime.domain.actor import Actor
from realtime.domain.choosing import Choice, State, chosen
from realtime.domain.errors import Malformed, UnknownNotification
from realtime.domain.events import NotificationChanged, OwnChanged
from realtime.domain.ids import FIRST
from realtime.domain.journal import Kind
from realtime.domain.places import COLUMNS, Place, in_inbox, place_of
from realtime.domain.records import Notification
from realtime.domain.steps import in_steps
from realtime.models import Notification as Row
from realtime.models.raw import list_of, rows, uuid_of


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to become of a notification; None leaves it as it is.

    ``until`` is when one that is snoozed comes back.
    """

    place: Place | None = None
    read: bool | None = None
    seen: bool | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """What badges show: how many are unread, and of these not even seen, and urgent."""

    unread: int
    unseen: int
    urgent: int


@dataclass(frozen=True, slots=True)
class Slice:
    """Some notifications, the latest first; ``next`` continues behind them where there are more."""

    items: tuple[Notification, ...]
    next: UUID | None


async def page(actor: Actor, choice: Choice, *, limit: int) -> Slice:
    """So many of the actor's notifications, and where the next ones begin."""
    found = await notifications.page_of(actor, choice, limit=limit + 1)
    items = await notifications.shown(actor, found[:limit])
    return Slice(items, items[-1].id if len(found) > limit else None)


COUNTS = f"""
    SELECT count(user_id) AS unread, count(CASE WHEN seen_at IS NULL THEN user_id END) AS unseen,
        count(CASE WHEN priority = 'urgent' THEN user_id END) AS urgent,
        (SELECT array_of(b.id) FROM ({broadcasts.UNTOUCHED}) b) AS broadcasts
    FROM notifications
    WHERE user_id = ?1 AND read_at IS NULL AND (expires_at IS NULL OR expires_at > ?2)
"""  # noqa: S608 - no value is part of it
"""Of columns that one index has; and the broadcasts that she may count."""


async def counts(actor: Actor) -> Counts:
    """Asked in one statement, of one index, however many notifications she has read or put away;
    only where there are broadcasts is more looked up."""
    (found,) = await rows(COUNTS, actor.user_id, actor.node.clock())
    ids = [uuid_of(each) for each in list_of(found["broadcasts"] or "[]")]
    extra = [each.row for each in await broadcasts.of_ids(actor, ids)]
    return Counts(
        unread=found["unread"] + len(extra),
        unseen=found["unseen"] + len(extra),
        urgent=found["urgent"] + sum(row.priority == "urgent" for row in extra),
    )


async def change(actor: Actor, notification_id: UUID, wish: Wish) -> Notification:
    """Put a notification of the actor's somewhere, or mark it; told to her other sockets.

    Raises UnknownNotification, NotYourNotification, and Malformed for what is put away and unread.
    """
    now, number = actor.node.clock(), 0
    await notifications.own(actor, notification_id)
    async with in_transaction():
        await journal.hold([actor.user_id])
        row = await Row.get_or_none(id=notification_id)
        if row is None:
            raise UnknownNotification
        changed = changes(row, wish, now)
        if changed:
            await Row.filter(id=row.id).update(**changed)
            row.update_from_dict(changed)
            await snoozing.set_alarm(row, now)
            number = await notifications.recorded(actor, Kind.NOTIFICATIONS_CHANGED, row.id)
    (notification,) = await notifications.records(actor, [row])
    if number:
        actor.node.announce(NotificationChanged(notification, actor.session, number))
    return notification


async def see_all(actor: Actor) -> int:
    """The actor has seen what there is, without reading it; gives how many she had not."""
    await broadcasts.touch(actor, lambda _: True)
    unseen = chosen(actor, Choice(state=State.UNSEEN)).order_by("id")

    after = FIRST

    async def step(size: int) -> int:
        nonlocal after
        number = 0
        async with in_transaction():
            await journal.hold([actor.user_id])
            ids = await notifications.ids_of(unseen.filter(id__gt=after), size)
            if ids:
                after = ids[-1]
                await Row.filter(id__in=ids).update(seen_at=actor.node.clock())
                number = await notifications.recorded(actor, Kind.NOTIFICATIONS_CHANGED, *ids)
        if number:
            actor.node.announce(OwnChanged(actor.user_id, number))
        return len(ids)

    return await in_steps(step)


def changes(row: Row, wish: Wish, now: datetime) -> dict[str, Any]:
    """The columns that a wish changes. Raises Malformed."""
    wanted = {**_moved(row, wish, now), **_marked(row, wish, now)}
    place = wish.place or place_of(row)
    if place is not Place.INBOX and wish.read is False:
        raise Malformed("read", "what is put away is read: move it to the inbox")
    return {name: value for name, value in wanted.items() if getattr(row, name) != value}


def _moved(row: Row, wish: Wish, now: datetime) -> dict[str, Any]:
    place, before = wish.place, place_of(row)
    if place is Place.SNOOZED:
        if wish.until is None or wish.until <= now:
            raise Malformed("until", "a time yet to come is required")
    elif place is None or place is before:
        return {}
    if place is Place.INBOX:
        return in_inbox(now) | (snoozing.UNREAD if before is Place.SNOOZED else {})
    columns: dict[str, Any] = dict.fromkeys(COLUMNS.values())
    columns[COLUMNS[place]] = wish.until if place is Place.SNOOZED else now
    return {**columns, "read_at": row.read_at or now}


def _marked(row: Row, wish: Wish, now: datetime) -> dict[str, Any]:
    marked: dict[str, Any] = {}
    if wish.seen is not None:
        marked["seen_at"] = (row.seen_at or now) if wish.seen else None
    if wish.read is not None:
        marked["read_at"] = (row.read_at or now) if wish.read else None
    return marked

"""Telling users things, and what they do with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from tortoise.queryset import QuerySet
from tortoise.transactions import in_transaction

from realtime.domain import blocks, broadcasts, grouping, journal, outbox, webhooks
from realtime.domain.actor import Actor, Node
from realtime.domain.choosing import Choice, chosen
from realtime.domain.errors import NotYourNotification, UnknownNotification
from realtime.domain.events import (
    AllNotificationsRead,
    NotificationChanged,
    NotificationCreated,
    NotificationRead,
    OwnChanged,
)
from realtime.domain.ids import FIRST, earliest_at, new_id
from realtime.domain.journal import Change, Kind
from realtime.domain.preferences import wanting
from realtime.domain.records import Notice, Notification, Person
from realtime.domain.steps import by_turns, in_steps
from realtime.models import Notification as Row
from realtime.models import User

TOGETHER = 200
"""How many are told in one go: in between others have their turn."""


async def notify(node: Node, user_ids: Sequence[str], notice: Notice) -> tuple[Notification, ...]:
    """Tell these users, but the one who caused it and those who do not want it.

    Raises UnknownUser where users must exist.
    """
    told = await stored(node, user_ids, notice)
    for event in told.events:
        node.announce(event)
    return told.notifications


SLACK = timedelta(seconds=1)
"""How much earlier a notification may have been made than it was told."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What was told, and what there is to announce of it; counting up may change nothing."""

    notifications: tuple[Notification, ...]
    events: tuple[NotificationCreated | NotificationChanged, ...]


async def stored(
    node: Node, user_ids: Sequence[str], notice: Notice, *, of: tuple[UUID, ...] = ()
) -> Stored:
    """Store what ``notify`` tells; whoever stores something else with it announces these after, and
    names the row that they are of."""
    told = await wanting(notice.type, [each for each in user_ids if each != notice.actor_id])
    told = await blocks.without(told, notice.actor_id, notice.related_user_id)
    await node.people.all_known(told)
    cause = None if notice.shown_id is None else await node.people.known(notice.shown_id)
    now, sockets = node.clock(), await node.presence.sockets(told)
    made = [
        _row(each, notice, now, now if sockets[each] else None) async for each in by_turns(told)
    ]  # not in the transaction, which is not to wait for others
    async with in_transaction():
        counted = await grouping.count_up(told, notice, cause, now, node.rules.notifications.span)
        rows = [row for row in made if row.user_id not in counted.rows]
        await Row.bulk_create(rows, batch_size=TOGETHER)
        await grouping.remember(rows, notice)
        await outbox.enter_pushes(node, rows, now)
        notified = {row.user_id: Change(Kind.NOTIFIED, ids=(row.id, *of)) for row in rows}
        changed = {
            row.user_id: Change(Kind.NOTIFICATIONS_CHANGED, ids=(row.id,)) for row in counted.more
        }
        changes = await journal.record_own(notified | changed, now)
        await webhooks.notified(node, rows, changes, now)
    told_of = (*counted.rows.values(), *rows)
    said = {row.user_id: record(row, cause) async for row in by_turns(told_of)}
    return Stored(
        tuple(said[each] for each in told),
        (
            *(NotificationCreated(said[each], change=changes.get(each, 0)) for each in notified),
            *(NotificationChanged(said[each], change=changes.get(each, 0)) for each in changed),
        ),
    )


async def listed(
    actor: Actor, choice: Choice, *, limit: int, offset: int = 0
) -> tuple[Notification, ...]:
    """The actor's notifications, the latest first; they count as shown from now on."""
    return await shown(actor, await page_of(actor, choice, limit=limit, offset=offset))


async def page_of(actor: Actor, choice: Choice, *, limit: int, offset: int = 0) -> list[Row]:
    """The rows of a list, the latest first, before anybody is shown them."""
    extra = [each.row for each in await broadcasts.untouched(actor, choice)]
    if extra:
        return await broadcasts.merged(chosen(actor, choice), extra, limit=limit, offset=offset)
    return await chosen(actor, choice).order_by("-id").offset(offset).limit(limit)


async def shown(actor: Actor, page: Sequence[Row]) -> tuple[Notification, ...]:
    """Rows as the domain hands them out; they count as shown from now on."""
    unseen = [row.id for row in page if row.shown_at is None]
    if unseen:
        await Row.filter(id__in=unseen).update(shown_at=actor.node.clock())
    return await records(actor, page)


async def count(actor: Actor, choice: Choice) -> int:
    """How many of these notifications there are, on all pages."""
    return await chosen(actor, choice).count() + len(await broadcasts.untouched(actor, choice))


async def unshown(
    actor: Actor, *, limit: int, told_since: datetime | None = None
) -> tuple[Notification, ...]:
    """The newest that neither a socket nor a list of hers has shown, oldest first, once.

    Where her page came back and was told what it had missed, ``told_since`` is from when on.
    """
    if told_since is None:
        await _touch_missed(actor)
    else:
        first = earliest_at(told_since - SLACK)  # ids have times: older ones are not looked at
        told = Row.filter(user_id=actor.user_id, id__gte=first, shown_at=None)
        await told.update(shown_at=actor.node.clock())
    found = chosen(actor, Choice(messages=False)).filter(shown_at=None).order_by("-id").limit(limit)
    if not await found.exists():
        return ()
    async with in_transaction():
        await journal.hold([actor.user_id])  # two sockets may ask at once: one shows them
        page = (await found)[::-1]
        if page:
            unseen = Row.filter(id__in=[row.id for row in page])
            await unseen.update(shown_at=actor.node.clock())
    return await records(actor, page)


async def _touch_missed(actor: Actor) -> None:
    """Broadcasts that were stored when she had no socket: none has shown them, but a list may."""
    if await broadcasts.untouched(actor):
        user = await User.get_or_none(id=actor.user_id)
        gone_at = None if user is None else user.last_seen_at
        came_at = await actor.node.presence.since(actor.user_id)
        await broadcasts.touch(actor, lambda row: _is_between(row, gone_at, came_at))


def _is_between(row: Row, gone_at: datetime | None, came_at: datetime | None) -> bool:
    left = gone_at is None or row.created_at > gone_at
    return left and (came_at is None or row.created_at < came_at)


async def mark_read(
    actor: Actor, notification_id: UUID, *, messages: bool = True, tell: bool = True
) -> Notification:
    """The actor has read it; told to her other sockets, also when it was read before.

    Raises UnknownNotification, NotYourNotification.
    """
    row = await own(actor, notification_id, messages=messages)
    change = 0
    if row.read_at is None:
        row.read_at = now = actor.node.clock()
        async with in_transaction():
            await journal.hold([actor.user_id])
            if await Row.filter(id=row.id, read_at=None).update(read_at=now):
                change = await recorded(actor, Kind.NOTIFICATION_READ, notification_id)
    if tell:
        event = NotificationRead(notification_id, actor.user_id, actor.session, change)
        actor.node.announce(event)
    elif change:
        actor.node.announce(OwnChanged(actor.user_id, change))
    return (await records(actor, [row]))[0]


async def mark_all_read(
    actor: Actor, *, messages: bool = True, groups: bool = True, tell: bool = True
) -> int:
    """The actor has read all of these; told to her other sockets, also when nothing was unread."""
    await broadcasts.touch(actor, lambda _: True)
    choice = Choice(messages=messages, groups=groups, read=False)
    unread = chosen(actor, choice).order_by("id")
    change, after = 0, FIRST

    async def step(size: int) -> int:
        nonlocal change, after
        async with in_transaction():
            await journal.hold([actor.user_id])
            ids = await ids_of(unread.filter(id__gt=after), size)
            after = ids[-1] if ids else after
            await Row.filter(id__in=ids).update(read_at=actor.node.clock())
            next_change = await recorded(actor, Kind.ALL_NOTIFICATIONS_READ, *ids) if ids else 0
        if change and next_change:  # the last one's is told with the event
            actor.node.announce(OwnChanged(actor.user_id, change))
        change = next_change or change
        return len(ids)

    changed = await in_steps(step)
    if tell:
        actor.node.announce(AllNotificationsRead(actor.user_id, actor.session, change))
    elif change:
        actor.node.announce(OwnChanged(actor.user_id, change))
    return changed


async def delete(actor: Actor, notification_id: UUID, *, messages: bool = True) -> None:
    """Remove a notification of the actor's. Raises UnknownNotification, NotYourNotification."""
    row = await own(actor, notification_id, messages=messages)
    async with in_transaction():
        await journal.hold([actor.user_id])
        await row.delete()
        change = await recorded(actor, Kind.NOTIFICATIONS_DELETED, notification_id)
    actor.node.announce(OwnChanged(actor.user_id, change))


async def delete_read(actor: Actor, *, groups: bool = True, dismissed: bool = False) -> int:
    """Remove all of these that the actor has read and not put away; gives how many."""
    choice = Choice(groups=groups, dismissed=dismissed, read=True)
    read = chosen(actor, choice).order_by("id")

    async def step(size: int) -> int:
        async with in_transaction():
            await journal.hold([actor.user_id])
            ids = await ids_of(read, size)
            await Row.filter(id__in=ids).delete()
            change = await recorded(actor, Kind.NOTIFICATIONS_DELETED, *ids) if ids else 0
        if change:
            actor.node.announce(OwnChanged(actor.user_id, change))
        return len(ids)

    return await in_steps(step)


async def ids_of(found: QuerySet[Row], size: int) -> list[UUID]:
    """The first so many, which nobody else changes until the transaction ends."""
    locked = found.limit(size).select_for_update().only("id")
    return [row.id for row in await locked]


async def recorded(actor: Actor, kind: Kind, *ids: UUID) -> int:
    """Enter a change of what is the actor's own; gives its number."""
    change = Change(kind, ids=ids, session=actor.session)
    return (await journal.record_own({actor.user_id: change}, actor.node.clock())).get(
        actor.user_id, 0
    )


async def records(actor: Actor, rows: Sequence[Row]) -> tuple[Notification, ...]:
    """Rows as the domain hands them out."""
    return await records_of(actor.node, rows)


async def records_of(node: Node, rows: Sequence[Row]) -> tuple[Notification, ...]:
    """Rows of any users, as the domain hands them out."""
    people = await node.people.named({row.actor_id for row in rows if row.actor_id})
    return tuple(record(row, people.get(row.actor_id or "")) for row in rows)


def record(row: Row, actor: Person | None) -> Notification:
    """A row as the domain hands it out."""
    return Notification(
        id=row.id,
        user_id=row.user_id,
        type=row.type,
        title=row.title,
        text=row.text,
        created_at=row.created_at,
        actor=actor,
        message_id=row.message_id,
        conversation_id=_conversation_of(row),
        in_group=row.in_group,
        link=row.link,
        action_label=row.action_label,
        icon=row.icon,
        priority=row.priority,
        data=row.data,
        reference=row.reference,
        related_job_id=row.related_job_id,
        seen_at=row.seen_at,
        read_at=row.read_at,
        dismissed_at=row.dismissed_at,
        archived_at=row.archived_at,
        snoozed_until=row.snoozed_until,
        expires_at=row.expires_at,
        group_key=row.group_key,
        count=row.group_count,
        grouped_at=row.grouped_at,
    )


def _conversation_of(row: Row) -> UUID | None:
    if row.message_id is None or not isinstance(row.data, Mapping):
        return None
    return UUID(row.data["conversationId"])


def _row(user_id: str, notice: Notice, now: datetime, shown_at: datetime | None) -> Row:
    return Row(
        id=new_id(),
        user_id=user_id,
        actor_id=notice.shown_id,
        **broadcasts.columns_of(notice),
        group_key=notice.group_key,
        created_at=now,
        shown_at=shown_at,
    )


async def own(actor: Actor, notification_id: UUID, *, messages: bool = True) -> Row:
    """The actor's notification with this id. Raises UnknownNotification, NotYourNotification."""
    row = await Row.get_or_none(id=notification_id)
    if row is None and await broadcasts.touch(actor, lambda row: row.id == notification_id):
        row = await Row.get_or_none(id=notification_id)
    if row is None or not (messages or row.message_id is None):
        raise UnknownNotification
    if row.user_id != actor.user_id:
        raise NotYourNotification
    return row

"""Notifications that come back: the alarm is a row of the outbox, rung once, by whichever worker
takes it."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from tortoise.expressions import Q
from tortoise.transactions import in_transaction

from realtime.domain import journal, notifications, outbox
from realtime.domain.actor import Actor, Node
from realtime.domain.events import NotificationCreated
from realtime.domain.ids import new_id
from realtime.domain.journal import Change, Kind
from realtime.domain.places import in_inbox
from realtime.models import Notification, Outbox

SNOOZE = "snooze"
"""The kind of an alarm in the outbox."""

UNREAD: dict[str, Any] = {"read_at": None, "seen_at": None}
"""What comes back is as new."""

WAITS = timedelta(days=365)
"""How long an alarm that nobody rings is kept: no worker may run for days."""

LATEST = datetime.max.replace(tzinfo=UTC)
"""The last moment that there is."""


async def set_alarm(row: Notification, now: datetime) -> None:
    """In the transaction that has changed it: an alarm for when it comes back, and no other."""
    await Outbox.filter(user_id=row.user_id, notification_id=row.id, kind=SNOOZE).delete()
    if row.snoozed_until is not None:
        await alarm_of(row.user_id, row.id, row.snoozed_until, now).save(force_create=True)


def alarm_of(user_id: str, notification_id: UUID, until: datetime, now: datetime) -> Outbox:
    """For a notification that is snoozed until then; stored nowhere yet."""
    return Outbox(
        id=new_id(),
        kind=SNOOZE,
        user_id=user_id,
        notification_id=notification_id,
        due_at=until,
        expires_at=min(until, LATEST - WAITS) + WAITS,
        created_at=now,
    )


async def ring(node: Node, alarm: Outbox) -> None:
    """It is time: the notification is unread in the inbox again, and told as if it were new.

    Nothing if another worker has the alarm by now, or if she put it elsewhere meanwhile.
    """
    user_id, now = alarm.user_id or "", node.clock()
    shown_at = now if (await node.presence.sockets([user_id]))[user_id] else None
    numbers: dict[str, int] = {}
    async with in_transaction():
        await journal.hold([user_id])  # before her alarm, as she does who moves it
        if not await outbox.finish(alarm):
            return
        lasting = Q(expires_at=None) | Q(expires_at__gt=now)
        # Whatever the clock says now: it may have been set back since the alarm was due.
        its = Notification.filter(lasting, id=alarm.notification_id, snoozed_until__isnull=False)
        if await its.update(**UNREAD, **in_inbox(now), shown_at=shown_at):
            row = await Notification.get(id=alarm.notification_id)
            await outbox.enter_push_again(node, row, now)
            told = {user_id: Change(Kind.NOTIFIED, ids=(row.id,))}
            numbers = await journal.record_own(told, now)
    if numbers:
        (notification,) = await notifications.records(Actor(user_id, node), [row])
        node.announce(NotificationCreated(notification, change=numbers[user_id]))

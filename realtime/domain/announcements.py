"""Telling everybody at once: those who are there by their sockets, those who are away by their
browsers, and all others when they ask."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from uuid import UUID

from tortoise.transactions import in_transaction

from realtime.domain import broadcasts, decisions, journal, notifications, outbox, webhooks
from realtime.domain.actor import Node
from realtime.domain.decisions import Decisions
from realtime.domain.errors import UnknownNotification
from realtime.domain.events import BroadcastStored, BroadcastTold, NotificationCreated, OwnChanged
from realtime.domain.ids import new_id
from realtime.domain.journal import Change, Kind
from realtime.domain.records import Notice
from realtime.domain.steps import in_steps, portions
from realtime.models import Broadcast, BroadcastTouch, Notification, Outbox, PushSubscription
from realtime.models.raw import places

TOGETHER = 200
"""How many are told in one go: in between others have their turn."""

IN_A_ROW = 4
"""Portions that follow one another before others have their turn: more than one worker has room
for, so that several share them."""

Decide = Callable[[Sequence[Outbox]], Awaitable[Decisions]]
"""Which of these pushes go out, and to which browsers."""


async def broadcast(node: Node, notice: Notice) -> Broadcast:
    """Store what everybody who is known is told, but the one who caused it.

    Those who have a socket are told behind this. Raises UnknownUser where users must exist and the
    one it is about does not.
    """
    if notice.shown_id is not None:
        await node.people.known(notice.shown_id)
    now = node.clock()
    async with in_transaction():
        (position,), committed_in = await places(1)
        made = await Broadcast.create(
            id=new_id(),
            actor_id=notice.shown_id,
            **broadcasts.columns_of(notice),
            created_at=now,
            position=position,
            committed_in=committed_in,
        )
        await outbox.enter_broadcast(node, made, now)
        await webhooks.broadcast(node, made, now)
    node.announce(BroadcastStored(made.id))
    return made


async def withdraw(node: Node, broadcast_id: UUID) -> int:
    """Take back what everybody was told: it leaves every list and badge, and wakes nobody any more.

    Gives how many had done something with it. A page that shows it goes on until it loads its list
    again. May be repeated where it was interrupted. Raises UnknownNotification.
    """
    said = Broadcast.filter(id=broadcast_id)
    if not await said.update(expires_at=node.clock()):  # so that nobody makes it hers meanwhile
        raise UnknownNotification
    await Outbox.filter(id=broadcast_id).delete()
    gone = await in_steps(partial(_take_back, node, broadcast_id))
    await said.delete()
    return gone


async def _take_back(node: Node, broadcast_id: UUID, size: int) -> int:
    """From so many of those who have done something with it."""
    async with in_transaction():
        touches = await BroadcastTouch.filter(broadcast_id=broadcast_id).order_by("id").limit(size)
        await journal.hold([each.user_id for each in touches])
        hers = [broadcasts.id_for(broadcast_id, each.user_id) for each in touches]
        kept = await Notification.filter(id__in=hers).only("id", "user_id")
        await Notification.filter(id__in=hers).delete()
        await BroadcastTouch.filter(id__in=[each.id for each in touches]).delete()
        deleted = {row.user_id: Change(Kind.NOTIFICATIONS_DELETED, ids=(row.id,)) for row in kept}
        changes = await journal.record_own(deleted, node.clock())
    for user_id, change in changes.items():
        node.announce(OwnChanged(user_id, change))
    return len(touches)


async def tell(node: Node, broadcast_id: UUID) -> None:
    """Tell those who have a socket now, or had one lately: their page may come back, and believes
    that it has missed nothing. Whoever connects later finds it in her list."""
    made = await Broadcast.get_or_none(id=broadcast_id)
    if made is None:
        return
    cause = None if made.actor_id is None else await node.people.known(made.actor_id)
    node.announce(BroadcastTold(made.id))
    for portion in portions(await node.presence.expected(), TOGETHER):
        for user_id in await broadcasts.hearing(made, portion):
            told = notifications.record(broadcasts.row_of(made, user_id), cause)
            node.announce(NotificationCreated(told))
        await asyncio.sleep(0)
    node.announce(BroadcastTold(made.id, done=True))


async def spread(node: Node, decide: Decide, size: int, row: Outbox) -> None:
    """Some of those whose browsers may be woken, so many in one go: what is decided of a push for
    each takes its place, and the row comes again for the next ones after what is due by now."""
    made = await Broadcast.get_or_none(id=row.notification_id)
    if made is None:
        await outbox.finish(row)
        return
    for _ in range(IN_A_ROW):
        if not await _spread_portion(node, decide, size, row, made):
            return
    await outbox.put_back([row], node.clock())


async def _spread_portion(
    node: Node, decide: Decide, size: int, row: Outbox, made: Broadcast
) -> bool:
    """Whether there is more to spread, and this worker still has the row."""
    after = (row.body or {}).get("after", "")
    waking = PushSubscription.filter(user_id__gt=after).order_by("user_id").distinct()
    users = [str(each) for each in await waking.limit(size).values_list("user_id", flat=True)]
    hearing = await broadcasts.hearing(made, users)
    ids = {each: broadcasts.id_for(made.id, each) for each in hearing}
    decided = await decide(outbox.pushes_of(row, ids))
    more = len(users) == size
    body = {"after": users[-1]} if more else None
    async with in_transaction():
        held = await (outbox.go_on(row, body) if body else outbox.finish(row))
        if held:
            await decisions.enter(node, decided, node.clock())
    row.body = body
    return held and more

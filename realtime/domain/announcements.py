"""Telling everybody at once: those who are there by their sockets, those who are away by their
browsers, and all others when they ask."""

import asyncio
from uuid import UUID

from tortoise.transactions import in_transaction

from realtime.domain import broadcasts, notifications, outbox, webhooks
from realtime.domain.actor import Node
from realtime.domain.events import BroadcastStored, NotificationCreated
from realtime.domain.ids import new_id
from realtime.domain.records import Notice
from realtime.domain.steps import ROWS, portions
from realtime.models import Broadcast, Outbox, PushSubscription
from realtime.models.raw import places

TOGETHER = 200
"""How many are told in one go: in between others have their turn."""


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


async def tell(node: Node, broadcast_id: UUID) -> None:
    """Tell those who have a socket now; whoever connects later finds it in her list."""
    made = await Broadcast.get_or_none(id=broadcast_id)
    if made is None:
        return
    cause = None if made.actor_id is None else await node.people.known(made.actor_id)
    for portion in portions(await node.presence.present(), TOGETHER):
        for user_id in await broadcasts.hearing(made, portion):
            told = notifications.record(broadcasts.row_of(made, user_id), cause)
            node.announce(NotificationCreated(told))
        await asyncio.sleep(0)


async def spread(node: Node, row: Outbox) -> None:
    """A portion of those whose browsers may be woken: a push for each takes its place, and the row
    comes again for the next portion."""
    made = await Broadcast.get_or_none(id=row.notification_id)
    if made is None:
        await outbox.finish(row)
        return
    after = (row.body or {}).get("after", "")
    waking = PushSubscription.filter(user_id__gt=after).order_by("user_id").distinct()
    users = [str(each) for each in await waking.limit(ROWS).values_list("user_id", flat=True)]
    hearing = await broadcasts.hearing(made, users)
    ids = {each: broadcasts.id_for(made.id, each) for each in hearing}
    async with in_transaction():
        more = len(users) == ROWS
        held = await outbox.go_on(row, {"after": users[-1]}) if more else await outbox.finish(row)
        if held:
            await outbox.enter_pushes_of(row, ids)

"""Forgetting a user: what becomes of what others see."""

from __future__ import annotations

from realtime.domain import deletion, receipts
from realtime.domain.events import (
    MessagesRead,
    ParticipantRemoved,
    UserDeleted,
    UserDisconnected,
)
from realtime.models import Message
from tests.domain.world import World


async def test_what_only_she_had_yet_to_read_is_read_once_she_is_gone(world: World) -> None:
    group = await world.group("ada", "bob", "eve")
    said = await world.say("ada", group.id, "Hello")
    await receipts.mark_read(world.actor("bob"), group.id)

    await deletion.delete(world.node, "eve")

    assert (await Message.get(id=said.id)).read_at is not None
    assert [event.message_ids for event in world.heard(MessagesRead)] == [(said.id,)]


async def test_her_connections_are_closed_before_anything_of_hers_goes(world: World) -> None:
    await world.group("ada", "bob", "eve")

    await deletion.delete(world.node, "eve")

    kinds = [type(event) for event in world.told]
    order = [kinds.index(kind) for kind in (UserDisconnected, ParticipantRemoved, UserDeleted)]
    assert order == sorted(order)

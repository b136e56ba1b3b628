"""Who looks online to whom, when that changes faster than the database answers."""

from __future__ import annotations

import asyncio

import pytest

from realtime.domain import blocks, conversations, presence
from realtime.domain.acquaintance import FEW
from realtime.domain.actor import Rules
from realtime.domain.events import StatusChanged
from realtime.domain.settings import PresenceSettings
from realtime.together import AT_ONCE
from tests.domain.world import World
from tests.statements import heard


async def test_whoever_is_gone_again_is_not_told_of_as_there(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    around, answered, asked = world.node.acquaintance.around.of, asyncio.Event(), [True]

    async def late(user_id: str) -> set[str]:
        if asked and asked.pop():
            await answered.wait()
        return await around(user_id)

    monkeypatch.setattr(world.node.acquaintance.around, "of", late)
    await world.node.presence.connected("ada", "tab")
    coming = asyncio.create_task(presence.changed(world.node, "ada", is_online=True))
    await asyncio.sleep(0)
    await world.node.presence.disconnected("ada", "tab")
    await presence.changed(world.node, "ada", is_online=False)
    answered.set()
    await coming

    told = [event for event in world.told if isinstance(event, StatusChanged)]
    assert [event.online for event in told] == [False]


async def test_the_status_of_many_who_come_back_at_once_is_few_questions(world: World) -> None:
    crowd = [f"user{number}" for number in range(100)]
    world = World(world.database, Rules(presence=PresenceSettings(audience="contacts")))
    for number in range(0, 100, 2):
        await conversations.direct_with(world.actor(crowd[number]), crowd[number + 1])
    await blocks.block(world.actor("user2"), "user3")
    for each in crowd:
        await world.node.presence.connected(each, f"tab of {each}")

    with heard() as statements:
        coming = (presence.changed(world.node, each, is_online=True) for each in crowd)
        await asyncio.gather(*coming)

    told = {event.user_id: event.audience for event in world.heard(StatusChanged)}
    assert told["user0"] == ("user0", "user1")
    assert told["user2"] == ("user2",)
    assert len(told) == len(crowd)
    asked = [each for each in statements if "webhook" not in each.text]
    assert len(asked) <= 2 + 2 * (AT_ONCE + 1) + len(crowd) // FEW

"""Who looks online to whom, when that changes faster than the database answers."""

from __future__ import annotations

import asyncio

import pytest

from realtime.domain import blocks, presence
from realtime.domain.events import StatusChanged
from tests.domain.world import World


async def test_whoever_is_gone_again_is_not_told_of_as_there(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    around, answered, asked = blocks.around, asyncio.Event(), [True]

    async def late(user_id: str) -> set[str]:
        if asked and asked.pop():
            await answered.wait()
        return await around(user_id)

    monkeypatch.setattr(blocks, "around", late)
    await world.node.presence.connected("ada", "tab")
    coming = asyncio.create_task(presence.changed(world.node, "ada", is_online=True))
    await asyncio.sleep(0)
    await world.node.presence.disconnected("ada", "tab")
    await presence.changed(world.node, "ada", is_online=False)
    answered.set()
    await coming

    told = [event for event in world.told if isinstance(event, StatusChanged)]
    assert [event.online for event in told] == [False]

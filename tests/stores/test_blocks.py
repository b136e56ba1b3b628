"""Blocks beside what other connections do at the same moment."""

from __future__ import annotations

import asyncio
import contextvars
from uuid import UUID

import pytest

from realtime.domain import blocks, conversations, messages
from realtime.domain.errors import Blocked
from realtime.domain.messages import Content
from tests.domain.world import World


@pytest.mark.parametrize("kind", ["postgres"])
async def test_a_conversation_that_begins_while_its_two_part_is_blocked(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, bob = world.actor("ada"), world.actor("bob")
    await world.node.people.all_known(["ada", "bob"])
    renewed, outside, found = blocks._renewed, contextvars.copy_context(), []

    async def seen_too_early(one: str, other: str) -> UUID | None:
        held = await renewed(one, other)
        if not found:  # the block is not committed yet, and there is no conversation
            starting = conversations.start(bob, "ada")
            found.append(await asyncio.create_task(starting, context=outside))
        return held

    monkeypatch.setattr(blocks, "_renewed", seen_too_early)
    await blocks.block(ada, "bob")

    assert not found[0].blocked
    with pytest.raises(Blocked):
        await messages.send(bob, found[0].id, Content("Hi"))

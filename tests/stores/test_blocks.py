"""Blocks beside what other connections do at the same moment."""

from __future__ import annotations

import asyncio
import contextvars
from uuid import UUID

import pytest

from realtime.domain import blocks, conversations, messages
from realtime.domain.acquaintance import SOME
from realtime.domain.errors import Blocked
from realtime.domain.ids import new_id
from realtime.domain.messages import Content
from realtime.models import Block
from tests.domain.world import World
from tests.statements import heard


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


async def test_conversations_that_are_blocked_by_either_are_found(world: World) -> None:
    ids = {}
    for one, other in (("ada", "bob"), ("zoe", "ada"), ("ada", "eve"), ("bob", "zoe")):
        ids[one, other] = str((await conversations.start(world.actor(one), other)).id)
    for one, other in (("ada", "bob"), ("bob", "ada"), ("zoe", "ada"), ("ada", "nobody")):
        await blocks.block(world.actor(one), other)

    with heard() as asked:
        found = await blocks.pairs_of(world.node, "ada")

    assert (found, len(asked)) == ({ids["ada", "bob"], ids["zoe", "ada"]}, 1)
    assert await blocks.pairs_of(world.node, "bob") == {ids["ada", "bob"]}
    assert await blocks.pairs_of(world.node, "eve") == set()


@pytest.mark.parametrize("kind", ["postgres"])
async def test_whoever_blocks_thousands_may_come_back(world: World) -> None:
    """PostgreSQL takes 32 767 values in a statement: they would keep her out for good."""
    strangers = [f"stranger{n}" for n in range(17_000)]
    await world.node.people.all_known(["ada", *strangers])
    made = [
        Block(id=new_id(), user_id="ada", blocked_id=each, created_at=world.now)
        for each in strangers
    ]
    await Block.bulk_create(made, batch_size=1_000)

    assert await blocks.pairs_of(world.node, "ada") == set()


async def test_some_partners_are_found_without_all_others(world: World) -> None:
    names = [f"{n:03}" for n in range(2 * SOME)]
    for name in names:
        await conversations.start(world.actor("020x"), name)
    await world.group("ada", "020x", "eve")
    await conversations.start(world.actor("eve"), "dan")

    some = world.node.acquaintance.some_partners.of

    found = await asyncio.gather(*map(some, ("020x", "eve", "dan", "ada", "nobody")))
    assert len(found[0]) == len(set(found[0]) & set(names)) == SOME
    assert found[1:] == [["dan"], ["eve"], [], []]

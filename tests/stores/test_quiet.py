"""What a user mutes by two pages at once."""

from __future__ import annotations

import asyncio
import contextvars
from datetime import timedelta

import pytest
from tortoise.transactions import in_transaction

from realtime.domain import conversations, quiet
from realtime.domain.ids import new_id
from realtime.models import Mute
from tests.domain.world import World
from tests.stores.chat import until_waiting


@pytest.mark.parametrize("kind", ["postgres"])
async def test_of_two_mutes_at_once_the_later_one_counts(world: World) -> None:
    ada, outside = world.actor("ada"), contextvars.copy_context()
    pair = await conversations.start(ada, "bob")
    until = world.now + timedelta(hours=8)

    async with in_transaction():  # as another page's, which has not been committed yet
        await Mute.create(id=new_id(), user_id="ada", conversation_id=pair.id, until=world.now)
        muting = quiet.mute(ada, pair.id, until)
        second = asyncio.create_task(muting, context=outside)
        await until_waiting(world)
    await second

    assert await quiet.mutes(ada) == (quiet.Mute(pair.id, until),)


async def test_a_mute_takes_the_place_of_the_one_before_it(world: World) -> None:
    ada = world.actor("ada")
    pair = await conversations.start(ada, "bob")
    for until in (None, world.now + timedelta(hours=8), None):
        await quiet.mute(ada, pair.id, until)

        assert await quiet.mutes(ada) == (quiet.Mute(pair.id, until),)

"""Tokens that are revoked while one of them is used."""

from __future__ import annotations

import asyncio
import contextvars
from dataclasses import replace

import pytest
from tortoise.transactions import in_transaction

from realtime.domain import push
from realtime.domain.errors import InvalidToken
from realtime.models import PushSubscription, User
from tests.domain.test_push_subscriptions import PAGE, subscription
from tests.domain.world import World
from tests.stores.chat import waiting_for_a_lock


@pytest.mark.parametrize("kind", ["postgres"])
async def test_a_browser_that_is_subscribed_meanwhile_is_not_woken(world: World) -> None:
    bob = replace(world.actor("bob"), issued_at=world.now.timestamp() - 60)
    await world.node.people.known("bob")
    outside = contextvars.copy_context()

    async with in_transaction():
        await User.filter(id="bob").update(tokens_after=world.now)
        await PushSubscription.filter(user_id="bob").delete()
        subscribing = push.subscribe(bob, subscription(), PAGE)
        trying = asyncio.create_task(subscribing, context=outside)
        while not trying.done() and not await waiting_for_a_lock(world):  # noqa: ASYNC110
            await asyncio.sleep(0.01)

    with pytest.raises(InvalidToken):
        await trying
    assert await PushSubscription.all().count() == 0

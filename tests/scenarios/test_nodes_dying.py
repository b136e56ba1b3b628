"""A node that dies between its commit and its telling: others give it up, and tell."""

from __future__ import annotations

import asyncio

import pytest

from tests.cluster import Cluster
from tests.frontend import Frontend
from tests.patience import PATIENCE
from tests.scenarios.steps import everyone_joins, say, talk
from tests.servers.redis import Redis
from tests.stores.wire import Wire

HASTY = "tests.hasty"


@pytest.mark.parametrize(("database", "transports"), [("postgres", "websocket")])
async def test_what_a_node_stored_and_died_before_telling_is_told_by_the_others(
    cluster: Cluster, own_redis: Redis, database_url: str
) -> None:
    """The database's answer to the commit never comes, and the node is killed meanwhile."""
    cluster.settings["redis_url"] = own_redis.url
    async with Wire(database_url) as wire:
        dying = await cluster.process(module=HASTY, database_url=wire.url)
        living = await cluster.process(module=HASTY)
        ada, bob = await cluster.frontend(dying, "ada"), await cluster.frontend(living, "bob")
        room = await talk(bob, "ada")
        await everyone_joins(room, ada, bob)
        await say(ada, room, "one")
        wire.swallow_answers(b'"two"')
        await ada.emit("message:send", {"conversationId": room, "content": "two"})
        await stored(bob, room, 2)
        await dying.kill()

        for content in ("one", "two"):
            assert (await bob.hears("message:new"))["content"] == content
    await say(bob, room, "three")
    assert (await bob.hears("message:new"))["seq"] == 3


async def stored(person: Frontend, room: str, count: int) -> None:
    """Until so many messages are in the history."""
    async with asyncio.timeout(PATIENCE):
        found = 0
        while found < count:
            answer = await person.get(f"/api/messages/conversations/{room}")
            found = len(answer["messages"])
            await asyncio.sleep(0.05)

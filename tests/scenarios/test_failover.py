"""The Redis in which nodes meet dies, and Sentinels make its replica the primary."""

from __future__ import annotations

import asyncio

import pytest

from tests.cluster import Cluster
from tests.scenarios.steps import everyone_joins, say, talk
from tests.servers.redis_kinds import Sentinel


@pytest.mark.parametrize(("database", "transports"), [("postgres", "websocket")])
async def test_what_was_said_during_a_failover_is_told_after_it_in_order(
    cluster: Cluster, sentinel: Sentinel
) -> None:
    cluster.settings["redis_url"] = sentinel.url
    nodes = await asyncio.gather(cluster.process(), cluster.process())
    ada, bob = await cluster.frontend(nodes[0], "ada"), await cluster.frontend(nodes[1], "bob")
    room = await talk(ada, "bob")
    await everyone_joins(room, ada, bob)
    await say(ada, room, "before")

    sentinel.primary.kill()
    for node in nodes:
        await node.running.says("redis is away")
    await say(ada, room, "meanwhile")
    await say(bob, room, "here too")
    await sentinel.switched()
    for node in nodes:
        await node.running.says("redis is back")
    await say(ada, room, "after")

    for person in (ada, bob):
        heard = [await person.hears("message:new") for _ in range(4)]
        assert [message["seq"] for message in heard] == [1, 2, 3, 4]
        await person.settled()
        assert len(person.heard("message:new")) == 4

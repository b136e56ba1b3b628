"""Our own nodes can be started, asked, killed and started again as the scenarios need it."""

from __future__ import annotations

import asyncio

import pytest

from tests.cluster import Cluster
from tests.frontend import Refused
from tests.nodes import InProcess
from tests.rest import Rest
from tests.scenarios.steps import everyone_joins, talk
from tests.servers.redis import Redis

everywhere = pytest.mark.parametrize(
    ("database", "transports"), [("sqlite", "websocket"), ("postgres", "websocket")]
)
once = pytest.mark.parametrize(("database", "transports"), [("sqlite", "websocket")])


@everywhere
async def test_a_node_in_this_process_serves_frontends(cluster: Cluster, node: InProcess) -> None:
    ada = await cluster.frontend(node, "ada")

    assert await ada.ask("user:get-status", "ada") == {"userId": "ada", "status": "online"}
    assert (await ada.get("/healthz")).status == 200


@everywhere
async def test_a_process_that_was_killed_comes_back_on_its_port_with_its_data(
    cluster: Cluster,
) -> None:
    node = await cluster.process()
    ada = await cluster.frontend(node, "ada", reconnects=True)
    url, pid = node.url, node.running.pid
    assert (await ada.post("/api/messages", receiverId="bob", content="Hi")).status == 201

    await node.kill()
    await node.start()

    assert (node.url, node.running.pid == pid) == (url, False)
    await ada.is_connected(2)
    assert [each["lastMessage"]["content"] for each in await conversations(ada)] == ["Hi"]


async def conversations(person: Rest) -> list[dict[str, dict[str, str]]]:
    answer = await person.get("/api/messages/conversations")
    found: list[dict[str, dict[str, str]]] = answer["data"]
    return found


@once
async def test_a_process_ends_by_sigterm_and_its_log_is_kept(cluster: Cluster) -> None:
    node = await cluster.process(logs__format="json")

    assert await node.stop() == 0
    assert any('"stopping"' in line for line in node.log)


@once
async def test_settings_reach_the_node_as_its_environment(cluster: Cluster) -> None:
    cluster.settings["jwt__secret"] = "another secret, known to nobody but to this one node"
    node = await cluster.node()

    with pytest.raises(Refused, match="Invalid token"):
        await cluster.frontend(node, "ada")


@once
async def test_each_test_has_a_database_of_its_own(cluster: Cluster, node: InProcess) -> None:
    assert await conversations(cluster.person(node, "ada")) == []


@pytest.mark.parametrize(("database", "transports"), [("postgres", "websocket")])
async def test_who_has_settled_has_heard_what_was_said_on_another_node(
    cluster: Cluster, redis: Redis
) -> None:
    cluster.meets_in(redis.url)
    cluster.settings["limits__events__burst"] = 1000
    nodes = await asyncio.gather(cluster.process(), cluster.process())
    ada, bob = await cluster.frontend(nodes[0], "ada"), await cluster.frontend(nodes[1], "bob")
    room = await talk(ada, "bob")
    await everyone_joins(room, ada, bob)

    for number in range(1, 101):
        await ada.ask("message:send", {"conversationId": room, "content": str(number)})
        await bob.settled()
        assert len(bob.heard("message:new")) == number

    await bob.emit("typing:start", {"conversationId": room})
    await bob.settled()
    await ada.settled()
    assert len(ada.heard("typing:start")) == 1

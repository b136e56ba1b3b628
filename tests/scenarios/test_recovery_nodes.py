"""A page comes back on another node than the one that it was on, which may be dead."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from realtime.app import SERVER
from tests.cluster import Cluster, Node, port
from tests.frontend import Frontend
from tests.nodes import Process
from tests.scenarios.steps import BROWSER, everyone_joins, say, talk
from tests.scenarios.test_recovery import contents
from tests.servers.redis import Redis, asking
from tests.swallowing import Wire
from tests.tokens import token

both_ways = pytest.mark.parametrize(
    ("database", "transports"), [("postgres", "websocket"), ("postgres", "polling")]
)

only_over_websocket = pytest.mark.parametrize(
    ("database", "transports"), [("postgres", "websocket")]
)


@pytest.fixture
async def nodes(own_redis: Redis, cluster: Cluster) -> list[Process]:
    """Two nodes, which are one."""
    cluster.settings["redis_url"] = own_redis.url
    return list(await asyncio.gather(cluster.process(), cluster.process()))


class Travelling:
    """Ada's page, behind a wire that leads to one node after another, and Bob on the second."""

    def __init__(self, page: Frontend, bob: Frontend, wire: Wire, room: str) -> None:
        self.page, self.bob, self.wire, self.room = page, bob, wire, room

    async def arrives_at(self, node: Node) -> None:
        """Her page notices that it is cut off, if it has not, and comes back to this node."""
        self.wire.leads_to(port(node))
        if len(self.page.disconnects) < len(self.page.connects):
            await self.page.cut()
        await self.page.reconnect()

    async def says(self, content: str) -> None:
        await say(self.bob, self.room, content)


@pytest.fixture
async def travelling(nodes: list[Process], cluster: Cluster) -> Any:
    async with Wire(port(nodes[0])) as wire:
        page = await cluster.frontends.connect(wire.url, token("ada"), headers=BROWSER)
        bob = await cluster.frontend(nodes[1], "bob")
        room = await talk(bob, "ada")
        await everyone_joins(room, page, bob)
        await say(bob, room, "before")
        await page.hears("message:new")
        await kept(cluster)
        yield Travelling(page, bob, wire, room)


async def kept(cluster: Cluster) -> None:
    """What is known of a page is kept once a second."""
    await asyncio.sleep(1.5)


@both_ways
async def test_a_page_that_was_cut_off_in_silence_comes_back_to_another_node(
    travelling: Travelling, nodes: list[Process]
) -> None:
    await travelling.wire.cut()
    await travelling.says("missed")
    await travelling.arrives_at(nodes[1])
    await travelling.says("after")

    await travelling.page.has_heard("message:new", 3)
    assert travelling.page.recovered
    assert contents(travelling.page) == ["before", "missed", "after"]
    asked = await travelling.bob.ask("conversation:get-online-users", travelling.room)
    assert asked == ["ada"]
    offline = {"userId": "ada", "status": "offline"}
    assert offline not in travelling.bob.heard("user:status-changed")


@only_over_websocket
async def test_a_page_of_a_killed_node_is_told_by_another(
    travelling: Travelling, nodes: list[Process]
) -> None:
    await nodes[0].kill()
    await travelling.says("missed")
    await travelling.arrives_at(nodes[1])
    await travelling.says("after")

    await travelling.page.has_heard("message:new", 3)
    assert travelling.page.recovered
    assert contents(travelling.page) == ["before", "missed", "after"]
    pid = travelling.page.pid
    assert pid
    assert not any(pid in line for node in nodes for line in node.log)


@only_over_websocket
async def test_a_page_that_has_heard_nothing_for_long_moves_from_a_killed_node(
    own_redis: Redis, cluster: Cluster
) -> None:
    cluster.settings["redis_url"] = own_redis.url
    short = {"recovery__window": 3}
    nodes = await asyncio.gather(cluster.process(**short), cluster.process(**short))
    async with Wire(port(nodes[0])) as wire:
        page = await cluster.frontends.connect(wire.url, token("ada"), headers=BROWSER)
        bob = await cluster.frontend(nodes[1], "bob")
        room = await talk(bob, "ada")
        await everyone_joins(room, page, bob)
        await say(bob, room, "before")
        await page.hears("message:new")
        carl = await cluster.frontend(nodes[1], "carl")
        other = await talk(carl, "bob")
        await everyone_joins(other, carl)
        for _ in range(10):  # what others say meanwhile moves the window on
            await asyncio.sleep(0.5)
            await say(carl, other, "of no concern")

        await nodes[0].kill()
        await say(bob, room, "missed")
        await Travelling(page, bob, wire, room).arrives_at(nodes[1])

        await page.has_heard("message:new", 2)
        assert page.recovered
        assert contents(page) == ["before", "missed"]


@only_over_websocket
async def test_a_page_moves_from_a_draining_node_to_one_that_has_just_started(
    cluster: Cluster, travelling: Travelling, nodes: list[Process]
) -> None:
    await travelling.says("still there")
    await travelling.page.has_heard("message:new", 2)
    nodes[0].terminate()
    await travelling.page.is_disconnected()
    await travelling.says("missed")
    youngest = await cluster.process()
    travelling.wire.leads_to(port(youngest))
    await travelling.page.reconnect()
    await travelling.says("after")

    await travelling.page.has_heard("message:new", 4)
    assert travelling.page.recovered
    assert contents(travelling.page) == ["before", "still there", "missed", "after"]


@only_over_websocket
async def test_when_redis_has_lost_what_it_kept_nobody_is_told_that_nothing_is_lost(
    travelling: Travelling, nodes: list[Process], own_redis: Redis, cluster: Cluster
) -> None:
    await own_redis.flush()
    await asyncio.sleep(1.5)
    await travelling.arrives_at(nodes[1])
    await travelling.says("after")
    await travelling.page.settled()
    assert not travelling.page.recovered

    await everyone_joins(travelling.room, travelling.page)
    await travelling.says("from now on")
    await travelling.page.hears("message:new", lambda body: body[0]["content"] == "from now on")
    await kept(cluster)
    await travelling.arrives_at(nodes[0])
    assert travelling.page.recovered


SILENCE = 0.6


@only_over_websocket
async def test_a_dead_page_is_notified_by_its_node_unless_another_has_it_by_then(
    own_redis: Redis, cluster: Cluster
) -> None:
    cluster.settings["redis_url"] = own_redis.url
    pings = {"transport__ping_interval": SILENCE, "transport__ping_timeout": SILENCE}
    *nodes, patient = await asyncio.gather(
        cluster.process(**pings), cluster.process(**pings), cluster.process()
    )
    async with Wire(port(nodes[0])) as wire:
        page = await cluster.frontends.connect(wire.url, token("ada"), headers=BROWSER)
        phone, bob = [await cluster.frontend(patient, user) for user in ("ada", "bob")]
        room = await talk(bob, "ada")
        await everyone_joins(room, page, bob)
        travelling = Travelling(page, bob, wire, room)
        await kept(cluster)

        await wire.cut()
        await travelling.says("missed, and told")
        await travelling.arrives_at(nodes[1])
        await page.has_heard("message:new", 1)
        await asyncio.sleep(2 * SILENCE + 1.5)  # by then its former node would have given it up
        assert page.recovered
        assert (await phone.get("/api/notifications/unread-count"))["count"] == 0

        await wire.cut()
        await travelling.says("missed")
        assert (await phone.hears("notification:new"))["message"] == "missed"
        await travelling.arrives_at(nodes[0])
        await page.has_heard("message:new", 2)
        assert page.recovered
        assert len(phone.heard("notification:new")) == 1


@only_over_websocket
async def test_a_node_that_starts_has_what_a_dead_one_did_not_say_before_anybody_comes(
    own_redis: Redis, cluster: Cluster
) -> None:
    cluster.settings["redis_url"] = own_redis.url
    former = await cluster.process()
    bob = await cluster.frontend(former, "bob")
    room = await talk(bob, "ada")
    await everyone_joins(room, bob)
    for content in ("one", "two", "three"):
        await say(bob, room, content)
    async with asking(own_redis.url) as redis:
        (stream,) = [key async for key in redis.scan_iter("*stream")]
        said = [at for at, entry in await redis.xrange(stream) if b'"two"' in entry[b"m"]]
        assert await redis.xdel(stream, *said) == 1

    node = await cluster.node()

    assert node.app is not None
    assert node.app[SERVER]._publisher._sequencer.held_since() is None
    ada = await cluster.frontend(node, "ada")
    await everyone_joins(room, ada)
    await say(bob, room, "four")
    assert (await ada.hears("message:new"))["content"] == "four"

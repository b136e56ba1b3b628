"""Several nodes: what one stored while somebody was away, another tells from the database."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from realtime.app import SERVER
from realtime.delivery import said
from realtime.domain import sayings
from realtime.models import Said
from realtime.transport.socketio.recovery import keeping
from tests.cluster import Cluster, port
from tests.frontend import Frontend
from tests.nodes import InProcess
from tests.scenarios.steps import BROWSER, everyone_joins, say, talk
from tests.scenarios.test_recovery import contents
from tests.scenarios.test_recovery_nodes import Travelling, only_over_websocket
from tests.servers.redis import Redis
from tests.swallowing import Wire
from tests.tokens import token

LONG_MS = 2_000
"""How long a change may be said after its commit; more than the second in which a row is kept."""


class Meanwhile:
    """Others go on talking, so that time passes for the nodes."""

    def __init__(self, node: InProcess, bob: Frontend, room: str) -> None:
        self._node, self._bob, self._room = node, bob, room

    @property
    def now(self) -> int:
        stands = self._node.app[SERVER].stands  # type: ignore[index]
        assert stands is not None
        return int(stands[1][0])

    async def until(self, done: Callable[[], Awaitable[bool]]) -> None:
        while not await done():
            await say(self._bob, self._room, "of no concern")
            await asyncio.sleep(0.2)

    async def something_is_known_of_now(self) -> None:
        """Its record begins long enough before."""
        await self.until(lambda: Said.filter(number__lte=self.now - LONG_MS).exists())

    async def only_the_database_remembers(self, left: int) -> None:
        window = self._node.app[SERVER]._publisher.telling.window  # type: ignore[index]
        begin = window.next_number

        async def forgotten() -> bool:
            kept = await Said.filter(number__gt=left).exists()
            return kept and window.first_number >= begin

        await self.until(forgotten)


@only_over_websocket
async def test_what_another_node_stored_is_told_after_the_window(
    own_redis: Redis, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "TICK", 0.05)
    monkeypatch.setattr(said, "EVERY", 0.1)
    monkeypatch.setattr(sayings, "LONG_MS", LONG_MS)
    cluster.settings |= {"redis_url": own_redis.url, "recovery__window": 0.5}
    node, other = await cluster.node(), await cluster.process()
    bob = await cluster.frontend(other, "bob")
    room, zoes = await talk(bob, "ada"), await talk(bob, "zoe")
    async with Wire(port(node)) as to_node, Wire(port(other)) as to_other:
        pages = []
        for wire in (to_node, to_other):  # one has been here, one comes from elsewhere
            page = await cluster.frontends.connect(wire.url, token("ada"), headers=BROWSER)
            await everyone_joins(room, page)
            pages.append(Travelling(page, bob, wire, room))
        meanwhile = Meanwhile(node, bob, zoes)
        await meanwhile.something_is_known_of_now()
        for number in range(3):
            await say(bob, room, f"before {number}")
        for each in pages:
            await each.page.has_heard("message:new", 3)

        left = meanwhile.now
        for each in pages:
            await each.page.cut()
        for number in range(3):
            await say(bob, room, f"missed {number}")
        await meanwhile.only_the_database_remembers(left)
        for each in pages:
            await each.arrives_at(node)
        await say(bob, room, "after")

        for each in pages:
            await each.page.has_heard("message:new", 7)
            assert each.page.recovered
            told = contents(each.page)
            before, missed = told[:3], told[3:]
            assert before == [f"before {n}" for n in range(3)]
            assert missed == [*(f"missed {n}" for n in range(3)), "after"]

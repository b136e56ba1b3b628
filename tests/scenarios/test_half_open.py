"""A page counts as present until it is known to be dead: then it is told what it did not hear."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from realtime.app import SERVER
from realtime.delivery import unaware
from realtime.models import Notification
from realtime.transport import Server
from tests.cluster import Cluster, port
from tests.frontend import Frontend
from tests.nodes import InProcess
from tests.scenarios.steps import BROWSER, everyone_joins, on_both_databases, once, say, talk
from tests.scenarios.test_recovery import contents
from tests.swallowing import Wire
from tests.tokens import token
from tests.transport.clients import until

PING, SILENCE = 0.4, 2.0
"""Seconds between two pings, and until one that is not answered is a sign of death."""


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unaware, "ON_ITS_WAY", 0.2)


class Home:
    """Ada's page behind a wire, and Bob, in one conversation."""

    def __init__(self, node: InProcess, page: Frontend, bob: Frontend, wire: Wire) -> None:
        self.node, self.page, self.bob, self.wire = node, page, bob, wire
        self.room = ""

    @property
    def server(self) -> Server:
        assert self.node.app is not None
        return self.node.app[SERVER]

    async def says(self, *contents: str) -> None:
        for content in contents:
            await say(self.bob, self.room, content)

    async def all_has_arrived(self) -> None:
        """She has answered a ping that was sent behind it."""
        said = self.server._engine.stamp()
        await until(lambda: self.server.proved(self.page.sid) >= said)

    async def is_given_up(self) -> None:
        await until(lambda: self.server.proved(self.page.sid) is None)


@asynccontextmanager
async def home(cluster: Cluster, **settings: Any) -> AsyncIterator[Home]:
    pings = {"transport__ping_interval": PING, "transport__ping_timeout": SILENCE}
    node = await cluster.node(**pings, **settings)
    async with Wire(port(node)) as wire:
        page = await cluster.frontends.connect(wire.url, token("ada"), headers=BROWSER)
        bob = await cluster.frontend(node, "bob")
        made = Home(node, page, bob, wire)
        made.room = await talk(bob, "ada")
        await everyone_joins(made.room, page, bob)
        yield made


async def is_notified_of(user_id: str, *texts: str) -> None:
    """She has a notification of each of these messages, and of no other."""
    of_hers = Notification.filter(user_id=user_id).order_by("id")
    while len(found := await of_hers.values_list("text", flat=True)) < len(texts):  # noqa: ASYNC110
        await asyncio.sleep(0.02)
    assert found == list(texts)


@on_both_databases
async def test_what_was_sent_to_a_dead_page_makes_notifications_when_it_is_known_to_be_dead(
    cluster: Cluster,
) -> None:
    async with home(cluster) as there:
        phone = await cluster.frontend(there.node, "ada")
        await there.says("heard")
        await there.all_has_arrived()
        await there.wire.cut()
        await there.says("missed 1", "missed 2")
        await there.is_given_up()
        await there.says("missed 3")  # she counts as present no more

        told = await phone.has_heard("notification:new", 3)
        assert {each["message"] for each in told} == {"missed 1", "missed 2", "missed 3"}
        await there.page.is_disconnected()  # it knows by itself, as late
        await there.page.reconnect()
        await there.says("after")
        await there.page.hears("message:new", lambda body: body[0]["content"] == "after")

        assert there.page.recovered
        assert contents(there.page) == ["heard", *(f"missed {n}" for n in (1, 2, 3)), "after"]
        assert len(there.page.heard("notification:new")) == 3
        assert (await phone.get("/api/notifications/unread-count"))["count"] == 3


@once
async def test_who_is_back_before_that_is_told_and_has_no_notifications(cluster: Cluster) -> None:
    async with home(cluster) as there:
        await there.wire.cut()
        await there.says("missed 1", "missed 2")
        await there.page.cut()
        await there.page.reconnect()

        await there.page.has_heard("message:new", 2)
        assert there.page.recovered
        await asyncio.sleep(PING + SILENCE + 0.3)  # by then her former connection would be given up
        await is_notified_of("ada")


@once
async def test_who_stays_away_after_a_drop_is_notified_when_she_looks_offline(
    cluster: Cluster,
) -> None:
    async with home(cluster, presence__grace=0.3) as there:
        await there.says("heard")
        await there.page.hears("message:new")
        await there.page.cut()
        await there.says("missed")
        await is_notified_of("ada", "missed")
        await there.says("later")
        await is_notified_of("ada", "missed", "later")


@once
async def test_who_is_back_and_told_nothing_has_notifications_of_what_she_missed(
    cluster: Cluster,
) -> None:
    async with home(cluster, recovery__events=2) as there:
        await there.says("heard")
        await there.page.hears("message:new")
        await there.wire.cut()
        await there.says("missed 1", "missed 2", "missed 3")
        await there.page.cut()
        await there.page.reconnect()
        await there.says("after")
        await there.page.hears("message:new", lambda body: body[0]["content"] == "after")

        assert not there.page.recovered
        await is_notified_of("ada", "missed 1", "missed 2", "missed 3")
        assert contents(there.page) == ["heard", "after"]

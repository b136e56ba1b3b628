"""What one node stored and never said is loaded by another and told in its place."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from realtime.delivery.fanout import FanOut
from realtime.delivery.languages import Languages
from realtime.delivery.missing import Missing
from realtime.dialects.loading import load
from realtime.dialects.words import Words
from realtime.domain import messages, notifications, receipts
from realtime.domain.records import Notice
from realtime.transport import Server
from realtime.transport.backplane import Message, Unit
from realtime.transport.socketio import ordering
from tests.domain.world import World
from tests.hub import Hub, HubBackplane
from tests.patience import PATIENCE


class Forgetful(HubBackplane):
    """A node's connection that loses some numbers on their way: it died before it had said them."""

    lost: frozenset[int] = frozenset()

    def publish(self, message: Message) -> None:
        if isinstance(message, Unit) and message.order and message.order[1] in self.lost:
            return
        super().publish(message)


class Watching:
    """What another node delivered, by order key: the numbers, and which said something."""

    def __init__(self, server: Server, last: int) -> None:
        self.given: dict[str, list[int]] = {}
        self.silent: list[int] = []
        self.said_in: set[str | None] = set()
        self.done = asyncio.Event()
        self._last = last
        server._publisher._sequencer._deliver = self._give

    def _give(self, unit: Unit) -> None:
        assert unit.order is not None
        key, number = unit.order
        self.given.setdefault(key, []).append(number)
        self.said_in.add(unit.said_in)
        if not unit.deliveries:
            self.silent.append(number)
        if number == self._last:
            self.done.set()


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ordering, "GAP_SECONDS", 0.001)


@pytest.fixture
async def forgetful(world: World) -> AsyncIterator[tuple[Forgetful, Server]]:
    """The node of the world says what it does over a forgetful wire; another one hears it."""
    hub, spoken, namespaces = Hub(), load(), ("/", "/api")
    wire = Forgetful(hub)
    here, there = (
        Server(namespaces=namespaces, backplane=backplane) for backplane in (wire, hub.node())
    )
    languages = Languages(spoken, namespaces, tell=lambda _: None)
    fanout = FanOut(here, spoken, Words(), namespaces, languages)
    world.announcer.listen(fanout.announce)
    elsewhere = FanOut(there, spoken, Words(), namespaces, languages)
    there.load_missing_with(Missing(elsewhere, world.node))
    for server in (here, there):
        await server.start()
    yield wire, there
    for server in (here, there):
        await server.close()


async def test_an_edit_never_overtakes_a_message_that_was_lost(
    world: World, forgetful: tuple[Forgetful, Server]
) -> None:
    wire, there = forgetful
    made = await world.group("ada", "bob")  # change 1
    heard = Watching(there, last=6)
    wire.lost = frozenset({3})

    await world.say("ada", made.id, "One")
    await world.say("ada", made.id, "Two")
    third = await world.say("ada", made.id, "Three")
    await messages.edit(world.actor("ada"), third.id, "Third")
    await receipts.mark_read(world.actor("bob"), made.id)

    await asyncio.wait_for(heard.done.wait(), PATIENCE)
    assert heard.given[str(made.id)] == [2, 3, 4, 5, 6]
    assert heard.silent == []


async def test_lost_edits_deletions_and_receipts_are_told_too(
    world: World, forgetful: tuple[Forgetful, Server]
) -> None:
    wire, there = forgetful
    made = await world.group("ada", "bob")
    heard = Watching(there, last=7)
    wire.lost = frozenset({4, 5, 6})

    one, two = [await world.say("ada", made.id, text) for text in ("One", "Two")]
    await messages.edit(world.actor("ada"), one.id, "Once")
    await receipts.mark_read(world.actor("bob"), made.id)
    await messages.delete(world.actor("ada"), two.id)
    await world.say("bob", made.id, "Three")

    await asyncio.wait_for(heard.done.wait(), PATIENCE)
    assert heard.given[str(made.id)] == [2, 3, 4, 5, 6, 7]
    assert heard.silent == []


async def test_a_lost_notification_is_told_in_its_place(
    world: World, forgetful: tuple[Forgetful, Server]
) -> None:
    wire, there = forgetful
    heard = Watching(there, last=3)
    wire.lost = frozenset({2})

    for n in range(3):
        await notifications.notify(world.node, ["ada"], Notice("GENERAL", str(n)))

    await asyncio.wait_for(heard.done.wait(), PATIENCE)
    assert heard.given["user:ada"] == [1, 2, 3]
    assert heard.silent == []


async def test_what_was_said_in_other_words_is_put_into_those_of_this_node(
    world: World, forgetful: tuple[Forgetful, Server]
) -> None:
    """A socket whose dialect nobody spoke came in before the other node had heard of it."""
    _, there = forgetful
    made = await world.group("ada", "bob")
    heard = Watching(there, last=3)
    there.understand_with(lambda _said_in: False)

    for text in ("One", "Two"):
        await world.say("ada", made.id, text)

    await asyncio.wait_for(heard.done.wait(), PATIENCE)
    assert heard.given[str(made.id)] == [2, 3]
    assert heard.said_in == {None}

"""What was stored and never announced is told on every node, on one that started since, too."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Any

import pytest

from realtime.delivery import sweep as module
from realtime.delivery.fanout import FanOut
from realtime.delivery.languages import Languages
from realtime.delivery.missing import Missing
from realtime.delivery.sweep import Sweep
from realtime.dialects.loading import load
from realtime.dialects.words import Words
from realtime.domain import unheard
from realtime.transport import Server
from realtime.transport.socketio import ordering
from tests.delivery.test_missing import Forgetful, Watching
from tests.domain.world import World
from tests.hub import Hub, HubBackplane
from tests.patience import PATIENCE
from tests.transport.clients import until

NAMESPACES = ("/", "/api")

Join = Callable[..., Awaitable[tuple[Server, Sweep]]]


@pytest.fixture
def kind() -> str:
    """Only there can be several nodes."""
    return "postgres"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Hub:
    monkeypatch.setattr(ordering, "GAP_SECONDS", 0.001)
    return Hub()


@pytest.fixture
async def join(world: World, hub: Hub) -> AsyncIterator[Join]:
    """One more node that sweeps."""
    async with AsyncExitStack() as running:

        async def joined(backplane: HubBackplane | None = None) -> tuple[Server, Sweep]:
            server = Server(namespaces=NAMESPACES, backplane=backplane or hub.node())
            languages = Languages(load(), NAMESPACES, tell=lambda _: None)
            fanout = FanOut(server, load(), Words(), NAMESPACES, languages)
            server.load_missing_with(Missing(fanout, world.node))
            if backplane is not None:
                world.announcer.listen(fanout.announce)
            await server.start()
            running.push_async_callback(server.close)
            sweep = Sweep(server, lambda: datetime.now(UTC), world.work.start)
            await sweep.start()
            running.push_async_callback(sweep.stop)
            return server, sweep

        yield joined


async def test_what_a_node_stored_and_died_before_telling_is_told_on_one_that_started_since(
    world: World, hub: Hub, join: Join
) -> None:
    wire = Forgetful(hub)
    await join(wire)
    living, living_sweep = await join()
    made = await world.group("ada", "bob")  # change 1
    await world.say("ada", made.id, "One")
    wire.lost = frozenset({3})
    await world.say("ada", made.id, "Two")
    young, young_sweep = await join()
    heard = [Watching(server, last=3) for server in (living, young)]

    for sweep in (living_sweep, young_sweep):
        sweep.missed()  # both have heard that the node is gone

    for each in heard:
        await asyncio.wait_for(each.done.wait(), PATIENCE)
        assert each.given == {str(made.id): [3]}


async def test_a_sweep_that_failed_for_long_begins_where_it_would_have_begun_at_once(
    world: World, hub: Hub, join: Join, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "EVERY", 0.005)
    wire = Forgetful(hub)
    await join(wire)
    living, sweep = await join()
    made = await world.group("ada", "bob")
    heard = Watching(living, last=2)
    tries: list[Any] = []
    look = unheard.since

    async def too_slow(then: Any) -> Any:
        tries.append(then)
        raise TimeoutError

    monkeypatch.setattr(unheard, "since", too_slow)
    wire.lost = frozenset({2})
    await world.say("ada", made.id, "One")
    sweep.missed()
    await until(lambda: len(tries) > 3 * module.KEPT)

    monkeypatch.setattr(unheard, "since", look)

    await asyncio.wait_for(heard.done.wait(), PATIENCE)
    assert heard.given == {str(made.id): [2]}


async def test_what_a_node_stored_while_it_was_cut_off_for_long_is_told_on_the_others(
    world: World, hub: Hub, join: Join, monkeypatch: pytest.MonkeyPatch
) -> None:
    """These were well, and remember only moments of after that."""
    monkeypatch.setattr(module, "EVERY", 0.005)
    wire = hub.node()
    await join(wire)
    living, sweep = await join()
    made = await world.group("ada", "bob")  # change 1
    heard = Watching(living, last=3)
    wire.leave()
    await world.say("ada", made.id, "One")
    await world.say("ada", made.id, "Two")
    stored = datetime.now(UTC)
    await until(lambda: sweep._moments[0].at > stored)

    wire.come_back()

    await asyncio.wait_for(heard.done.wait(), PATIENCE)
    assert heard.given == {str(made.id): [2, 3]}

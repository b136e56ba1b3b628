"""The node that pages are on is replaced, or killed: they come back and show what they should."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Collection
from typing import Any

import pytest

from realtime.transport.socketio.recovery.records import key_of
from tests.cluster import Cluster, port
from tests.components.seats import LOOK, Seat, Seats, agree, are_gone, seated, show, tell
from tests.components.stage import Stage
from tests.nodes import Process
from tests.patience import PATIENCE
from tests.scenarios.kept import place, rows, said_until
from tests.scenarios.steps import once
from tests.scenarios.test_recovery_nodes import only_over_websocket
from tests.servers.redis import asking
from tests.swallowing import Wire


async def are_kept(cluster: Cluster, seats: Seats) -> None:
    """Until a process that knows nothing would find their sockets, in their conversations, and all
    that was said to them by then."""
    for seat in seats:
        end = time.monotonic() + PATIENCE
        while why := await not_kept(cluster, seat):
            assert time.monotonic() < end, why
            await asyncio.sleep(LOOK)


async def not_kept(cluster: Cluster, seat: Seat) -> str | None:
    """What such a process would not know of a seat; None where it would know all."""
    sockets = await seat.sockets()
    records = {sid: await record(cluster, key_of(pid)) for sid, pid in sockets.items()}
    if any(kept.get("former", [""])[-1] != sid for sid, kept in records.items()):
        return f"{seat.user} has {sockets}, of which are kept {records}"
    if seat.joins and not any(seat.room in kept["note"]["joined"] for kept in records.values()):
        return f"{seat.user} has joined {seat.room}, and is kept as {records}"
    since = max(place(kept["upto"]) for kept in records.values())
    if "redis_url" not in cluster.settings and (until := await said_until(cluster)) < since:
        return f"{seat.user} is kept as of {since}, and what was said until {until}"
    return None


async def record(cluster: Cluster, key: str) -> dict[str, Any]:
    """What was kept of a socket, in Redis where the nodes have one; empty where nothing was."""
    url = cluster.settings.get("redis_url")
    if url is None:
        kept = dict(await rows(cluster, "SELECT id, record FROM known_sessions"))
        return dict(json.loads(kept.get(key, "{}")))
    async with asking(url) as client:
        packed = [await client.get(name) async for name in client.scan_iter(f"*session:{key}")]
    return dict(json.loads(packed[0] or "{}")) if packed else {}


async def are_back(seats: Seats, before: list[Collection[str]]) -> None:
    """They have new connections."""
    for seat, sids in zip(seats, before, strict=True):
        await seat.is_there(but=sids)


async def are_elsewhere(seats: Seats) -> None:
    """No server is left behind their backs: a node stops before the browser does."""
    for seat in seats:
        await seat.tab.goes_to("about:blank")


@pytest.fixture
def people(cluster: Cluster, stage: Stage) -> Cluster:
    """A node knows when somebody is away as soon as she is."""
    cluster.settings |= {
        "dialects__origins": stage.origins("ada", "eve"),
        "presence__grace": 0,
    }
    return cluster


@once
async def test_the_only_node_is_replaced_and_killed(people: Cluster, stage: Stage) -> None:
    """Eve's pages are back at once, Ada's after Bob has gone on talking."""
    node = await people.process()
    bob = await people.frontend(node, "bob", reconnects=True)
    async with Wire(port(node)) as wire:
        away = await seated(stage, bob, "ada", wire.url)
        here = await seated(stage, bob, "eve", node.url)
        everyone = [*away, *here]
        await show(everyone, "before")
        for missed, ends in enumerate((replaced, killed), 1):
            await are_kept(people, everyone)
            await tell(bob, everyone, f"before it is {ends.__name__}")
            before = [await seat.sockets() for seat in here]
            wire.leads_nowhere()
            node = await ends(people, node)
            await are_back(here, before)
            await are_gone(bob, away)
            await tell(bob, everyone, f"{ends.__name__} meanwhile")
            wire.leads_to(port(node))
            await show(everyone, f"{ends.__name__} meanwhile")
            await agree(people, node, away, here, {missed})
        await are_elsewhere(everyone)


async def replaced(cluster: Cluster, node: Process) -> Process:
    return await cluster.process("--replace", port=port(node))


async def killed(cluster: Cluster, node: Process) -> Process:
    await node.kill()
    await node.start()
    return node


@only_over_websocket
async def test_one_of_two_nodes_stops_and_is_killed(
    people: Cluster, stage: Stage, redis_url: str
) -> None:
    """Eve's pages are on the other one, and never away."""
    people.settings["redis_url"] = redis_url
    node, other = await asyncio.gather(people.process(), people.process())
    bob = await people.frontend(other, "bob")
    async with Wire(port(node)) as wire:
        away = await seated(stage, bob, "ada", wire.url)
        here = await seated(stage, bob, "eve", other.url)
        everyone = [*away, *here]
        await show(everyone, "before")
        await are_kept(people, away)

        wire.leads_nowhere()
        assert await node.stop() == 0
        await are_gone(bob, away)
        await tell(bob, everyone, "while it is stopped")
        await node.start()
        wire.leads_to(port(node))
        await show(everyone, "while it is stopped")
        await agree(people, node, away, here, {1})

        await are_kept(people, away)
        wire.leads_nowhere()
        await node.kill()
        await tell(bob, everyone, "while it is dead")
        wire.leads_to(port(other))
        await show(everyone, "while it is dead")
        await agree(people, other, away, here, {1, 2})  # 2: it was long in dying
        await are_elsewhere(everyone)

"""Several nodes: what one stored while somebody was away, another tells from the database."""

from __future__ import annotations

import asyncio

import pytest

from realtime.app import SERVER
from realtime.domain import sayings
from realtime.models import Said
from realtime.transport.socketio.recovery import keeping
from tests.cluster import Cluster
from tests.scenarios.steps import everyone_joins, say, talk
from tests.servers.redis import Redis
from tests.transport.clients import until

BROWSER = {"User-Agent": "Mozilla/5.0 (of a test)"}


@pytest.mark.parametrize(("database", "transports"), [("postgres", "websocket")])
async def test_what_another_node_stored_is_told_after_the_window(
    cluster: Cluster, own_redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "TICK", 0.05)
    monkeypatch.setattr(sayings, "LONG_MS", 500)
    cluster.settings |= {"redis_url": own_redis.url, "recovery__window": 0.5}
    node, other = await cluster.node(), await cluster.process()
    page = await cluster.frontend(node, "ada", headers=BROWSER)
    bob = await cluster.frontend(other, "bob", headers=BROWSER)
    room = await talk(bob, "ada")
    await everyone_joins(room, page, bob)
    while await Said.all().count() < 2:  # noqa: ASYNC110 - the database tells nobody
        await asyncio.sleep(0.1)
    for number in range(3):
        await say(bob, room, f"before {number}")
    await page.has_heard("message:new", 3)
    left = node.app[SERVER].stands[1][0]  # type: ignore[index]

    await page.cut()
    for number in range(3):
        await say(bob, room, f"missed {number}")
    window = node.app[SERVER]._publisher.telling.window  # type: ignore[index]
    begin = window.next_number
    await until(lambda: window.first_number >= begin)
    while not await Said.filter(number__gt=left).exists():  # noqa: ASYNC110
        await asyncio.sleep(0.1)
    await page.reconnect()
    await say(bob, room, "after")
    await page.has_heard("message:new", 7)

    assert page.recovered
    told = [body[0]["content"] for name, body in page.history if name == "message:new"]
    assert told == [f"before {n}" for n in range(3)] + [f"missed {n}" for n in range(3)] + ["after"]
    assert await Said.all().count() == len(set(await Said.all().values_list("number", flat=True)))

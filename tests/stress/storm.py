"""A page that changes nodes in a storm: `python -m tests.stress.storm [SECONDS] [RATE]`.

Twenty thousand events a second go to one room of two nodes over Redis. A client in it comes to the
other node again and again, which hears nothing for 300 ms when it comes: it is behind what the
client has heard.
Ends with 1 if anything was lost, doubled or reordered, or not recovered.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import aiohttp
from aiohttp import web

from realtime.transport import RecoverySettings, Server
from realtime.transport.backplane.redis import RedisBackplane
from realtime.transport.socketio.recovery import recovery
from tests.servers.redis import Redis
from tests.transport.clients import WebSocket

STAYS = 0.4
"""Seconds that the client stays on a node."""
PAUSE = 0.3
"""Seconds for which the node that it comes to hears nothing."""
PATIENCE = 20.0
"""Seconds in which a node may catch up with its client: both nodes and the client share a core."""
BURST = 0.005
AT_ONCE = 500
"""Events after which others have their turn, however late they are."""
MOST_UNHEARD = 15_000
"""Events that are on their way at most: it is no use to say more than can be heard."""
PATIENT = RecoverySettings(events=10**6, bytes=10**9)


class Node:
    """A node whose clients are in one room, and which can be made deaf for a while."""

    def __init__(self, redis_url: str, name: str) -> None:
        self.backplane = RedisBackplane(
            redis_url, process=f"{name}.storm", prefix="storm:", kept_seconds=60, kept_bytes=10**9
        )
        self.server = Server(node=name, backplane=self.backplane, recovery=PATIENT)
        self.server.on("connect", self._connect)
        self.url = ""

    async def start(self) -> None:
        app = web.Application()
        self.server.attach(app)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await self.server.start()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/socket.io/"

    async def stop(self) -> None:
        await self.server.close()
        await self._runner.cleanup()

    async def deaf(self) -> None:
        """It reads nothing from Redis for a while."""
        reader = self.backplane._reader
        assert reader is not None
        assert reader._transport is not None
        reader._transport.pause_reading()
        await asyncio.sleep(PAUSE)
        reader._transport.resume_reading()

    async def _connect(self, sid: str, _environ: Any, _auth: Any) -> None:
        self.server.note(sid, {})
        self.server.join(sid, "room")
        await self.server.recover(sid)


class Wanderer:
    """The client, and all that it has heard."""

    def __init__(self, http: aiohttp.ClientSession) -> None:
        self._http = http
        self._auth: dict[str, Any] = {}
        self.heard: list[int] = []
        self.moves = self.anew = 0

    async def visits(self, node: Node, last: int | None, seconds: float) -> None:
        """Come to a node and listen: so long, or until the last event."""
        client = await WebSocket.open(self._http, node.url)
        await client.says("40" + json.dumps(self._auth))
        packet = await client.hears()
        pid = json.loads(packet[2:])["pid"]
        self.anew += self._auth.get("pid", pid) != pid
        self._auth["pid"] = pid
        until = time.monotonic() + seconds
        while time.monotonic() < until or last is not None:
            _, number, self._auth["offset"] = await client.event()
            self.heard.append(number)
            if number == last:
                break
        await client.close()
        self.moves += 1


async def storm(
    node: Node, rate: float, calm: asyncio.Event, heard: Sequence[int]
) -> tuple[int, float]:
    """So many events a second, or as many as this machine bears, until it is calm; how many there
    were, and how many a second."""
    began, number = time.monotonic(), 0
    while not calm.is_set():
        while number < (time.monotonic() - began) * rate:
            await node.server.emit("said", number, room="room")
            number += 1
            if number % AT_ONCE == 0 or number - max(heard[-1:], default=0) > MOST_UNHEARD:
                break
        await asyncio.sleep(BURST)
    return number, number / (time.monotonic() - began)


async def wander(wanderer: Wanderer, nodes: list[Node], seconds: float) -> None:
    """From one node to the other, again and again."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        left, there = nodes[1 - wanderer.moves % 2], nodes[wanderer.moves % 2]
        await left.server._returns.recovery.keeping.write()  # type: ignore[union-attr]
        deaf = asyncio.create_task(there.deaf())
        await wanderer.visits(there, None, STAYS)
        await deaf


async def run(seconds: float, rate: float) -> int:
    recovery.REACH_SECONDS = PATIENCE  # type: ignore[misc]
    redis = Redis(shared=False)
    try:
        nodes = [Node(redis.url, name) for name in ("a", "b")]
        for node in nodes:
            await node.start()
        async with aiohttp.ClientSession() as http:
            wanderer = Wanderer(http)
            await wanderer.visits(nodes[0], None, 0)
            calm = asyncio.Event()
            blowing = asyncio.create_task(storm(nodes[1], rate, calm, wanderer.heard))
            await wander(wanderer, nodes, seconds)
            calm.set()
            said, speed = await blowing
            await nodes[0].server._returns.recovery.keeping.write()  # type: ignore[union-attr]
            await nodes[1].server.emit("said", said, room="room")  # so that there is one to hear
            await wanderer.visits(nodes[0], said, 0)
        for node in nodes:
            await node.stop()
        print(f"{said} events, {speed:.0f} a second; {wanderer.moves} times to a node")
        return verdict(wanderer, said + 1)
    finally:
        redis.kill()


def verdict(wanderer: Wanderer, said: int) -> int:
    """Print it; the exit code."""
    heard = wanderer.heard
    lost, doubled = said - len(set(heard)), len(heard) - len(set(heard))
    inverted = sum(later < earlier for earlier, later in pairwise(heard))
    print(f"lost {lost}, doubled {doubled}, reordered {inverted}, anew {wanderer.anew}", flush=True)
    return int(bool(lost or doubled or inverted or wanderer.anew))


def main() -> None:
    """Ten seconds, twenty thousand a second where nothing is said."""
    given = [*sys.argv[1:], *("10", "20000")[len(sys.argv) - 1 :]]
    seconds, rate = map(float, given)
    sys.exit(asyncio.run(run(seconds, rate)))


if __name__ == "__main__":
    main()

"""Three nodes under fire: `python -m tests.stress.nodes [SECONDS]` prints what was lost.

People send over all nodes, every third time twice, while two nodes are killed again and again,
Redis is killed, frozen and wiped, and PostgreSQL drops every connection. One listener in each
conversation stays connected to the third node: it must hear every number of its conversation, once,
in order.
Ends with 1 if anything was lost, doubled or reordered.
"""

from __future__ import annotations

import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from itertools import pairwise
from pathlib import Path

import aiohttp

from tests.cluster import Cluster
from tests.driver import Driver, install_clients
from tests.frontend import Frontend
from tests.frontends import Frontends
from tests.nodes import Process, migrate
from tests.rest import Rest
from tests.scenarios.steps import everyone_joins, talk
from tests.servers.postgres import Postgres
from tests.servers.redis import Redis
from tests.stores.wire import Wire
from tests.stress.posting import post

ROOMS = 8
PAUSE = 0.02
"""Seconds between two messages of one sender."""
SETTLE = 40.0
"""Seconds that the last of it may take: a node's death is noticed after 25."""


class Storm:
    """What is done to the nodes while people talk, and what comes of it."""

    def __init__(self, nodes: list[Process], redis: Redis, wire: Wire) -> None:
        self.nodes = nodes
        self.redis = redis
        self.wire = wire
        self.acked: dict[str, dict[str, int]] = {}
        self.heard: dict[str, list[float]] = {}
        self.over = False

    async def send(self, room: str, people: list[Rest]) -> None:
        """One sender in one conversation: a message is sent until some node has acked it."""
        number = 0
        while not self.over:
            number += 1
            client_id = f"{room[-8:]}-{number}"
            times = 1 + (random.random() < 0.3)
            while times:
                body = {"conversationId": room, "content": client_id, "clientId": client_id}
                seq = await post(random.choice(people), body)
                if seq is None:
                    await asyncio.sleep(0.05)
                    continue
                before = self.acked[room].setdefault(client_id, seq)
                assert before == seq, f"{client_id} was {before} and is {seq}"
                times -= 1
            await asyncio.sleep(PAUSE)

    async def rage(self, seconds: float) -> None:
        """One blow after the other, until the time is over."""
        blows: list[Callable[[], Awaitable[None]]] = [
            self.kill_a_node,
            self.kill_redis,
            self.kill_a_node,
            self.freeze_redis,
            self.wipe_redis,
            self.cut_the_database,
        ]
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for blow in random.sample(blows, len(blows)):
                print(f"  {blow.__name__.replace('_', ' ')}", flush=True)
                await blow()
                await asyncio.sleep(random.uniform(0.5, 2.0))
                if time.monotonic() > end:
                    break
        self.over = True

    async def kill_a_node(self) -> None:
        node = random.choice(self.nodes[:2])
        await node.kill()
        await asyncio.sleep(random.uniform(0, 0.5))
        await node.start()

    async def kill_redis(self) -> None:
        self.redis.kill()
        await asyncio.sleep(random.uniform(0.1, 3.0))
        self.redis.start()

    async def freeze_redis(self) -> None:
        self.redis.freeze()
        await asyncio.sleep(random.uniform(0.1, 4.0))
        self.redis.thaw()

    async def wipe_redis(self) -> None:
        await self.redis.flush()

    async def cut_the_database(self) -> None:
        self.wire.break_all()


def verdict(storm: Storm, listeners: dict[str, Frontend]) -> tuple[int, int, int]:
    """How many messages were lost, doubled and reordered."""
    lost = doubled = reordered = 0
    for room, listener in listeners.items():
        seqs = [m["seq"] for m in listener.heard("message:new") if m["conversationId"] == room]
        lost += len(set(storm.acked[room].values()) - set(seqs))
        doubled += len(seqs) - len(set(seqs))
        reordered += sum(1 for a, b in pairwise(seqs) if a > b)
    return lost, doubled, reordered


async def run(seconds: float, folder: Path) -> int:
    """The storm, and what it left; the exit code."""
    postgres, redis, driver = Postgres(), Redis(shared=False), Driver()
    try:
        url = await postgres.create()
        migrate(folder, url)
        async with (
            Wire(url) as wire,
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=15)) as http,
        ):
            frontends = Frontends(driver, http, "websocket")
            cluster = Cluster(
                folder,
                frontends,
                wire.url,
                redis_url=redis.url,
                limits__rest__rate=100_000,
                limits__rest__burst=100_000,
            )
            nodes = list(await asyncio.gather(*(cluster.process() for _ in range(3))))
            storm = Storm(nodes, redis, wire)
            listeners: dict[str, Frontend] = {}
            senders = []
            for number in range(ROOMS):
                listener = await cluster.frontend(nodes[2], f"listener{number}")
                people = [cluster.person(node, f"sender{number}") for node in nodes]
                room = await talk(listener, f"sender{number}")
                await everyone_joins(room, listener)
                listeners[room], storm.acked[room] = listener, {}
                senders.append(asyncio.create_task(storm.send(room, people)))
            started = time.monotonic()
            await storm.rage(seconds)
            await asyncio.gather(*senders)
            end = time.monotonic() + SETTLE
            while verdict(storm, listeners)[0] and time.monotonic() < end:  # noqa: ASYNC110
                await asyncio.sleep(0.2)
            settled = time.monotonic() - started - seconds
            lost, doubled, reordered = verdict(storm, listeners)
            acked = sum(map(len, storm.acked.values()))
            print(f"acked {acked}, lost {lost}, doubled {doubled}, reordered {reordered}")
            print(f"all was heard {settled:.1f} s after the storm")
            await cluster.stop()
            return int(bool(lost or doubled or reordered))
    finally:
        driver.stop()
        redis.kill()
        postgres.close()


def main() -> None:
    """Run it for so many seconds, 60 where none are given."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    install_clients()
    with tempfile.TemporaryDirectory() as folder:
        sys.exit(asyncio.run(run(seconds, Path(folder))))


if __name__ == "__main__":
    main()

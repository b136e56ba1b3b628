"""Deploys under load: `python -m tests.stress.rolling [SECONDS]` prints what pages missed of them.

Pages that join their conversation once, when they open, as the shipped ones do, behind a proxy that
knows nothing of sessions, half of them polling. Meanwhile one node after the other is restarted,
every third time by kill -9, and the proxy reads its configuration again. Each page must show every
message of its conversation, once and in order.
Ends with 1 if anything was lost, doubled or reordered, or if a page was told that it missed
something.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections import Counter
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
from tests.servers.nginx import Nginx
from tests.servers.postgres import Postgres
from tests.servers.redis import Redis
from tests.stress.posting import post
from tests.tokens import token

ROOMS = 12
PAUSE = 0.05
"""Seconds between two messages in a conversation."""
SETTLE = 40.0
"""Seconds that the last of it may take: a node's death is noticed after 25."""
LOOK = 0.05
BROWSER = {"User-Agent": "Mozilla/5.0 (of a stress test)"}


class Deploys:
    """Pages and senders, and the nodes that are restarted under them."""

    def __init__(self, nodes: list[Process], proxy: Nginx) -> None:
        self.nodes = nodes
        self.proxy = proxy
        self.pages: dict[str, Frontend] = {}
        self.stored: dict[str, set[int]] = {}
        self.longest = 0.0
        self.slowest = 0.0
        self.over = False

    async def send(self, room: str, person: Rest) -> None:
        """One message after the other, each until it is acked."""
        number = 0
        while not self.over:
            number += 1
            client_id = f"{room[-8:]}-{number}"
            body = {"conversationId": room, "content": client_id, "clientId": client_id}
            begin = time.monotonic()
            while (seq := await post(person, body)) is None:  # noqa: ASYNC110 - as a page does
                await asyncio.sleep(PAUSE)
            self.stored[room].add(seq)
            self.slowest = max(self.slowest, time.monotonic() - begin)
            await asyncio.sleep(PAUSE)

    async def restart(self, seconds: float) -> Counter[str]:
        """One node after the other until the time is over; how often what was done."""
        done: Counter[str] = Counter()
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            node = self.nodes[done.total() % len(self.nodes)]
            if done.total() % 3 == 2:
                await node.kill()
                done["killed"] += 1
            else:
                assert await node.stop() == 0
                done["stopped"] += 1
            await node.start()
            if done.total() % 5 == 0:
                urls = [each.url for each in self.nodes]
                await asyncio.to_thread(self.proxy.route_to, *urls)
            await asyncio.sleep(0.5)
        self.over = True
        return done

    async def watch(self) -> None:
        """How long a page heard nothing, at most."""
        since = dict.fromkeys(self.pages, time.monotonic())
        counts = dict.fromkeys(self.pages, 0)
        while not self.over:
            now = time.monotonic()
            for room, page in self.pages.items():
                count = len(page.heard("message:new"))
                self.longest = max(self.longest, now - since[room])
                if count > counts[room]:
                    since[room], counts[room] = now, count
            await asyncio.sleep(LOOK)

    def verdict(self) -> tuple[int, int, int]:
        """How many messages were lost, doubled and reordered."""
        lost = doubled = reordered = 0
        for room, page in self.pages.items():
            # Behind each event's own argument comes the offset.
            seqs = [message["seq"] for message, _ in page.heard("message:new")]
            lost += len(self.stored[room] - set(seqs))
            doubled += len(seqs) - len(set(seqs))
            reordered += sum(1 for a, b in pairwise(seqs) if a > b)
        return lost, doubled, reordered

    def returns(self) -> Counter[bool]:
        """How often a page came back, by whether it was told that it missed nothing."""
        return Counter(c["recovered"] for page in self.pages.values() for c in page.connects[1:])


async def run(seconds: float, folder: Path) -> int:
    """The deploys, and what came of them; the exit code."""
    postgres, redis, driver = Postgres(), Redis(shared=False), Driver()
    proxy: Nginx | None = None
    try:
        url = await postgres.create()
        migrate(folder, url)
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=15)) as http:
            frontends = Frontends(driver, http, "websocket")
            cluster = Cluster(
                folder,
                frontends,
                url,
                redis_url=redis.url,
                transport__drain_window=2,
                limits__rest__rate=100_000,
                limits__rest__burst=100_000,
            )
            nodes = list(await asyncio.gather(*(cluster.process() for _ in range(3))))
            (folder / "nginx").mkdir()
            again = "proxy_next_upstream error timeout http_503 non_idempotent;"
            proxy = Nginx(
                folder / "nginx",
                *(node.url for node in nodes),
                balance="least_conn",
                location=again,
            )
            deploys = Deploys(nodes, proxy)
            for number in range(ROOMS):
                page = await frontends.connect(
                    proxy.url,
                    token(f"reader{number}"),
                    headers=BROWSER,
                    reconnects=True,
                    transports="polling" if number % 2 else "websocket",
                )
                room = await talk(page, f"writer{number}")
                await everyone_joins(room, page)
                deploys.pages[room], deploys.stored[room] = page, set()
            senders = [
                asyncio.create_task(
                    deploys.send(room, frontends.person(proxy.url, token(f"writer{number}")))
                )
                for number, room in enumerate(deploys.pages)
            ]
            watching = asyncio.create_task(deploys.watch())
            done = await deploys.restart(seconds)
            await asyncio.gather(watching, *senders)
            end = time.monotonic() + SETTLE
            while deploys.verdict()[0] and time.monotonic() < end:  # noqa: ASYNC110
                await asyncio.sleep(LOOK)
            lost, doubled, reordered = deploys.verdict()
            returns = deploys.returns()
            acked = sum(map(len, deploys.stored.values()))
            print(f"nodes: {done['stopped']} stopped, {done['killed']} killed")
            print(f"pages came back {returns.total()} times, {returns[True]} of them recovered")
            print(f"acked {acked}, lost {lost}, doubled {doubled}, reordered {reordered}")
            print(f"the longest wait for an ack: {deploys.slowest:.1f} s")
            print(f"the longest silence of a page: {deploys.longest:.1f} s")
            await cluster.stop()
            return int(bool(lost or doubled or reordered or returns[False]))
    finally:
        if proxy is not None:
            proxy.close()
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

"""A broadcast that wakes everybody: `python -m tests.stress.waking [USERS]` prints what it cost.

So many people who are away, each with a browser, are told something at once; a worker pushes it to
each, while ten people go on writing to one another. Every browser must get it once, neither the
worker nor the node may need memory that grows with the crowd, and the writers' p99 must not double.
Ends with 1 if one of the three does not hold.
"""

from __future__ import annotations

import asyncio
import ssl
import sys
import tempfile
import time
from pathlib import Path
from statistics import quantiles

import aiohttp
import asyncpg
import psutil

from realtime.cli.working import READY
from realtime.domain.push import fingerprint
from tests.cluster import Cluster
from tests.driver import Driver
from tests.frontends import Frontends
from tests.nodes import SERVER_KEY, command, migrate
from tests.rest import Rest
from tests.servers.certificate import self_signed
from tests.servers.postgres import Postgres
from tests.servers.push_service import HOSTS
from tests.servers.redis import Redis
from tests.servers.running import Running
from tests.tokens import token
from tests.vapid import PRIVATE, PUBLIC

WRITERS = 10
PAUSE = 0.1
"""Seconds between two messages of a writer."""
BEFORE = 8.0
"""Seconds in which the writers are measured alone."""
MOST_MEMORY = 60_000_000
"""Bytes that the worker and the node may grow by, however many are woken."""
LOOK = 0.5

CROWD = """
    INSERT INTO users (id, created_at)
    SELECT 'reader' || n, now() FROM generate_series(1, $1::int) n;
"""
BROWSERS = """
    INSERT INTO push_subscriptions (id, user_id, endpoint, p256dh, auth, dialect, vapid_key,
        created_at, last_seen_at)
    SELECT md5('b' || n)::uuid, 'reader' || n,
        'https://' || ($2::text[])[1 + n % 4] || ':' || $3::text || '/send/' || n,
        $4::text, 'AAAAAAAAAAAAAAAAAAAAAA', 'conversations', $5::text, now(), now()
    FROM generate_series(1, $1::int) n
"""


class Writers:
    """People who write while others are woken."""

    def __init__(self, people: list[Rest]) -> None:
        self.people = people
        self.seconds: list[float] = []
        self.over = False

    async def write(self, person: Rest, number: int) -> None:
        """One message after the other, each until it is acked."""
        while not self.over:
            began = time.monotonic()
            body = {"receiverId": f"other{number}", "content": "Hi"}
            answer = await person.post("/api/messages", body)
            assert answer.status == 201, answer.text
            self.seconds.append(time.monotonic() - began)
            await asyncio.sleep(PAUSE)

    def p99(self) -> float:
        """Of the messages since it was last asked, in milliseconds."""
        measured, self.seconds = self.seconds, []
        return 1000 * quantiles(measured, n=100)[98]


class Memory:
    """How much processes grow."""

    def __init__(self, *pids: int) -> None:
        self._processes = [psutil.Process(pid) for pid in pids]
        self._before = [each.memory_info().rss for each in self._processes]
        self.grown = [0] * len(pids)

    def look(self) -> None:
        for n, each in enumerate(self._processes):
            self.grown[n] = max(self.grown[n], each.memory_info().rss - self._before[n])


async def fill(url: str, users: int, port: int) -> None:
    """People who are away, each with a browser."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(CROWD, users)
        hosts, key = list(HOSTS.values()), fingerprint(PUBLIC)
        await connection.execute(BROWSERS, users, hosts, str(port), PUBLIC, key, timeout=120)
    finally:
        await connection.close()


async def woken(http: aiohttp.ClientSession, port: int, users: int, memory: Memory) -> int:
    """Wait until all were; how many requests there were."""
    taken = before = 0
    quiet = time.monotonic()
    while taken < users and time.monotonic() - quiet < 30:
        await asyncio.sleep(LOOK)
        memory.look()
        async with http.get(f"https://127.0.0.1:{port}/count", ssl=UNVERIFIED) as answer:
            taken = int((await answer.json())["taken"])
        if taken > before:
            before, quiet = taken, time.monotonic()
    return taken


UNVERIFIED = ssl.create_default_context()
UNVERIFIED.check_hostname, UNVERIFIED.verify_mode = False, ssl.CERT_NONE


async def measured(
    cluster: Cluster, http: aiohttp.ClientSession, worker: Running, port: int, users: int
) -> bool:
    """Whether all three hold, and what was measured."""
    node = await cluster.process()
    people = [cluster.frontends.person(node.url, token(f"writer{n}")) for n in range(WRITERS)]
    writers = Writers(people)
    writing = [asyncio.create_task(writers.write(person, n)) for n, person in enumerate(people)]
    await asyncio.sleep(2)
    writers.p99()
    await asyncio.sleep(BEFORE)
    alone, memory = writers.p99(), Memory(worker.pid, node.running.pid)
    began = time.monotonic()
    door = Rest(http, node.url, token=SERVER_KEY, dialect="server")
    news = {"type": "NEWS", "title": "We moved", "broadcast": True}
    answer = await door.post("/api/server/notifications", news)
    assert answer.status == 201, answer.text
    answered = time.monotonic() - began
    taken = await woken(http, port, users, memory)
    took, beside = time.monotonic() - began, writers.p99()
    writers.over = True
    await asyncio.gather(*writing)
    print(
        f"{taken} of {users} browsers woken in {took:.1f} s, answered in {1000 * answered:.0f} ms"
    )
    print("worker and node grew by " + ", ".join(f"{grown / 1e6:.0f} MB" for grown in memory.grown))
    print(f"the writers' p99: {alone:.0f} ms alone, {beside:.0f} ms meanwhile")
    return taken == users and max(memory.grown) < MOST_MEMORY and beside < 2 * alone


async def run(users: int, folder: Path) -> int:
    """The waking, and what came of it; the exit code."""
    postgres, redis, driver = Postgres(), Redis(shared=False), Driver()
    running: list[Running] = []
    try:
        certificate = self_signed(folder, *HOSTS.values())
        service = Running(sys.executable, "-m", "tests.stress.taking", certificate)
        running.append(service)
        port = int((await service.says(r"listening at (\d+)"))[1])
        url = await postgres.create()
        migrate(folder, url)
        await fill(url, users, port)
        async with aiohttp.ClientSession() as http:
            frontends = Frontends(driver, http, "websocket")
            settings = {
                "redis_url": redis.url,
                "push__vapid_public_key": PUBLIC,
                "push__vapid_private_key": PRIVATE,
                "push__vapid_subject": "mailto:ops@shop.dev",
                "push__wait": 1,
                "outbox__in_serve": "never",
            }
            cluster = Cluster(folder, frontends, url, **settings)
            variables = cluster._variables({}) | {"SSL_CERT_FILE": str(certificate)}
            worker = command("worker", variables=variables, module="tests.pushing")
            running.append(worker)
            await worker.says(READY)
            good = await measured(cluster, http, worker, port, users)
            await cluster.stop()
            return int(not good)
    finally:
        for each in running:
            await asyncio.to_thread(each.stop)
        driver.stop()
        redis.kill()
        postgres.close()


def main() -> None:
    """Run it with so many people, 100 000 where no number is given."""
    users = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as folder:
        sys.exit(asyncio.run(run(users, Path(folder))))


if __name__ == "__main__":
    main()

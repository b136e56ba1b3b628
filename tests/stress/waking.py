"""A broadcast that wakes everybody: `python -m tests.stress.waking [USERS [WORKERS]]` measures it.

So many people who are away, each with a browser, are told something at once; a worker, or several,
push it to each, while ten people go on writing to one another. Every browser must get it once,
neither the workers nor the node may need memory that grows with the crowd, and the writers' p99
must not double. Ends with 1 if one of the three does not hold. With no worker (0) it is the node
that pushes.
"""

from __future__ import annotations

import asyncio
import random
import ssl
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles
from typing import Any

import aiohttp
import asyncpg
import psutil

from realtime.cli.working import READY
from realtime.domain.outbox import LEASE
from realtime.domain.push import fingerprint
from tests.nodes import SERVER_KEY, Process, command, environment, migrate
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
"""Seconds between two messages of a writer, a half more or less: people do not write in step."""
FIRST = 20
"""Messages of each writer before they are measured."""
BEFORE = 15.0
"""Seconds in which the writers are measured alone, before and after: the machine may not be."""
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
        self.warm = asyncio.Event()
        self.over = False

    async def write(self, person: Rest, number: int) -> None:
        """One message after the other, each until it is acked."""
        while not self.over:
            began = time.monotonic()
            body = {"receiverId": f"other{number}", "content": "Hi"}
            answer = await person.post("/api/messages", body)
            assert answer.status == 201, answer.text
            self.seconds.append(time.monotonic() - began)
            if len(self.seconds) == FIRST * len(self.people):
                self.warm.set()
            await asyncio.sleep(random.uniform(0.5 * PAUSE, 1.5 * PAUSE))

    async def warm_up(self) -> None:
        """Until they are as quick as they will be."""
        await self.warm.wait()
        self.seconds = []

    def p99(self) -> float:
        """Of the messages since it was last asked, in milliseconds."""
        measured, self.seconds = self.seconds, []
        return 1000 * quantiles(measured, n=100)[98]


class Cost:
    """How much processes grow, and the time that they compute."""

    def __init__(self, *pids: int) -> None:
        self._processes = [psutil.Process(pid) for pid in pids]
        self._before = [each.memory_info().rss for each in self._processes]
        self._seconds = [seconds_of(each) for each in self._processes]
        self.grown = [0] * len(pids)

    def seconds(self) -> list[float]:
        """What each has computed meanwhile."""
        both = zip(self._processes, self._seconds, strict=True)
        return [seconds_of(each) - before for each, before in both]

    def look(self) -> None:
        for n, each in enumerate(self._processes):
            self.grown[n] = max(self.grown[n], each.memory_info().rss - self._before[n])


def seconds_of(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


async def fill(url: str, users: int, port: int) -> None:
    """People who are away, each with a browser."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(CROWD, users)
        hosts, key = list(HOSTS.values()), fingerprint(PUBLIC)
        await connection.execute(BROWSERS, users, hosts, str(port), PUBLIC, key, timeout=120)
    finally:
        await connection.close()


@dataclass
class Counted:
    """What the push service has counted."""

    taken: int = 0
    doubled: int = 0
    faults: dict[str, int] = field(default_factory=dict)


async def woken(http: aiohttp.ClientSession, port: int, users: int, cost: Cost) -> Counted:
    """Wait until all were, or for half a minute in which nobody was."""
    counted, quiet = Counted(), time.monotonic()
    while counted.taken < users and time.monotonic() - quiet < 30:
        await asyncio.sleep(LOOK)
        cost.look()
        before = counted.taken
        async with http.get(f"https://127.0.0.1:{port}/count", ssl=UNVERIFIED) as answer:
            counted = Counted(**await answer.json())
        if counted.taken > before:
            quiet = time.monotonic()
    return counted


UNVERIFIED = ssl.create_default_context()
UNVERIFIED.check_hostname, UNVERIFIED.verify_mode = False, ssl.CERT_NONE


async def measured(
    http: aiohttp.ClientSession, node: Process, workers: list[Running], port: int, users: int
) -> bool:
    """Whether all three hold, and what was measured."""
    async with writing(http, node) as writers:
        await writers.warm_up()
        await asyncio.sleep(BEFORE)
        alone, cost = writers.p99(), Cost(*(each.pid for each in (*workers, node.running)))
        began = time.monotonic()
        await tell_everybody(Rest(http, node.url, token=SERVER_KEY, dialect="server"))
        answered = time.monotonic() - began
        counted = await woken(http, port, users, cost)
        took, beside = time.monotonic() - began, writers.p99()
        await asyncio.sleep(BEFORE)
        after = writers.p99()
    print(
        f"{counted.taken} of {users} browsers woken in {took:.1f} s, {counted.taken / took:.0f} a"
        f" second; {counted.doubled} twice, {sum(counted.faults.values())} with faults"
        f" {counted.faults or ''}; the call was answered in {1000 * answered:.0f} ms"
    )
    print("workers and node grew by " + ", ".join(f"{grown / 1e6:.0f} MB" for grown in cost.grown))
    print("they computed " + ", ".join(f"{seconds:.0f} s" for seconds in cost.seconds()))
    print(f"the writers' p99: {alone:.0f} ms before, {beside:.0f} meanwhile, {after:.0f} after")
    whole = counted == Counted(users)
    return whole and max(cost.grown) < MOST_MEMORY and beside < 2 * max(alone, after)


async def tell_everybody(door: Rest) -> None:
    news = {"type": "NEWS", "title": "We moved", "broadcast": True}
    answer = await door.post("/api/server/notifications", news)
    assert answer.status == 201, answer.text


@asynccontextmanager
async def writing(http: aiohttp.ClientSession, node: Process) -> AsyncIterator[Writers]:
    """They write until the block ends."""
    people = [Rest(http, node.url, token=token(f"writer{n}")) for n in range(WRITERS)]
    writers = Writers(people)
    tasks = [asyncio.create_task(writers.write(person, n)) for n, person in enumerate(people)]
    try:
        yield writers
    finally:
        writers.over = True
        await asyncio.gather(*tasks)


async def run(users: int, workers: int, folder: Path) -> int:
    """The waking, and what came of it; the exit code."""
    postgres, redis = Postgres(), Redis(shared=False)
    running: list[Running] = []
    try:
        certificate = self_signed(folder, *HOSTS.values())
        service = Running(sys.executable, "-m", "tests.stress.taking", certificate)
        running.append(service)
        port = int((await service.says(r"listening at (\d+)"))[1])
        url = await postgres.create()
        migrate(folder, url)
        await fill(url, users, port)
        variables = {
            **environment(folder, url, settings_of(redis, workers)),
            "SSL_CERT_FILE": str(certificate),
            "LEASE": str(LEASE.total_seconds()),
        }
        node = Process(variables, module="tests.pushing")
        await node.start()
        running.append(node.running)
        sending = [
            command("worker", variables=variables, module="tests.pushing") for _ in range(workers)
        ]
        running += sending
        for worker in sending:
            await worker.says(READY)
        async with aiohttp.ClientSession() as http:
            return int(not await measured(http, node, sending, port, users))
    finally:
        for each in reversed(running):
            await asyncio.to_thread(each.stop)
        redis.kill()
        postgres.close()


def settings_of(redis: Redis, workers: int) -> dict[str, Any]:
    """Of the node and the workers, or of the node that does without."""
    return {
        "redis_url": redis.url,
        "push__vapid_public_key": PUBLIC,
        "push__vapid_private_key": PRIVATE,
        "push__vapid_subject": "mailto:ops@shop.dev",
        "push__wait": 1,
        "outbox__in_serve": "never" if workers else "always",
    }


def main() -> None:
    """Run it with so many people and workers: 100 000 and one where no number is given."""
    given = [int(each) for each in sys.argv[1:]]
    users, workers = [*given, *(100_000, 1)[len(given) :]]
    with tempfile.TemporaryDirectory() as folder:
        sys.exit(asyncio.run(run(users, workers, Path(folder))))


if __name__ == "__main__":
    main()

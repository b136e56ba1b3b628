"""Pages on a train: `python -m tests.stress.jitter [HOW] [PAGES] [MESSAGES]`.

Each page's connection is torn every 15 to 20 s, and it comes back 2 s later, give or take one,
while messages are sent twice a second. HOW is `closed`: the node is told; `silent`: it is not, a
proxy swallows all; `killed`: besides, the node is killed and started again in the middle; `nodes`:
three of them over Redis, pages come to any, and each node in turn is stopped and started again;
`redis`: Redis is killed and frozen instead, and pages may be told that they begin anew: what these
have not heard then counts as told, since they load history.
Ends with 1 if anything was lost, doubled or reordered.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import aiohttp

from tests.cluster import Cluster
from tests.driver import Driver, install_clients
from tests.driver import node as node_js
from tests.frontends import Frontends
from tests.nodes import SERVER_KEY, Process, migrate
from tests.rest import Rest
from tests.servers.postgres import Postgres
from tests.servers.redis import Redis
from tests.tokens import token

SCRIPT = Path(__file__).with_name("jitter.js")
EVERY = 0.5
"""Seconds between two messages."""
TORN_EVERY = 15.0
AWAY = 2.0
SETTLE = 20.0
"""Seconds until everybody is back."""


class Train:
    """`async with Train(urls, …) as train`: the pages are connected, and lose their connections."""

    def __init__(self, urls: list[str], how: str, people: list[str], room: str) -> None:
        self._arguments = (",".join(urls), how, str(TORN_EVERY), str(AWAY))
        self._people, self._room = people, room
        self._process: asyncio.subprocess.Process

    async def __aenter__(self) -> Train:
        self._process = await asyncio.create_subprocess_exec(
            *(node_js(), str(SCRIPT), *self._arguments),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=1 << 26,
        )
        people = [{"token": token(person)} for person in self._people]
        self._tell(json.dumps({"people": people, "room": self._room}))
        assert await self._says() == "ready"
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()

    def calms_down(self) -> None:
        """No connection is torn any more."""
        self._tell("calm")

    async def report(self) -> list[dict[str, Any]]:
        """What each page heard, and how often it came back and how."""
        self._tell("report")
        found: list[dict[str, Any]] = json.loads(await self._says())
        return found

    def _tell(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n".encode())

    async def _says(self) -> str:
        assert self._process.stdout is not None
        async with asyncio.timeout(120):
            return (await self._process.stdout.readline()).decode().strip()


async def say(people: list[Rest], room: str, messages: int) -> list[int]:
    """Say something twice a second, by the clock, until some node has acked it; the numbers."""
    started, numbers = time.monotonic(), list[int]()
    for number in range(messages):
        await asyncio.sleep(max(0.0, started + number * EVERY - time.monotonic()))
        body = {"conversationId": room, "content": str(number), "clientId": f"c{number}"}
        while True:
            try:
                answer = await people[number % len(people)].post("/api/messages", body)
                if answer.status == 201:
                    break
            except (aiohttp.ClientError, TimeoutError, OSError):
                pass
            people = [*people[1:], people[0]]
            await asyncio.sleep(0.05)
        numbers.append(int(answer["data"]["seq"]))
    return numbers


async def trouble(how: str, nodes: list[Process], redis: Redis, seconds: float) -> None:
    """What happens to the nodes meanwhile."""
    if how == "killed":
        await asyncio.sleep(seconds / 2)
        await nodes[0].kill()
        await nodes[0].start()
    if how == "redis":
        for blow in (redis.kill, redis.start, redis.freeze, redis.thaw):
            await asyncio.sleep(seconds / 8)
            blow()
    if how == "nodes":
        for node in nodes:
            await asyncio.sleep(seconds / 4)
            await node.stop()
            await node.start()


def missing(page: dict[str, Any], said: list[int]) -> set[int]:
    """What a page has not heard, and has not loaded when it was told that events are lost."""
    last = max(page["heard"], default=0)
    loaded = {number for number in said if number > last and page["loaded"]}
    return set(said) - loaded.union(page["heard"], page["excused"])


def verdict(pages: list[dict[str, Any]], said: list[int]) -> bool:
    """Print it; whether every page heard everything once and in order, and knew it."""
    lost = sum(len(missing(page, said)) for page in pages)
    doubled = sum(len(page["heard"]) - len(set(page["heard"])) for page in pages)
    inverted = sum(a > b for page in pages for a, b in pairwise(page["heard"]))
    torn, anew = (sum(page[name] for page in pages) for name in ("torn", "anew"))
    back = sum(page["recovered"] for page in pages)
    share = 100 * (1 - lost / (len(said) * len(pages)))
    print(f"{len(pages)} pages, {len(said)} messages, torn {torn} times")
    print(f"delivered {share:.2f} %, lost {lost}, doubled {doubled}, reordered {inverted}")
    print(f"came back recovered {back}, anew {anew}", flush=True)
    return not (lost or doubled or inverted)


async def run(how: str, count: int, messages: int, folder: Path) -> int:
    """The journey; the exit code."""
    postgres, redis, driver = Postgres(), Redis(shared=False), Driver()
    try:
        url = await postgres.create()
        migrate(folder, url)
        timeout = aiohttp.ClientTimeout(total=10)
        async with aiohttp.ClientSession(timeout=timeout) as http:
            several = {"redis_url": redis.url} if how in {"nodes", "redis"} else {}
            cluster = Cluster(folder, Frontends(driver, http, "websocket"), url, **several)
            nodes = [await cluster.process() for _ in range(3 if several else 1)]
            people = [f"page{number}" for number in range(count)]
            backend = Rest(http, nodes[0].url, token=SERVER_KEY, dialect="server")
            group = {"participantIds": ["speaker", *people], "title": "A train"}
            room = (await backend.post("/api/server/conversations", group))["data"]["id"]
            urls = [node.url for node in nodes]
            how_torn = "closed" if how == "closed" else "silent"
            async with Train(urls, how_torn, people, room) as train:
                speakers = [cluster.person(node, "speaker") for node in nodes]
                said, _ = await asyncio.gather(
                    say(speakers, room, messages), trouble(how, nodes, redis, messages * EVERY)
                )
                train.calms_down()
                await asyncio.sleep(SETTLE)
                good = verdict(await train.report(), said)
            await cluster.stop()
            return int(not good)
    finally:
        driver.stop()
        redis.kill()
        postgres.close()


def main() -> None:
    """Silent, 200 pages and 120 messages where nothing is said."""
    how, count, messages = [*sys.argv[1:], *("silent", "200", "120")[len(sys.argv) - 1 :]]
    install_clients()
    with tempfile.TemporaryDirectory() as folder:
        sys.exit(asyncio.run(run(how, int(count), int(messages), Path(folder))))


if __name__ == "__main__":
    main()

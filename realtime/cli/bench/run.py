"""A run: everybody comes, each pair opens its chat, messages are sent at a rate, all is counted."""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout, DummyCookieJar, TCPConnector

from realtime.cli.bench.person import Failed, Person
from realtime.cli.bench.talks import TALKS, UserId
from realtime.cli.bench.tally import Tally

AT_ONCE = 50
"""How many come, or open their chats, at a time."""
GRACE = 5.0
"""Seconds after the last message in which the last may still come."""

Sign = Callable[[UserId], str]
Progress = Callable[[str, int, int], None]
"""What is being done, how much of it is done, and of how much."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Who comes where, and how much they say: `rate` messages a second, of all together."""

    url: str
    dialect: str
    clients: int
    rate: float
    seconds: float
    integer_ids: bool = False

    def ids(self) -> list[UserId]:
        """New people each time, in pairs: nobody has an old conversation."""
        if self.integer_ids:
            first = secrets.randbelow(10**9) * 10**5
            return list(range(first, first + self.clients))
        run = secrets.token_hex(4)
        return [f"bench-{run}-{number}" for number in range(self.clients)]


async def run(plan: Plan, sign: Sign, progress: Progress) -> Tally:
    """Do it, and say what came of it."""
    tally = Tally()
    connector = TCPConnector(limit=0)
    limit = ClientTimeout(total=60)
    async with ClientSession(
        connector=connector, timeout=limit, cookie_jar=DummyCookieJar()
    ) as http:
        talk = TALKS[plan.dialect]
        people = [Person(http, plan.url, id_, sign(id_), talk) for id_ in plan.ids()]
        try:
            there = await _come(people, plan.dialect, tally, progress)
            pairs = [(a, b) for a, b in zip(people[::2], people[1::2], strict=True)
                     if a in there and b in there]  # fmt: skip
            await _meet(pairs, tally, progress)
            await _talk(pairs, plan, tally, progress)
        finally:
            await asyncio.gather(*(person.goes() for person in people))
    return tally


async def _come(
    people: list[Person], dialect: str, tally: Tally, progress: Progress
) -> set[Person]:
    there: set[Person] = set()

    async def come(person: Person) -> None:
        try:
            await person.comes(dialect, tally)
            there.add(person)
        except (Failed, ClientError, TimeoutError, TypeError, OSError, UnicodeError):
            tally.failed += 1

    await _all((partial(come, person) for person in people), "Connecting", progress)
    return there


async def _meet(pairs: list[tuple[Person, Person]], tally: Tally, progress: Progress) -> None:
    async def meet(one: Person, other: Person) -> None:
        try:
            await one.meets(other.id)
            await other.meets(one.id)
        except (Failed, ClientError, TimeoutError, OSError):
            tally.failed += 1

    await _all((partial(meet, a, b) for a, b in pairs), "Opening", progress)


async def _talk(
    pairs: list[tuple[Person, Person]], plan: Plan, tally: Tally, progress: Progress
) -> None:
    """At a rate, whatever becomes of those before; then wait for the last."""
    if not pairs:
        return
    total = int(plan.rate * plan.seconds)
    saying: list[asyncio.Task[None]] = []
    began = time.monotonic()
    for number in range(total):
        await asyncio.sleep(max(0.0, began + number / plan.rate - time.monotonic()))
        pair = pairs[number // 2 % len(pairs)]
        saying.append(asyncio.create_task(pair[number % 2].says(number, tally)))
        if number % 50 == 49 or number + 1 == total:
            progress("Talking", number + 1, total)
    await asyncio.gather(*saying)
    until = time.monotonic() + GRACE
    while tally.lost and time.monotonic() < until:  # noqa: ASYNC110 - many events, one pause
        await asyncio.sleep(0.05)


async def _all(
    calls: Iterable[Callable[[], Awaitable[Any]]], what: str, progress: Progress
) -> None:
    """Do these, some at a time."""
    waiting, done = list(calls), 0
    for first in range(0, len(waiting), AT_ONCE):
        batch = waiting[first : first + AT_ONCE]
        await asyncio.gather(*(call() for call in batch))
        done += len(batch)
        progress(what, done, len(waiting))

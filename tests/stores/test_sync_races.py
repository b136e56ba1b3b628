"""Random writers, some of whom change their minds, and readers at every moment: what was committed
is told, each once, in order; on PostgreSQL, where transactions overlap.
"""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import Iterable
from contextlib import suppress
from uuid import UUID

import pytest
from tortoise.transactions import in_transaction

from realtime.domain import journal, missed, moments, sync
from realtime.domain.journal import Change, Kind
from realtime.models.raw import rows
from tests.domain.world import World

HERS, OTHERS = 4, 2
WRITERS, ROUNDS, NODES = 10, 20, 3
PAUSE = 0.02
"""Seconds, at most, that a writer thinks in the middle of a transaction."""


class ChangedHerMindError(Exception):
    """Rolls a transaction back."""


@pytest.fixture
def kind() -> str:
    """Only there can one transaction begin before another and end after it."""
    return "postgres"


class Writer:
    """Makes changes of conversations and of users, each in a transaction of its own."""

    def __init__(self, world: World, chance: random.Random, conversations: list[UUID]) -> None:
        self._world = world
        self._chance = chance
        self._conversations = conversations

    async def write(self) -> None:
        for _ in range(ROUNDS):
            with suppress(ChangedHerMindError):
                async with in_transaction():
                    await self._change()
                    if self._chance.random() < 0.3:
                        raise ChangedHerMindError

    async def say(self) -> None:
        for n in range(ROUNDS):
            await self._think()
            await self._world.say("bob", self._chance.choice(self._conversations), str(n))

    async def _change(self) -> None:
        if self._chance.random() < 0.5:  # a transaction that is older than what it will write
            await rows("SELECT pg_current_xact_id()::text AS begun")
            await self._think()
        some = self._chance.sample(self._conversations, self._chance.randint(0, 2))
        for conversation_id in sorted(some):
            held = await journal.locked(conversation_id)
            assert held is not None
            await journal.record(held, Change(Kind.JOINED), self._world.now)
            await self._think()
        own = {"ada": Change(Kind.PREFERENCES)}
        if self._chance.random() < 0.5:
            await journal.record_own(own, self._world.now)
            await self._think()

    async def _think(self) -> None:
        await asyncio.sleep(self._chance.random() * PAUSE)


class Reader:
    """Syncs again and again, in pages of one size, and keeps the order in which she was told."""

    def __init__(self, world: World, limit: int, cursor: str) -> None:
        self._ada = world.actor("ada")
        self._limit = limit
        self._cursor = cursor
        self.told: list[UUID] = []

    async def read_while(self, writing: asyncio.Future[object]) -> None:
        while not writing.done():
            await self.page()
        while await self.page():
            pass

    async def page(self) -> bool:
        found = await sync.since(self._ada, self._cursor, limit=self._limit)
        assert not found.reload
        self._cursor = found.cursor
        self.told += [each.entry.id for each in found.changes]
        return found.more or bool(found.changes)


async def test_what_is_committed_is_told_once(world: World) -> None:
    seed = secrets.randbits(32)
    chance = random.Random(seed)
    hers = [(await world.group("ada", "bob")).id for _ in range(HERS)]
    others = [(await world.group("bob", "eve")).id for _ in range(OTHERS)]
    begin = await moments.now()
    cursor = (await sync.begin(world.actor("ada"))).cursor
    readers = [Reader(world, limit, cursor) for limit in (1, 7, 500)]
    nodes = [World(world.database) for _ in range(NODES)]

    writers = [Writer(world, random.Random(chance.random()), hers + others) for _ in range(WRITERS)]
    speakers = [Writer(each, random.Random(chance.random()), hers + others) for each in nodes]
    writing = asyncio.gather(
        *(each.write() for each in writers), *(each.say() for each in speakers)
    )
    await asyncio.gather(*(each.read_while(writing) for each in readers), writing)

    committed = await missed.entries("ada", missed.Span(begin, await moments.now()), 10_000)
    of = {each.id: (each.conversation_id, each.change) for each in committed}
    assert len(committed) > WRITERS
    assert {each.conversation_id for each in committed} <= {*hers, None}
    assert await _ids_since(begin, hers) == set(of)
    for reader in readers:
        assert sorted(reader.told) == sorted(of), f"seed {seed}"
        assert _in_order(of[each] for each in reader.told), f"seed {seed}"
    for node in nodes:
        await node.stop()


async def _ids_since(begin: str, hers: Iterable[UUID]) -> set[UUID]:
    """What is there that a moment had not seen, found in the plainest way."""
    unseen = "NOT pg_visible_in_snapshot(committed_in::text::xid8, ?::text::pg_snapshot)"
    found = await rows(
        f"SELECT id FROM messages WHERE {unseen} AND conversation_id IN uuids(?)"
        f" UNION ALL SELECT id FROM journal WHERE {unseen}"
        " AND (conversation_id IN uuids(?) OR user_id = 'ada')",
        begin, [*map(str, hers)], begin, [*map(str, hers)],
    )  # fmt: skip
    return {UUID(int=row["id"].int) for row in found}


def _in_order(places: Iterable[tuple[UUID | None, int]]) -> bool:
    """Whether each conversation's changes (and her own) came in the order of their numbers."""
    last: dict[UUID | None, int] = {}
    for key, number in places:
        if number <= last.get(key, 0):
            return False
        last[key] = number
    return True

"""A database that was restored from elsewhere begins a new epoch; any other keeps its own."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

import pytest

from realtime.domain import sync
from realtime.models import Epoch, Journal, Message
from realtime.models.raw import rows
from realtime.stores.database import Database
from realtime.stores.epoch import open_epoch
from tests.domain.world import World
from tests.servers.postgres import Postgres

FUTURE = 10**12
"""A transaction that no server of the tests comes to."""


async def test_a_node_that_starts_again_finds_the_epoch_that_it_left(database: Database) -> None:
    first = await Epoch.get(id=1)

    found = await asyncio.gather(*(open_epoch() for _ in range(4)))

    assert {each.name for each in found} == {first.name}
    assert {each.secret for each in found} == {first.secret}


async def test_nodes_that_start_together_make_one(empty_url: str) -> None:
    async with await Database.open(empty_url) as database:
        await database.create_tables()

        found = await asyncio.gather(*(open_epoch() for _ in range(8)))

        assert len({(each.name, each.secret) for each in found}) == 1
        assert await Epoch.all().count() == 1


@pytest.mark.parametrize("kind", ["postgres"])
async def test_a_restored_database_tells_nobody_that_nothing_is_new(
    world: World, empty_url: str, postgres: Postgres
) -> None:
    choir = await world.group("ada", "bob")
    await world.say("ada", choir.id, "Before the dump")
    old = (await sync.begin(world.actor("bob"))).cursor
    for table in ("messages", "journal"):  # as from a server that had done much more
        await rows(f"UPDATE {table} SET committed_in = ?", FUTURE)
    epoch = await Epoch.get(id=1)
    await world.stop()
    await world.database.client.close()

    restored = await postgres.create(template=urlsplit(empty_url).path[1:])
    async with await Database.open(restored) as database:
        assert (await open_epoch()).name != epoch.name
        there = World(database)
        found = await sync.since(there.actor("bob"), old, limit=9)
        assert found.reload
        await there.say("ada", choir.id, "After it")
        (change,) = (await sync.since(there.actor("bob"), found.cursor, limit=9)).changes
        await there.stop()

        assert change.event.message.content == "After it"  # type: ignore[attr-defined]
        assert await Message.filter(committed_in=FUTURE).count() == 0
        assert await Journal.filter(committed_in=FUTURE).count() == 0
        assert (await open_epoch()).name == (await Epoch.get(id=1)).name
    await postgres.drop(restored)

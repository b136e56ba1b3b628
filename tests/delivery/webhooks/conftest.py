"""A node that tells a backend of the tests' own what happens."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from realtime.domain.actor import Rules
from realtime.domain.happened import Happened
from realtime.stores.database import Database
from tests.delivery.webhooks.telling import Telling
from tests.domain.world import World
from tests.servers.webhook_receiver import Receiver


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    made = Receiver()
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def telling(receiver: Receiver) -> AsyncIterator[Telling]:
    """A node's domain on SQLite in memory, and its outbox, worked off when a test says so."""
    async with await Database.open("sqlite://:memory:") as database:
        await database.create_tables()
        world = World(database, Rules(webhooks=dict.fromkeys(Happened, ("crm",))))
        made = Telling(world, receiver)
        yield made
        await made.worker.stop()
        await world.stop()

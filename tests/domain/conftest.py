"""A node's domain on SQLite in memory, with what it announces collected in a list."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from realtime.stores.database import Database
from realtime.stores.epoch import open_epoch
from tests.domain.world import World


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """Nobody and nothing yet."""
    async with await Database.open("sqlite://:memory:") as database:
        await database.create_tables()
        await open_epoch()
        made = World(database)
        yield made
        await made.stop()

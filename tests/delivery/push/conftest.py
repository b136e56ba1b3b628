"""A node that pushes, and a push service of the tests' own to push to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from realtime.delivery import outgoing
from realtime.domain.actor import Rules
from realtime.domain.settings import Pushing
from realtime.stores.database import Database
from tests.delivery.push.away import Away
from tests.domain.world import World
from tests.servers.push_service import LocalNames, PushService

WAIT = timedelta(seconds=5)


@pytest.fixture
async def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[PushService]:
    """Strict, over TLS, under the real services' names."""
    made = PushService(tmp_path)
    await made.start()
    monkeypatch.setattr(outgoing, "PublicResolver", LocalNames)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.certificate))
    yield made
    await made.stop()


@pytest.fixture
async def away(service: PushService) -> AsyncIterator[Away]:
    """A node's domain on SQLite in memory, and its outbox, worked off when a test says so."""
    async with await Database.open("sqlite://:memory:") as database:
        await database.create_tables()
        world = World(database, Rules(pushing=Pushing(on=True, wait=WAIT, again=9 * WAIT)))
        made = Away(world, service)
        yield made
        await made.worker.stop()
        await world.stop()

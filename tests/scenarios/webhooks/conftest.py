"""A backend, and nodes and workers that tell it what happens."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator

import pytest

from tests.cluster import Cluster
from tests.scenarios.webhooks.house import House
from tests.servers.webhook_receiver import Receiver


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    made = Receiver()
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def house(
    cluster: Cluster, database: str, receiver: Receiver, request: pytest.FixtureRequest
) -> AsyncIterator[House]:
    """SQLite: a node that sends by itself. PostgreSQL: nodes that share a Redis, and workers."""
    if database == "postgres":
        cluster.settings["redis_url"] = request.getfixturevalue("redis").url
        cluster.settings["redis__prefix"] = f"{secrets.token_hex(8)}:"
    made = House(cluster, receiver, alone=database == "sqlite")
    yield made
    await made.stop()

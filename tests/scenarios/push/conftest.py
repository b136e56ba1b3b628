"""A push service, and nodes and workers that find it under the real names."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.cluster import Cluster
from tests.scenarios.push.house import House
from tests.servers.push_service import PushService


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[PushService]:
    made = PushService(tmp_path)
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def house(
    cluster: Cluster, database: str, service: PushService, request: pytest.FixtureRequest
) -> AsyncIterator[House]:
    """SQLite: a node that sends by itself. PostgreSQL: nodes that share a Redis, and workers."""
    if database == "postgres":
        cluster.settings["redis_url"] = request.getfixturevalue("redis").url
        cluster.settings["redis__prefix"] = f"{secrets.token_hex(8)}:"
    made = House(cluster, service, alone=database == "sqlite")
    yield made
    await made.stop()

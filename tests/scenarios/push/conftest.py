"""A push service, and nodes and workers that find it under the real names."""

from __future__ import annotations

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
    made = House(cluster, database, request, service)
    yield made
    await made.stop()

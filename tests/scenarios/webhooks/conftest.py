"""A backend, and nodes and workers that tell it what happens."""

from __future__ import annotations

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
    made = House(cluster, database, request, receiver)
    yield made
    await made.stop()

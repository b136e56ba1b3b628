"""Ada and Bob in one conversation, and Eve, who has no business there."""

from __future__ import annotations

import pytest

from tests.cluster import Cluster
from tests.frontend import Frontend
from tests.nodes import InProcess
from tests.scenarios.steps import everyone_joins, talk


@pytest.fixture
async def eve(cluster: Cluster, node: InProcess) -> Frontend:
    """Eve, connected to `node`; she shares no conversation with anybody."""
    return await cluster.frontend(node, "eve")


@pytest.fixture
async def conversation(ada: Frontend, bob: Frontend) -> str:
    """The conversation of Ada and Bob, whom nobody has joined yet."""
    return await talk(ada, "bob")


@pytest.fixture
async def room(conversation: str, ada: Frontend, bob: Frontend) -> str:
    """Their conversation, with both pages open."""
    await everyone_joins(conversation, ada, bob)
    return conversation

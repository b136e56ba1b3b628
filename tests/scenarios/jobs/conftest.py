"""Ada and Bob at the jobs frontend, on a node that says at once when somebody leaves."""

from __future__ import annotations

import pytest

from tests.cluster import Cluster, Node
from tests.frontend import Frontend
from tests.nodes import InProcess
from tests.scenarios.jobs.service import RealtimeService


@pytest.fixture
async def node(cluster: Cluster) -> InProcess:
    cluster.settings["presence__grace"] = 0  # of Bob's node, too
    return await cluster.node()


@pytest.fixture
async def ada(cluster: Cluster, node: InProcess) -> Frontend:
    return await cluster.frontend(node, "ada", dialect="jobs")


@pytest.fixture
async def bob(cluster: Cluster, other: Node) -> Frontend:
    return await cluster.frontend(other, "bob", dialect="jobs")


@pytest.fixture
def ada_service(ada: Frontend) -> RealtimeService:
    return RealtimeService(ada)


@pytest.fixture
def bob_service(bob: Frontend) -> RealtimeService:
    return RealtimeService(bob)

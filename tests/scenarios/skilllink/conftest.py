"""Ada and Bob at SkillLink, with either value of its one variable."""

from __future__ import annotations

import pytest

from tests.cluster import Cluster, Node
from tests.nodes import InProcess
from tests.scenarios.skilllink.app import SkillLink


@pytest.fixture(params=["", "/api"], ids=["without-api", "with-api"])
def base(request: pytest.FixtureRequest) -> str:
    """What `VITE_API_URL` has after the host."""
    return str(request.param)


@pytest.fixture
async def node(cluster: Cluster) -> InProcess:
    cluster.settings["presence__grace"] = 0  # of Bob's node, too
    return await cluster.node()


@pytest.fixture
async def ada(cluster: Cluster, node: InProcess, base: str) -> SkillLink:
    return await SkillLink.opens(cluster, node, "ada", base)


@pytest.fixture
async def bob(cluster: Cluster, other: Node, base: str) -> SkillLink:
    return await SkillLink.opens(cluster, other, "bob", base)

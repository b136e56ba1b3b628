"""A node with the demo, and its page with both people at their places."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from realtime.cli import fetching
from tests.browser import Page
from tests.cluster import Cluster
from tests.demo import ready
from tests.nodes import InProcess


@pytest.fixture(scope="session")
def client() -> None:
    fetching.fetched()


@pytest.fixture
async def demo(cluster: Cluster, client: None) -> InProcess:
    return await cluster.node(demo=True, dialects__origins=None)


@pytest.fixture
async def tab(demo: InProcess, page: Callable[[str], Awaitable[Page]]) -> AsyncIterator[Page]:
    """The page; nothing may be complained of while they talk."""
    opened = await page(f"{demo.url}/")
    await ready(opened, "ada", "bob")
    yield opened
    assert opened.console == []

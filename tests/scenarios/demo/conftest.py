"""A node with the demo, and its page with both people at their places."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest

from realtime.cli import fetching
from realtime.cli.pushing import new_pair
from tests.browser import Page
from tests.cluster import Cluster
from tests.demo import Open, Waking, ready
from tests.nodes import InProcess


@pytest.fixture(scope="session")
def client() -> None:
    fetching.fetched()


@pytest.fixture
async def demo(cluster: Cluster, client: None) -> InProcess:
    return await cluster.node(demo=True, dialects__origins=None)


@pytest.fixture
def waking(cluster: Cluster, client: None, page: Open) -> Waking:
    """A node that pushes, and its page in a browser whose `PushManager` is a script's, in which
    SUBSCRIPTION stands for ada's: Chromium's own push service is not reached from a test."""

    async def opened(script: str) -> tuple[InProcess, Page]:
        public, private = new_pair()
        node = await cluster.node(
            demo=True, dialects__origins=None, push__vapid_public_key=public,
            push__vapid_private_key=private, push__vapid_subject="mailto:a@example.com",
        )  # fmt: skip
        keys = {"p256dh": public, "auth": "AAAAAAAAAAAAAAAAAAAAAA"}
        subscription = json.dumps({"endpoint": "https://push.example.com/ada", "keys": keys})
        tab = await page("about:blank")
        allowed = ["notifications"]
        await tab.command("Browser.grantPermissions", origin=node.url, permissions=allowed)
        source = script.replace("SUBSCRIPTION", subscription)
        await tab.command("Page.addScriptToEvaluateOnNewDocument", source=source)
        await tab.goes_to(f"{node.url}/")
        await ready(tab, "ada", "bob")
        return node, tab

    return opened


@pytest.fixture
async def tab(demo: InProcess, page: Open) -> AsyncIterator[Page]:
    """The page; nothing may be complained of while they talk."""
    opened = await page(f"{demo.url}/")
    await ready(opened, "ada", "bob")
    yield opened
    assert opened.console == []

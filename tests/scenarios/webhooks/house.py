"""Nodes and workers as processes, and a backend that they tell what happens."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cluster import Cluster
from tests.nodes import Process
from tests.scenarios.senders import Senders
from tests.servers.running import Running
from tests.servers.webhook_receiver import SECRET, Receiver


class House(Senders):
    """One deployment with one endpoint, `crm`."""

    def __init__(
        self, cluster: Cluster, database: str, request: pytest.FixtureRequest, receiver: Receiver
    ) -> None:
        super().__init__(cluster, database, request)
        self.receiver = receiver
        cluster.settings |= {
            "webhooks__allow_private": True,
            "webhooks__endpoints": {"crm": {"url": receiver.url, "secrets": [SECRET]}},
            "presence__grace": 0,
        }

    async def node(self, **settings: Any) -> Process:
        """Whoever shares a Redis leaves sending to workers."""
        chosen = settings if self.alone else {"outbox__in_serve": "never", **settings}
        return await super().node(**chosen)

    async def another_sender(self, node: Process) -> Running:
        """Another worker, or the node itself once more."""
        if self.alone:
            await node.start()
        return await self.sender(node)

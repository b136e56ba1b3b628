"""Nodes and workers as processes, and a backend that they tell what happens."""

from __future__ import annotations

import asyncio
from typing import Any

from realtime.cli.working import READY
from tests.cluster import Cluster
from tests.nodes import Process, command
from tests.servers.running import Running
from tests.servers.webhook_receiver import SECRET, Receiver


class House:
    """One deployment with one endpoint, `crm`."""

    def __init__(self, cluster: Cluster, receiver: Receiver, *, alone: bool) -> None:
        self.cluster = cluster
        self.receiver = receiver
        self.alone = alone
        self.workers: list[Running] = []
        cluster.settings |= {
            "webhooks__allow_private": True,
            "webhooks__endpoints": {"crm": {"url": receiver.url, "secrets": [SECRET]}},
            "presence__grace": 0,
        }

    async def node(self, **settings: Any) -> Process:
        """A node in a process of its own; whoever shares a Redis leaves sending to workers."""
        chosen = settings if self.alone else {"outbox__in_serve": "never", **settings}
        made = Process(self.cluster._variables(chosen), module="tests.pushing")
        self.cluster.nodes.append(made)
        await made.start()
        return made

    async def worker(self) -> Running:
        """A worker beside the nodes, at work."""
        variables = self.cluster._variables({})
        made = command("worker", variables=variables, module="tests.pushing")
        self.workers.append(made)
        await made.says(READY)
        return made

    async def sender(self, node: Process) -> Running:
        """Whoever sends: the node itself where it is alone, else a new worker."""
        return node.running if self.alone else await self.worker()

    async def another_sender(self, node: Process) -> Running:
        """Another worker, or the node itself once more."""
        if self.alone:
            await node.start()
        return await self.sender(node)

    async def stop(self) -> None:
        for each in self.workers:
            await asyncio.to_thread(each.stop)

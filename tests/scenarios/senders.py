"""Nodes and workers as processes of their own, which send what the outbox has."""

from __future__ import annotations

import asyncio
import secrets
from typing import Any

import pytest

from realtime.cli.working import READY
from tests.cluster import Cluster
from tests.nodes import Process, command
from tests.servers.running import Running


class Senders:
    """SQLite: a node that sends by itself. PostgreSQL: nodes that share a Redis, and workers."""

    def __init__(self, cluster: Cluster, database: str, request: pytest.FixtureRequest) -> None:
        self.cluster = cluster
        self.alone = database == "sqlite"
        self.workers: list[Running] = []
        self.lease = 60.0
        """Seconds after which others take what somebody has taken: few where that one is killed,
        else whoever is slow would be taken for dead."""
        if not self.alone:
            cluster.settings["redis_url"] = request.getfixturevalue("redis").url
            cluster.settings["redis__prefix"] = f"{secrets.token_hex(8)}:"

    def variables(self, **settings: Any) -> dict[str, str]:
        """The environment of a process."""
        return {**self.cluster._variables(settings), "LEASE": str(self.lease)}

    async def node(self, **settings: Any) -> Process:
        """A node in a process of its own."""
        made = Process(self.variables(**settings), module="tests.pushing")
        self.cluster.nodes.append(made)
        await made.start()
        return made

    async def worker(self, *options: str, **settings: Any) -> Running:
        """A worker beside the nodes, at work."""
        variables = self.variables(**settings)
        made = command("worker", *options, variables=variables, module="tests.pushing")
        self.workers.append(made)
        await made.says(READY)
        return made

    async def sender(self, node: Process) -> Running:
        """Whoever sends: the node itself where it is alone, else a new worker."""
        return node.running if self.alone else await self.worker()

    async def stop(self) -> None:
        for each in self.workers:
            await asyncio.to_thread(each.stop)

"""Nodes and workers as processes, and people whose browsers they push to."""

from __future__ import annotations

import asyncio
from typing import Any

from realtime.cli.working import READY
from tests.cluster import Cluster
from tests.nodes import Process, command
from tests.rest import Rest
from tests.servers.push_service import Browser, PushService
from tests.servers.running import Running
from tests.vapid import PRIVATE, PUBLIC


class House:
    """One deployment, with a short wait before each push."""

    def __init__(self, cluster: Cluster, service: PushService, *, alone: bool) -> None:
        self.cluster = cluster
        self.service = service
        self.alone = alone
        self.workers: list[Running] = []
        cluster.settings |= {
            "push__vapid_public_key": PUBLIC,
            "push__vapid_private_key": PRIVATE,
            "push__vapid_subject": "mailto:ops@shop.dev",
            "push__wait": 0.3,
            "push__again": 0,
            "presence__grace": 0,
        }

    def variables(self, **settings: Any) -> dict[str, str]:
        return {
            **self.cluster._variables(settings),
            "SSL_CERT_FILE": str(self.service.certificate),
        }

    async def node(self, **settings: Any) -> Process:
        """A node in a process of its own."""
        made = Process(self.variables(**settings), module="tests.pushing")
        self.cluster.nodes.append(made)
        await made.start()
        return made

    async def worker(self, *options: str, **settings: Any) -> Running:
        """A worker beside the nodes, at work."""
        made = command(
            "worker", *options, variables=self.variables(**settings), module="tests.pushing"
        )
        self.workers.append(made)
        await made.says(READY)
        return made

    async def sender(self, node: Process) -> Running:
        """Whoever sends: the node itself where it is alone, else a new worker."""
        return node.running if self.alone else await self.worker()

    async def browser(self, person: Rest, kind: str = "fcm") -> Browser:
        """A browser of hers that has subscribed."""
        made = self.service.browser(PUBLIC, kind)
        path = "/api/notifications/subscribe"
        answer = await person.post(path, made.subscription)
        assert answer.status == 201, answer.text
        return made

    async def stop(self) -> None:
        for each in self.workers:
            await asyncio.to_thread(each.stop)

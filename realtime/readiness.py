"""Whether a node serves: what `/readyz` asks of its parts."""

import asyncio
from collections.abc import Callable, Mapping

from realtime.config import Config
from realtime.domain.actor import Node
from realtime.domain.ports import Port
from realtime.gateway import health
from realtime.stores import migrations
from realtime.stores.database import Database
from realtime.stores.neighbours import Neighbours
from realtime.transport import Server


class Readiness:
    """Whether this node serves. A schema that is current stays so while we run."""

    def __init__(
        self,
        config: Config,
        database: Database,
        server: Server,
        neighbours: Neighbours | None,
        parts: Mapping[str, Port],
        *,
        push: Callable[[], str],
    ) -> None:
        self._url = config.database
        self._alone = config.redis_url is None
        self._required = config.redis.required
        self._neighbours = neighbours
        self._database = database
        self._server = server
        self._parts = parts
        self._push = push
        self._current = False

    async def __call__(self) -> health.Readiness:
        parts, fault = await asyncio.gather(health.asked(self._parts), self._database.condition())
        if fault is None and not self._current:
            self._current = not await migrations.pending(self._url)
        if self._required:
            parts["redis"] = self._server.cut_off()
        draining = self._server.draining
        nodes, push = self._nodes(), self._push()
        return health.Readiness(fault, self._current, draining, parts, nodes, push)

    def _nodes(self) -> str:
        """Whether other nodes hear what happens here."""
        if not self._alone:
            return self._server.cut_off() or "shared"
        others = self._neighbours.others if self._neighbours is not None else None
        return "not alone, but without Redis" if others else "alone"


def parts_of(node: Node) -> dict[str, Port]:
    """What readiness asks besides the database, by the names that it shows."""
    return {
        "writer": node.writer,
        "presence": node.presence,
        "joined": node.joined,
        "limits": node.limits,
    }

"""Health: `/healthz` says that the process lives, `/readyz` that it serves.

Both are for load balancers and monitors: they tell nothing of users.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from realtime.domain.ports import Port

_PATIENCE = 5.0
"""Seconds that the checks may take together; load balancers wait about as long."""

_PART_PATIENCE = 2.0
"""Seconds that a part may take to say whether it is well."""


@dataclass(frozen=True)
class Readiness:
    """What a node needs to serve, as it is at this moment."""

    database: str | None
    """What keeps the database from taking writes, in a word or two; None if nothing does."""
    schema: bool
    """Whether every migration that this version knows has been applied."""
    draining: bool
    """Whether the node is stopping and sends its clients elsewhere."""
    parts: Mapping[str, str | None] = field(default_factory=dict)
    """Of each part by its name: None if it is well, else what keeps it from its work."""
    nodes: str = "alone"
    """Whether other nodes hear what happens on this one, in a few words."""
    push: str = "off"
    """How it is with web push, in a few words; a node serves without it."""

    @property
    def ready(self) -> bool:
        """Whether new clients should be sent here."""
        well = not any(self.parts.values())
        return self.database is None and self.schema and well and not self.draining


async def asked(parts: Mapping[str, Port]) -> dict[str, str | None]:
    """What each part says of itself; all are asked at once, and one that hangs is not well."""
    said = await asyncio.gather(*map(_said, parts.values()))
    return dict(zip(parts, said, strict=True))


async def _said(part: Port) -> str | None:
    try:
        async with asyncio.timeout(_PART_PATIENCE):
            return await part.well()
    except TimeoutError:
        return "it does not answer"
    except Exception as fault:  # noqa: BLE001 - whatever it is, the part is not well
        return f"it failed when it was asked: {type(fault).__name__}"


Check = Callable[[], Coroutine[Any, Any, Readiness]]
"""Looks at the node; it reports what fails instead of raising, but may hang with its database."""


class _Asking:
    """One look at the node at a time, however many ask, and nobody waits for ever."""

    def __init__(self, check: Check) -> None:
        self._check = check
        self._looking: asyncio.Task[Readiness] | None = None

    async def readiness(self) -> Readiness:
        """What is found within the limit; a look that takes longer goes on by itself."""
        if self._looking is None:
            self._looking = asyncio.create_task(self._look())
        done, _ = await asyncio.wait({self._looking}, timeout=_PATIENCE)
        if not done:
            return Readiness(database="unreachable", schema=False, draining=False)
        return done.pop().result()

    async def _look(self) -> Readiness:
        try:
            return await self._check()
        finally:
            self._looking = None


def routes(readiness: Check) -> list[web.RouteDef]:
    """The routes, for `application.add_routes`; HEAD is answered too."""
    asking = _Asking(readiness)

    async def healthz(_: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def readyz(_: web.Request) -> web.Response:
        found = await asking.readiness()
        return web.json_response(_told(found), status=200 if found.ready else 503)

    return [
        web.get("/healthz", healthz),
        web.get("/readyz", readyz),
    ]


def _told(found: Readiness) -> dict[str, Any]:
    """In JSON; a schema that could not be read is unknown, not outdated."""
    outdated = "unknown" if found.database else "outdated"
    return {
        "status": "ok" if found.ready else "unavailable",
        "database": found.database or "ok",
        "schema": "ok" if found.schema else outdated,
        "draining": found.draining,
        "nodes": found.nodes,
        "push": found.push,
        "parts": {name: said or "ok" for name, said in found.parts.items()},
    }

"""Keeping a node's mark, and saying once that another is there which it does not hear."""

import asyncio
import time
from contextlib import suppress

import structlog

from realtime.stores.neighbours.marks import Marks, marks

log = structlog.get_logger(__name__)

LOOK = 5.0
"""Seconds between two looks, and before a mark that was lost is left again."""

HANDOVER = 30.0
"""Seconds in which the process that this one replaces has ended."""


class Neighbours:
    """The other processes that serve a database, as of a moment ago."""

    def __init__(self, url: str, *, replacing: bool = False) -> None:
        self._marks: Marks = marks(url)
        self._quiet_until = time.monotonic() + (HANDOVER if replacing else 0.0)
        self._told = False
        self._task: asyncio.Task[None] | None = None
        self.others: int | None = None
        """How many there are; None where that cannot be told."""

    async def start(self) -> None:
        """Leave a mark, look, and go on looking. Never fails: serving matters more."""
        await self._look()
        self._task = asyncio.create_task(self._watch(), name="neighbours")

    async def close(self) -> None:
        """Remove the mark."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        await self._marks.close()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(LOOK)
            await self._look()

    async def _look(self) -> None:
        try:
            if self.others is None:
                await self._marks.take()
            self.others = await self._marks.others()
        except Exception as error:  # noqa: BLE001 - a database that is away is told elsewhere
            log.debug("neighbours_unknown", error=type(error).__name__)
            self.others = None
            await self._marks.close()
        self._tell()

    def _tell(self) -> None:
        """Once, and by those who came second: the first has done nothing wrong."""
        if self._told or time.monotonic() < self._quiet_until or self.others is None:
            return
        self._told = True
        if self.others:
            log.warning(
                "another process serves this database: users on different ones do not hear one "
                "another until REDIS_URL is set for all",
                others=self.others,
            )


async def count(url: str) -> int:
    """How many processes serve a database alone. Raises what the driver raises."""
    found = marks(url)
    try:
        return await found.others()
    finally:
        await found.close()

"""Letting go of old entries of the journal, a few at a time, while the node serves."""

import asyncio
from datetime import timedelta

import structlog

from realtime.domain import journal
from realtime.domain.ports import Clock
from realtime.logs import where

log = structlog.get_logger(__name__)

EVERY = 3600.0
"""Seconds between two sweeps."""

STEP = 500
"""Entries of one step: a bulk deletion would keep others waiting."""

PAUSE = 0.05
"""Seconds between two steps."""


class Retention:
    """Sweeps when the node starts and once an hour. Several nodes may sweep at once."""

    def __init__(self, clock: Clock, kept: timedelta) -> None:
        self._clock = clock
        self._kept = kept
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to sweep."""
        self._task = asyncio.create_task(self._run(), name="retention")

    async def stop(self) -> None:
        """Sweep no more; what a step has begun is finished."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def sweep(self) -> int:
        """Let go of all that is old, step by step; gives how many."""
        before, gone = self._clock() - self._kept, 0
        while found := await journal.forget(before, STEP):
            gone += found
            await asyncio.sleep(PAUSE)
        return gone

    async def _run(self) -> None:
        while True:
            try:
                gone = await self.sweep()
            except Exception as error:  # noqa: BLE001 - the next sweep may have more luck
                at = where(error.__traceback__)
                log.warning("sweep failed", reason=type(error).__name__, where=at)
            else:
                if gone:
                    log.info("journal swept", entries=gone)
            await asyncio.sleep(EVERY)

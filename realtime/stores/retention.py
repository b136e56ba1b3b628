"""Letting go of what is old, a few rows at a time, while the node serves: entries of the journal,
what was said when, notifications, pages that may come back, browsers without a sign of life,
decisions about pushes, and what nobody has sent in time."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog

from realtime.domain import (
    broadcasts,
    clearing,
    decisions,
    journal,
    outbox,
    push,
    sayings,
    turns,
)
from realtime.domain.ports import Clock
from realtime.domain.settings import NotificationSettings
from realtime.logs import where
from realtime.stores import known_sessions

Forget = Callable[[datetime, int], Awaitable[int]]
"""Lets go of so many rows from before a time; gives how many there were."""

log = structlog.get_logger(__name__)

EVERY = 3600.0
"""Seconds between two sweeps."""

STEP = 500
"""Entries of one step: a bulk deletion would keep others waiting."""

PAUSE = 0.05
"""Seconds between two steps."""


class Retention:
    """Sweeps when the node starts and once an hour. Several nodes may sweep at once."""

    def __init__(
        self,
        clock: Clock,
        kept: timedelta,
        said: timedelta = timedelta(0),
        notifications: NotificationSettings | None = None,
    ) -> None:
        """How long the journal is kept, what was said when, and notifications."""
        self._notifications = notifications or NotificationSettings()
        self._clock = clock
        self._kept = kept
        self._said = said
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
        """Let go of all that is old, step by step; gives how many entries of the journal."""
        now = self._clock()
        await self._forget(decisions.forget, now - decisions.KEPT)
        await self._forget(turns.bury_lost, now)
        await self._forget(outbox.forget, now)
        await self._forget(sayings.forget, now - self._said)
        await self._forget(known_sessions.forget, now)
        await push.sweep(now)
        await self._clear_notifications(now)
        return await self._forget(journal.forget, now - self._kept)

    async def _clear_notifications(self, now: datetime) -> None:
        """Those that have expired, and those that were read or are very old."""
        read_before = now - timedelta(days=self._notifications.kept_days)
        old_before = now - timedelta(days=self._notifications.unread_days)
        await self._forget(clearing.forget_expired, now - clearing.SLACK)
        await self._forget(clearing.forget_read, read_before)
        await self._forget(clearing.forget_old, old_before)
        await self._forget(broadcasts.forget_expired, now - clearing.SLACK)
        await self._forget(broadcasts.forget, old_before)

    async def _forget(self, forget: Forget, before: datetime) -> int:
        gone = 0
        while found := await forget(before, STEP):
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

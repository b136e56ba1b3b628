"""Letting go of what is old, a few rows at a time, while the node serves: entries of the journal,
what was said when, notifications, pages that may come back, browsers without a sign of life,
decisions about pushes, and what nobody has sent in time."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
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
        """Let go of all that is old, step by step; gives how many entries of the journal. What
        fails keeps nothing else from its end."""
        now = self._clock()
        gone = await self._forget(journal.forget, now - self._kept)
        for forget, before in (*self._of_sending(now), *self._of_notifications(now)):
            await self._forget(forget, before)
        return gone

    def _of_sending(self, now: datetime) -> Sequence[tuple[Forget, datetime]]:
        return (
            (decisions.forget, now - decisions.KEPT),
            (turns.bury_lost, now),
            (outbox.forget, now),
            (sayings.forget, now - self._said),
            (known_sessions.forget, now),
            (push.forget, now),
        )

    def _of_notifications(self, now: datetime) -> Sequence[tuple[Forget, datetime]]:
        """Those that have expired, and those that were read or are very old."""
        read_before = now - timedelta(days=self._notifications.kept_days)
        old_before = now - timedelta(days=self._notifications.unread_days)
        return (
            (clearing.forget_expired, now - clearing.SLACK),
            (clearing.Read().forget, read_before),
            (clearing.forget_old, old_before),
            (broadcasts.forget_expired, now - clearing.SLACK),
            (broadcasts.forget, old_before),
        )

    async def _forget(self, forget: Forget, before: datetime) -> int:
        gone = 0
        try:
            while found := await forget(before, STEP):
                gone += found
                await asyncio.sleep(PAUSE)
        except Exception as error:  # noqa: BLE001 - the next sweep may have more luck
            at = where(error.__traceback__)
            log.warning("sweep failed", reason=type(error).__name__, where=at)
        return gone

    async def _run(self) -> None:
        while True:
            gone = await self.sweep()
            if gone:
                log.info("journal swept", entries=gone)
            await asyncio.sleep(EVERY)

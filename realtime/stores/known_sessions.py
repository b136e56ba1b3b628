"""What a node that is alone knows of pages that may come back: it survives a restart."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

from realtime.domain.ports import Clock
from realtime.domain.steps import delete_first, portions, rounded
from realtime.models import KnownSession
from realtime.models.asking import AskedTogether

Before = Callable[[], Awaitable[None]]
"""Waits until the process whose place a node takes has ended. Raises TimeoutError."""

ENDS: Final = 3.0
"""Seconds for which who comes back waits for that. Mostly it has ended before anybody comes."""


class KnownSessions:
    """A shelf of the transport's in the database.

    A process ``before`` keeps there what it knows until it ends: whoever was taken back earlier
    would lack her last moments, and be kept as she was once more.
    """

    shared = False

    def __init__(self, clock: Clock, before: Before | None = None) -> None:
        self._clock = clock
        self._before = before
        self._ends: asyncio.Task[None] | None = None
        self._kept = AskedTogether(self._all_of)

    async def load(self, key: str) -> bytes | None:
        """What was kept by this key, unless it is too old. After a restart everybody is back at
        once."""
        if self._before is not None:
            self._ends = self._ends or asyncio.create_task(_ended(self._before), name="before")
            await asyncio.wait({self._ends}, timeout=ENDS)
        return await self._kept.of(key)

    async def _all_of(self, keys: Sequence[str]) -> list[bytes | None]:
        kept = KnownSession.filter(id__in=rounded(set(keys)), until__gt=self._clock())
        found = {row.id: bytes(row.record) for row in await kept}
        return [found.get(key) for key in keys]

    async def save(self, values: Mapping[str, bytes], gone: Sequence[str], seconds: float) -> None:
        """Keep these for so long, and forget those."""
        until = self._clock() + timedelta(seconds=seconds)
        for portion in portions(values):
            rows = [KnownSession(id=key, record=values[key], until=until) for key in portion]
            await KnownSession.bulk_create(
                rows, on_conflict=["id"], update_fields=["record", "until"]
            )
        for portion in portions(gone):
            await KnownSession.filter(id__in=portion).delete()


async def _ended(before: Before) -> None:
    with suppress(TimeoutError):
        await before()


async def forget(now: datetime, most: int) -> int:
    """Let go of what is too old, `most` at once; gives how many were found."""
    return await delete_first(KnownSession.filter(until__lt=now), most)

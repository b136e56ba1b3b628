"""What a node that is alone knows of pages that may come back: it survives a restart."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from realtime.domain.ports import Clock
from realtime.domain.steps import portions
from realtime.models import KnownSession


class KnownSessions:
    """A shelf of the transport's in the database."""

    shared = False

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._turn = asyncio.Lock()
        self._wanted: dict[str, asyncio.Future[bytes | None]] = {}

    async def load(self, key: str) -> bytes | None:
        """What was kept by this key, unless it is too old.

        After a restart everybody is back at once: who comes while others are looked for is looked
        for with all that come by then.
        """
        answer = self._wanted.get(key)
        if answer is None:
            answer = self._wanted[key] = asyncio.get_running_loop().create_future()
        async with self._turn:
            if not answer.done():
                await self._look_for_all()
        return await answer

    async def _look_for_all(self) -> None:
        wanted, self._wanted = self._wanted, {}
        found: dict[str, bytes] = {}
        try:
            for portion in portions(wanted):
                kept = KnownSession.filter(id__in=portion, until__gt=self._clock())
                found |= {row.id: bytes(row.record) for row in await kept}
        except BaseException as error:
            for answer in wanted.values():
                answer.set_exception(error)
                answer.exception()  # whoever waits no longer shall not be missed
            raise
        for key, answer in wanted.items():
            answer.set_result(found.get(key))

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


async def forget(now: datetime, most: int) -> int:
    """Let go of what is too old, `most` at once; gives how many were found."""
    ids = await KnownSession.filter(until__lt=now).limit(most).values_list("id", flat=True)
    if ids:
        await KnownSession.filter(id__in=list(ids)).delete()
    return len(ids)

"""Works rows of the outbox off one after the other, so that a thousand at nine o'clock are no
burst."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from realtime.delivery.outbox import Work
from realtime.models import Outbox


class OneByOne:
    """Sender of ``delivery/outbox.py`` for what the domain does by itself when it is time. One that
    fails keeps nothing else."""

    def __init__(self, do: Callable[[Outbox], Awaitable[None]]) -> None:
        self._do = do
        self._turn = asyncio.Lock()

    def works(self, rows: Sequence[Outbox]) -> Sequence[Work]:
        """See ``Sender``."""
        return [Work(self._in_turn(row)) for row in rows]

    async def close(self) -> None:
        """See ``Sender``."""

    async def _in_turn(self, row: Outbox) -> None:
        async with self._turn:
            await self._do(row)

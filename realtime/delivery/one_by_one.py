"""Works rows of the outbox off one after the other, so that a thousand at nine o'clock are no
burst."""

from collections.abc import Awaitable, Callable, Sequence

from realtime.delivery.outbox import Work
from realtime.models import Outbox


class OneByOne:
    """Sender of ``delivery/outbox.py`` for what the domain does by itself when it is time."""

    def __init__(self, do: Callable[[Outbox], Awaitable[None]]) -> None:
        self._do = do

    def works(self, rows: Sequence[Outbox]) -> Sequence[Work]:
        """See ``Sender``."""
        return [Work(self._all(rows), len(rows))]

    async def close(self) -> None:
        """See ``Sender``."""

    async def _all(self, rows: Sequence[Outbox]) -> None:
        for row in rows:
            await self._do(row)

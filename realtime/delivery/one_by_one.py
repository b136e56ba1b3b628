"""Works rows of the outbox off one after the other, so that a thousand at nine o'clock are no
burst."""

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any

from realtime.models import Outbox


class OneByOne:
    """Sender of ``delivery/outbox.py`` for what the domain does by itself when it is time."""

    def __init__(self, do: Callable[[Outbox], Awaitable[None]]) -> None:
        self._do = do

    def works(self, rows: Sequence[Outbox]) -> Sequence[Coroutine[Any, Any, None]]:
        """See ``Sender``."""
        return [self._all(rows)]

    async def close(self) -> None:
        """See ``Sender``."""

    async def _all(self, rows: Sequence[Outbox]) -> None:
        for row in rows:
            await self._do(row)

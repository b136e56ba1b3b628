"""Status changes of a crowd, told together.

When ten thousand users come back at once, each first socket is news for everybody: told one by
one that is a write per listener and change, told together it is a write per listener.
"""

import asyncio
from collections.abc import Callable, Sequence

from realtime.domain.events import StatusChanged

PAUSE = 0.05
"""Seconds, at least, between two tellings; a change after a quiet moment is told at once."""

SHARE = 4.0
"""How much longer than a telling took is waited before the next: other work has the most time."""


class Statuses:
    """Gathers changes while the last ones are being written, and keeps their order.

    Other nodes tell theirs meanwhile: what ``looks_online`` knows to be otherwise by then is not
    told any more, or whoever came back there would look offline for as long as she stays.
    """

    def __init__(self, tell: Callable[[Sequence[StatusChanged]], None]) -> None:
        self._tell = tell
        self.looks_online: Callable[[str], bool] | None = None
        self._gathered: list[StatusChanged] = []
        self._pausing = False

    def add(self, change: StatusChanged) -> None:
        """Tell it now, or with those that come during the pause."""
        self._gathered.append(change)
        if not self._pausing:
            self._say()

    def hurry(self, user_id: str) -> None:
        """She has news for few, which is told at once: what everybody is to hear of her comes
        before it."""
        if any(each.user_id == user_id for each in self._gathered):
            self._tell(self._taken())

    def _say(self) -> None:
        gathered = self._taken()
        self._pausing = bool(gathered)
        if not self._pausing:
            return
        loop = asyncio.get_running_loop()
        started = loop.time()
        try:
            self._tell(gathered)
        finally:  # whatever is wrong with one, those that come are told
            # Behind the transport's own turn, in which what was just published is written.
            loop.call_soon(self._pause, started)

    def _taken(self) -> list[StatusChanged]:
        gathered, self._gathered = self._gathered, []
        return [each for each in gathered if self._holds(each)]

    def _holds(self, change: StatusChanged) -> bool:
        return self.looks_online is None or self.looks_online(change.user_id) == change.online

    def _pause(self, started: float) -> None:
        loop = asyncio.get_running_loop()
        took = loop.time() - started
        loop.call_later(max(PAUSE, SHARE * took), self._say)

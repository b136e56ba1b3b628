"""The backplane of a single node. It is the specification of the others."""

import time
from collections.abc import Callable
from secrets import token_hex

from realtime.transport.backplane import Hear, Message, Place, Remember, Shelf


class MemoryBackplane:
    """Hands each message to this node's own ear, at once."""

    alone = True
    shelf: Shelf | None = None

    def __init__(self) -> None:
        self._hear: Hear | None = None
        self.epoch = token_hex(4)
        self.place: Place | None = (_now(), 0, 0)

    async def start(self, hear: Hear, remember: Remember | None = None) -> None:
        """Begin to listen; nothing was kept."""
        self._hear = hear

    def publish(self, message: Message) -> None:
        """Tell this node, before returning."""
        if self._hear is not None:
            self.place = _behind(self.place)
            self._hear(message)

    def when_back(self, tell: Callable[[], None]) -> None:
        """It is never away."""

    def under_way(self) -> bool:
        """Never: it is heard at once."""
        return False

    def own_address(self) -> None:
        """There is no other to reach it."""

    def well(self) -> None:
        """Always."""

    async def close(self) -> None:
        """Stop."""
        self._hear = None


def _behind(place: Place | None) -> Place:
    """The next place: now, unless the clock stands still or goes back."""
    now = _now()
    if place is None or place[0] < now:
        return now, 0, 0
    return place[0], place[1] + 1, 0


def _now() -> int:
    return time.time_ns() // 1_000_000

"""Turns of the event loop: what one connection may do in one, so that all others have theirs.

libuv reads a full stream many times in one turn, each time calling the protocol; so what counts is
the loop's turn and not the call (others waited 6 to 12 s for one client's tiny frames).
"""

import asyncio
from typing import Final

PACKETS: Final = 64
"""Packets of one connection in one turn."""

SECONDS: Final = 0.004
"""How long all packets of one turn may take."""

LOOK: Final = 16
"""Packets of one connection between two looks at how much time is over."""


class Turns:
    """Numbers the turns of the loop; one callback a turn, however many connections ask.

    Whoever begins to read from a client says `begin` first.
    """

    __slots__ = ("_counting", "began", "number")

    def __init__(self) -> None:
        self.number = 0
        self.began = 0.0
        """When somebody first said `begin` in this turn, by the loop's clock."""
        self._counting = False

    def begin(self) -> int:
        """The number of this turn."""
        if not self._counting:
            self._counting = True
            loop = asyncio.get_running_loop()
            self.began = loop.time()
            loop.call_soon(self._next)
        return self.number

    def over(self, done: int) -> bool:
        """Whether a connection that has handled so many packets in this turn has to wait."""
        if done % LOOK or not done:
            return False
        return done >= PACKETS or asyncio.get_running_loop().time() - self.began > SECONDS

    def _next(self) -> None:
        self._counting = False
        self.number += 1

"""Says anew what some never heard, so that all nodes tell it at one place in their order."""

import time
from collections.abc import Callable, Sequence
from typing import Final

from realtime.transport.backplane import Unit

MOST: Final = 100
"""Units within a second. Of more, as where a node was cut off from the others, each tells its own
clients what it has loaded."""

Say = Callable[[Unit], None]
"""Says something to all nodes, this one included."""

Warn = Callable[[], None]
"""Lets all nodes know that one has told its own clients what others may say anew."""


class Anew:
    """What one node says anew, of all orders."""

    def __init__(self, say: Say, warn: Warn) -> None:
        self._say = say
        self._warn = warn
        self._second = 0
        self._said = 0
        """How many within this second."""
        self._warned = 0
        """The second of the last warning."""

    def say(self, units: Sequence[Unit]) -> bool:
        """Whether all nodes, this one too, hear these in a moment; False where it is too much."""
        second = int(time.monotonic())
        if second != self._second:
            self._second, self._said = second, 0
        if self._said + len(units) > MOST:
            return False
        self._said += len(units)
        for unit in units:
            self._say(unit._replace(late=True))
        return True

    def warn(self) -> None:
        """This node tells by itself what it has loaded. Once a second is enough: what is said anew
        is in doubt from a minute before."""
        second = int(time.monotonic())
        if second != self._warned:
            self._warned = second
            self._warn()

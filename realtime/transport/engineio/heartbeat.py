"""Deadlines that are all equally long: one timer for any number of sessions.

What was added first falls due first, so no wheel and no heap is needed, only the order of arrival.
A ping, the pong it waits for, the time to CONNECT and the time to upgrade are four of these.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Final, Generic, TypeVar

Item = TypeVar("Item", bound=Hashable)

_AT_ONCE: Final = 0.002
"""Seconds: what falls due this soon goes along, so that a crowd costs one timer."""


class Deadlines(Generic[Item]):
    """Calls `due(item)` `seconds` after each `add(item)`, unless `discard(item)` came before."""

    def __init__(self, seconds: float, due: Callable[[Item], None]) -> None:
        self._seconds = seconds
        self._due = due
        self._waiting: OrderedDict[Item, float] = OrderedDict()
        self._timer: asyncio.TimerHandle | None = None

    def add(self, item: Item) -> None:
        """Start this item's time, again if it was running."""
        loop = asyncio.get_running_loop()
        self._waiting[item] = loop.time() + self._seconds
        self._waiting.move_to_end(item)
        if self._timer is None:
            self._timer = loop.call_later(self._seconds, self._run)

    def discard(self, item: Item) -> None:
        """Stop this item's time."""
        self._waiting.pop(item, None)

    def __contains__(self, item: Item) -> bool:
        return item in self._waiting

    def close(self) -> None:
        """Stop everything."""
        self._waiting.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _run(self) -> None:
        self._timer = None
        loop = asyncio.get_running_loop()
        until = loop.time() + _AT_ONCE
        while self._waiting:
            item, at = next(iter(self._waiting.items()))
            if at > until:
                if self._timer is not None:  # due() has added, which is due later
                    self._timer.cancel()
                self._timer = loop.call_at(at, self._run)
                return
            del self._waiting[item]
            self._due(item)

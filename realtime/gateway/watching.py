"""Looks at what nobody counts: who is there, and how late the event loop is.

What keeps one call waiting keeps everybody waiting, so the loop is asked four times a second.
"""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

from realtime import counting
from realtime.gateway.metrics import LATE
from realtime.gateway.sockets import Sockets

EVERY: Final = 0.25


@contextmanager
def watched(sockets: Sockets) -> Iterator[None]:
    """Tell monitors of a node's sockets and of its loop while this goes on."""
    lateness = Lateness()
    with ExitStack() as watching:
        connections = counting.read(
            "realtime_connections",
            "Connected sockets of this node",
            "dialect",
            "transport",
            by=sockets.connections,
        )
        users = counting.read(
            "realtime_users", "Users with a socket on this node", "dialect", by=sockets.users
        )
        watching.enter_context(connections)
        watching.enter_context(users)
        lateness.start()
        watching.callback(lateness.stop)
        yield


class Lateness:
    """Asks the running loop to be called, and counts how much later it is."""

    def __init__(self) -> None:
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begin to watch."""
        loop = asyncio.get_running_loop()
        due = loop.time() + EVERY
        self._timer = loop.call_at(due, self._look, due)

    def stop(self) -> None:
        """Watch no more."""
        if self._timer is not None:
            self._timer.cancel()

    def _look(self, due: float) -> None:
        LATE.all.add(max(0.0, asyncio.get_running_loop().time() - due))
        self.start()

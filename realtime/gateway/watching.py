"""Looks at what nobody counts: who is there, and how late the event loop is.

What keeps one call waiting keeps everybody waiting, so the loop is asked four times a second.
"""

import asyncio
from collections import Counter as Tally
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import product
from typing import Final

from realtime import counting
from realtime.counting import Labels
from realtime.gateway.metrics import LATE
from realtime.gateway.sockets import Sockets
from realtime.gateway.tabs import Tab
from realtime.transport import Server

EVERY: Final = 0.25
TRANSPORTS: Final = ("polling", "websocket")


@contextmanager
def watched(sockets: Sockets, server: Server) -> Iterator[None]:
    """Tell monitors of a node's sockets and of its loop while this goes on."""
    lateness = Lateness()
    with ExitStack() as watching:
        connections = counting.read(
            "realtime_connections",
            "Connected sockets of this node",
            "dialect",
            "transport",
            by=partial(_connections, sockets, server),
        )
        users = counting.read(
            "realtime_users",
            "Users with a socket on this node",
            "dialect",
            by=partial(_users, sockets),
        )
        waiting = counting.read(
            "realtime_backlog_bytes",
            "What this node's clients have been sent and have not taken yet",
            by=lambda: {(): server.waiting_bytes()},
        )
        watching.enter_context(connections)
        watching.enter_context(waiting)
        watching.enter_context(users)
        lateness.start()
        watching.callback(lateness.stop)
        yield


def _connections(sockets: Sockets, server: Server) -> dict[Labels, float]:
    """How many sockets there are, by dialect and transport; 0 is told, too."""
    found: dict[Labels, float] = dict.fromkeys(product(sockets.dialects, TRANSPORTS), 0)
    found.update(
        Tally((tab.spoken[0].name, _transport(tab, server)) for tab in sockets.tabs() if tab.spoken)
    )
    return found


def _transport(tab: Tab, server: Server) -> str:
    try:
        return server.transport(tab.sid, tab.namespace)
    except KeyError:  # it has gone, and we have not been told yet
        return "none"


def _users(sockets: Sockets) -> dict[Labels, float]:
    """How many people are here, by dialect."""
    there = {(tab.spoken[0].name, tab.actor.user_id) for tab in sockets.tabs() if tab.spoken}
    found: dict[Labels, float] = dict.fromkeys(product(sockets.dialects), 0)
    found.update(Tally((dialect,) for dialect, _ in there))
    return found


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

"""`server_stats`: what a node says of itself every two seconds, from what is counted anyway."""

import os
import socket
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, TypedDict

from realtime.gateway.metrics import EVENTS
from realtime.transport import Server
from realtime.transport.engineio import reasons
from realtime.transport.engineio.metrics import closed_so_far

SECONDS: Final = 2.0
"""Between two of them."""

_PACKETS_IN: Final = "packetsIn"
_BYTES_IN: Final = "bytesIn"
_BYTES_OUT: Final = "bytesOut"
_BEGUN: Final = "rawConnection"
_ENDED: Final = "rawDisconnection"

Counted = dict[tuple[str, str | None], int]
"""So many of a type, and of a subtype of it."""


class Happened(TypedDict):
    """How often something happened lately."""

    timestamp: int
    type: str
    subType: str | None
    count: int


class Stats:
    """What a node says of itself; made before the server starts."""

    def __init__(self, server: Server, namespaces: Sequence[str]) -> None:
        self._server = server
        self._namespaces = namespaces
        self._bytes = server.count_bytes()
        self._began = time.time()
        self._before: Counted = {}

    def begin(self) -> None:
        """Somebody looks from now on: what happened until now is not news."""
        self._before = self._so_far()

    def told(self) -> dict[str, Any]:
        """The node now, and what has happened since it was told last."""
        clients, polling = self._server.sessions_here()
        return {
            "serverId": self._server.node,
            "hostname": socket.gethostname(),
            "pid": os.getpid(),
            "uptime": time.time() - self._began,
            "clientsCount": clients,
            "pollingClientsCount": polling,
            "aggregatedEvents": list(self._since()),
            "namespaces": [
                {"name": name, "socketsCount": self._server.count_here(name)}
                for name in self._namespaces
            ],
        }

    def _since(self) -> Iterable[Happened]:
        before, self._before = self._before, self._so_far()
        second = int(time.time()) * 1000
        for (kind, sub), count in self._before.items():
            more = count - before.get((kind, sub), 0)
            if more > 0:
                yield {"timestamp": second, "type": kind, "subType": sub, "count": more}

    def _so_far(self) -> Counted:
        ended = dict(self._ended())
        open_now, _ = self._server.sessions_here()
        return {
            (_BEGUN, None): open_now + sum(ended.values()),
            (_PACKETS_IN, None): sum(EVENTS.of.values()),
            (_BYTES_IN, None): self._bytes.read,
            (_BYTES_OUT, None): self._bytes.written,
            **{(_ENDED, reason): count for reason, count in ended.items()},
        }

    def _ended(self) -> Iterator[tuple[str, int]]:
        for reason in (*sorted(reasons.ALL), "application"):
            yield reason, closed_so_far(reason)

"""The Redis between a test's nodes: so that a page has heard what all of them had said."""

from __future__ import annotations

import itertools
import secrets

from realtime.transport.backplane import Delivery, Unit
from realtime.transport.backplane.redis import wire
from realtime.transport.socketio import packets
from tests.servers.redis import asking

MARK = "tests:mark"
"""The event that a page is told behind all that was said before; it belongs to no table."""


class Between:
    """Says something as if it were another node: all nodes hear one order."""

    def __init__(self, url: str, prefix: str) -> None:
        self._url = url
        self._stream = f"{prefix}stream"
        self._name = f"tests-{secrets.token_hex(4)}"
        self._count = itertools.count(1)

    async def mark(self, namespace: str, sid: str) -> int:
        """Tell one socket a number, behind all that its node has yet to hear; the number."""
        number = next(self._count)
        frames = packets.event(namespace, (MARK, number))
        unit = Unit((Delivery(namespace, (sid,), frames),))
        entry = {"n": self._name, "c": number, "m": wire.encode([unit])}
        async with asking(self._url) as client:
            await client.ping()  # what nodes have written by now is read before what comes next
            await client.xadd(self._stream, entry)  # type: ignore[arg-type] # any bytes
        return number

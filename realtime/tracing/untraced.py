"""What could be followed, and is not: whatever is given comes back as it was."""

from collections.abc import Callable
from typing import Any

from aiohttp import web

from realtime.domain.events import Announce
from realtime.domain.ports import Writer
from realtime.gateway.sockets import Sockets
from realtime.stores.writer import GroupWriter
from realtime.transport import Server
from realtime.transport.tracing import Trace

Hear = Callable[[Any], None]


class Untraced:
    """Follows nothing."""

    trace: Trace | None = None
    """For the transport, where something is followed."""

    def fan_out(self, hear: Hear) -> Hear:
        """Who puts events into words and sends them."""
        return hear

    def stored(self, announce: Announce) -> Announce:
        """Whom the writer tells what it has stored."""
        return announce

    def writer(self, writer: GroupWriter) -> Writer:
        """Who stores messages."""
        return writer

    def attach(self, app: web.Application, server: Server, sockets: Sockets) -> None:
        """Where calls, events and what other nodes say come in."""

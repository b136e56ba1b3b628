"""One Engine.IO v4 session: a client's tie to this server, over whichever transport. No I/O."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from realtime.transport.engineio import reasons
from realtime.transport.engineio.connection import Connection
from realtime.transport.settings import TransportSettings


class Link(Protocol):
    """A session's transport, as the session sees it."""

    name: str
    """`polling` or `websocket`."""

    def wake(self) -> None:
        """Something waits in the session's backlog."""

    def pause_reading(self) -> None:
        """Take no more input until `resume_reading`."""

    def resume_reading(self) -> None: ...

    def admitted(self) -> None:
        """A namespace has let the client in: its bounds are wide from now on."""

    def close(self, reason: str) -> None:
        """End; deliver the backlog first if the reason is graceful."""


class Session:
    """State that both transports and the layer above share.

    Output: `pending` is this tick's; at its end it is written if the session is `flowing` (a
    WebSocket whose buffer is not full), else it joins the `backlog`. The backlog is empty whenever
    the session flows, which is what keeps the order.
    """

    __slots__ = (
        "address",
        "admitted",
        "awaited",
        "backlog",
        "backlog_bytes",
        "carriers",
        "closed",
        "end",
        "environ",
        "flowing",
        "id",
        "link",
        "pending",
        "pinged",
        "proved",
        "queued",
        "queued_bytes",
        "reading_paused",
        "received",
        "resting",
        "settings",
        "spent_until",
        "stopped",
        "upgrade",
        "write",
    )

    def __init__(
        self,
        sid: str,
        environ: dict[str, Any],
        address: str,
        settings: TransportSettings,
        end: Callable[[Session, str], None],
    ) -> None:
        self.id = sid
        self.environ = environ
        self.address = address
        """The address that limits count, empty where it is not known."""
        self.settings = settings
        self.end = end
        """The engine's `close`: ends a session for a reason."""
        self.link: Link
        self.carriers = 0
        """Connections that were taken over for it and may stay; no limit by address counts them."""
        self.closed = False
        self.upgrade: Connection | None = None
        """The WebSocket that has sent its probe; polls are answered empty-handed meanwhile."""
        self.flowing = False
        self.write: Callable[[bytes], object]
        self.pending: list[bytes] | None = None
        self.backlog: list[bytes] = []
        self.backlog_bytes = 0
        self.reading_paused = False
        self.stopped = False
        self.resting = False
        """It has said too much for now; see `spend`."""
        self.admitted = False
        """Whether a namespace has let it in; before that its bounds are narrow."""
        self.spent_until = 0.0
        """Up to when it has used up what it may say; see `spend`."""
        self.queued = 0
        self.queued_bytes = 0
        self.awaited = 0
        """How many of the server's handlers wait for something that this client is to say."""
        self.pinged: Any = None
        """What the engine's `stamp` said when it was pinged last."""
        self.proved: Any = None
        """What it said at the last ping that was answered, or at the start: whatever was sent to
        it by then has arrived."""
        self.received: Any = None
        """The receiver's: what it keeps with the session."""

    @property
    def max_payload(self) -> int:
        """Bytes of one message, or of one POST, that may come now."""
        settings = self.settings
        return settings.max_payload if self.admitted else settings.max_payload_before_connect

    def spend(self, cost: float, now: float) -> float:
        """Draw on what it may say; the seconds until there is enough again, 0 while there is."""
        settings = self.settings
        rate = settings.packets_per_second
        until = max(self.spent_until, now - settings.packets_burst / rate) + cost / rate
        self.spent_until = until
        return until - now if until > now else 0.0

    def rest(self) -> None:
        """Read nothing more until `rested`."""
        self.resting = True
        self._pause()

    def rested(self) -> None:
        """There is enough again: read on, unless something else forbids it."""
        self.resting = False
        if not self._inbox_full():
            self.resume()

    def keep(self, waiting: list[bytes]) -> None:
        """Take output that cannot be written now; ends the session when that is too much.

        What is in the transport's own buffer does not count: a single large reply to a client that
        reads is no stall.
        """
        if self.closed:
            return
        size = sum(map(len, waiting))
        if self.backlog and self.backlog_bytes + size > self.settings.outbound_backlog:
            self.end(self, reasons.BACKLOG_FULL)
            return
        self.backlog += waiting
        self.backlog_bytes += size
        self.link.wake()

    def take_backlog(self) -> bytes:
        """All that waits, as frames; nothing waits afterwards."""
        frames = self.backlog[0] if len(self.backlog) == 1 else b"".join(self.backlog)
        self.backlog = []
        self.backlog_bytes = 0
        return frames

    def flow(self, write: Callable[[bytes], object]) -> None:
        """Write what waits and, from now on, at once."""
        self.write = write
        # First the flag: the write may fill the transport's buffer, which clears it again.
        self.flowing = True
        if self.backlog:
            write(self.take_backlog())

    def queue(self, size: int) -> None:
        """An event waits for its handler; pauses reading when too much does."""
        self.queued += 1
        self.queued_bytes += size
        if self._inbox_full():
            self._pause()

    def unqueue(self, size: int) -> None:
        """An event has its turn; reading goes on when half of the room is free."""
        self.queued -= 1
        self.queued_bytes -= size
        settings = self.settings
        if (
            self.reading_paused
            and self.queued <= settings.inbox_packets // 2
            and self.queued_bytes <= self._inbox_bytes // 2
        ):
            self.resume()

    def stop_reading(self) -> None:
        """Read nothing more, for good."""
        self.stopped = True
        self._pause()

    def resume(self) -> None:
        """Read on."""
        if self.reading_paused and not (self.closed or self.stopped or self.resting):
            self.reading_paused = False
            self.link.resume_reading()

    def await_client(self) -> None:
        """A handler waits for this client's answer: read on if only a number forbade it.

        Whoever calls this counts `awaited` down when the waiting is over.
        """
        self.awaited += 1
        if self.queued_bytes < self._inbox_bytes:
            self.resume()

    def _pause(self) -> None:
        if not self.reading_paused:
            self.reading_paused = True
            self.link.pause_reading()

    @property
    def _inbox_bytes(self) -> int:
        settings = self.settings
        return settings.inbox_bytes if self.admitted else settings.max_payload_before_connect

    def _inbox_full(self) -> bool:
        """A handler that waits for this client's ack must get it: then only bytes count."""
        settings = self.settings
        if self.queued_bytes >= self._inbox_bytes:
            return True
        return self.queued >= settings.inbox_packets and not self.awaited

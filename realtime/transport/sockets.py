"""One Socket.IO socket: a session's connection to one namespace."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from realtime.transport import reasons
from realtime.transport.inbox import Inbox
from realtime.transport.outbox import Sink
from realtime.transport.session import Session
from realtime.transport.wire.packets import Header

Answer = Callable[..., Any]


class Held:
    """Output that waits for the CONNECT packet: a client must not see an event before it."""

    __slots__ = ("_session", "_size", "frames", "pending")

    flowing = False

    def __init__(self, session: Session) -> None:
        self._session = session
        self._size = 0
        self.pending: list[bytes] | None = None
        self.frames: list[bytes] = []

    def keep(self, waiting: list[bytes]) -> None:
        """Hold on to it; ends the session when that is too much, as its own backlog would."""
        self.frames += waiting
        self._size += sum(map(len, waiting))
        if self._size > self._session.engine.bounds.backlog_bytes:
            self.frames.clear()
            self._session.engine.close(self._session, reasons.BACKLOG_FULL)

    def write(self, data: bytes, /) -> None:
        """Never called: this sink never flows."""
        raise NotImplementedError


class Socket:
    """Who a `sid` is. It hears its rooms from the CONNECT packet's arrival until it disconnects."""

    __slots__ = (
        "answers",
        "data",
        "ended",
        "inbox",
        "last_ack",
        "namespace",
        "rooms",
        "session",
        "sid",
        "sink",
    )

    def __init__(self, sid: str, namespace: str, session: Session, sink: Sink) -> None:
        self.sid = sid
        self.namespace = namespace
        self.session = session
        self.sink = sink
        self.ended = ""
        """Why it disconnected, while its last handlers run."""
        self.inbox = Inbox(session)
        self.rooms: dict[str, None] = {}
        self.data: Any = None
        """The application's session, see `save_session`."""
        self.answers: dict[int, Answer] = {}
        """Callbacks of emits that the client has not acked."""
        self.last_ack = 0

    @property
    def live(self) -> bool:
        """Whether it is connecting or connected."""
        return not self.ended

    def expect_answer(self, answer: Answer) -> int:
        """The id under which the client is to answer."""
        self.last_ack += 1
        self.answers[self.last_ack] = answer
        return self.last_ack


@dataclass(slots=True)
class Assembly:
    """A binary packet whose attachments are still arriving."""

    header: Header
    message: bytes
    attachments: list[bytes] = field(default_factory=list)
    size: int = 0

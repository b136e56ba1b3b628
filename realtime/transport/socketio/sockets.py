"""One Socket.IO socket: a session's connection to one namespace."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from realtime.transport.engineio import reasons
from realtime.transport.engineio.outbox import Sink
from realtime.transport.engineio.session import Session
from realtime.transport.socketio.inbox import Inbox
from realtime.transport.socketio.packets import Header

Answer = Callable[..., Any]


class State(Enum):
    """Where a socket is on its way."""

    CONNECTING = "connecting"
    """Its connect handler runs; what it is sent is held, what it sends waits."""
    CONNECTED = "connected"
    GONE = "gone"
    """It was connected; what it sent before it left is still handled."""
    NEVER = "never connected"
    """It was refused, or left before it was accepted: what it sent was sent by nobody."""


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
        if self._size > self._session.settings.outbound_backlog:
            self.frames.clear()
            self._session.end(self._session, reasons.BACKLOG_FULL)

    def write(self, data: bytes, /) -> None:
        """Never called: this sink never flows."""
        raise NotImplementedError


class Socket:
    """Who a `sid` is. It hears its rooms from the CONNECT packet's arrival until it disconnects."""

    __slots__ = (
        "answers",
        "data",
        "inbox",
        "last_ack",
        "namespace",
        "reason",
        "rooms",
        "session",
        "sid",
        "sink",
        "state",
    )

    def __init__(self, sid: str, namespace: str, session: Session, sink: Sink) -> None:
        self.sid = sid
        self.namespace = namespace
        self.session = session
        self.sink = sink
        self.state = State.CONNECTING
        self.reason = ""
        """Why it disconnected, once it has."""
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
        return not self.reason

    def end(self, reason: str) -> None:
        """It is connected no longer, or will never be."""
        self.reason = reason
        connected = self.state is State.CONNECTED
        self.state = State.GONE if connected else State.NEVER

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


class Peer:
    """What Socket.IO keeps with a session, in its `received`."""

    __slots__ = ("assembly", "connecting", "connects", "sockets")

    def __init__(self) -> None:
        self.sockets: dict[str, Socket] = {}
        """By namespace."""
        self.assembly: Assembly | None = None
        """The binary packet whose attachments are arriving."""
        self.connects = 0
        """CONNECT packets so far."""
        self.connecting = 0
        """CONNECTs whose handlers run."""


def peer_of(session: Session) -> Peer:
    """What `Dispatcher.opened` gave the session."""
    peer: Peer = session.received
    return peer

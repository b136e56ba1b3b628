"""One Socket.IO socket: a session's connection to one namespace."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

from realtime.transport.engineio import reasons
from realtime.transport.engineio.outbox import Sink
from realtime.transport.engineio.session import Session
from realtime.transport.socketio.inbox import Inbox
from realtime.transport.socketio.packets import Header

if TYPE_CHECKING:
    from realtime.transport.socketio.recovery.arrival import Return
    from realtime.transport.socketio.recovery.positions import Position
    from realtime.transport.socketio.recovery.records import Record

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

    __slots__ = ("_session", "_size", "droppable", "frames", "pending")

    flowing = False

    def __init__(self, session: Session) -> None:
        self._session = session
        self._size = 0
        self.pending: list[bytes] | None = None
        self.frames: list[bytes] = []
        self.droppable = False
        """Whether the client is told it all again, or that it is lost: then it need not wait."""

    def keep(self, waiting: list[bytes]) -> None:
        """Hold on to it; ends the session when that is too much, as its own backlog would."""
        self.frames += waiting
        self._size += sum(map(len, waiting))
        if self._size > self._session.settings.outbound_backlog:
            too_much = not self.droppable
            self.drop()
            if too_much:
                self._session.end(self._session, reasons.BACKLOG_FULL)

    def drop(self) -> None:
        """Forget what waits."""
        self.frames.clear()
        self._size = 0

    def write(self, data: bytes, /) -> None:
        """Never called: this sink never flows."""
        raise NotImplementedError


class Returning:
    """What a socket that takes part in recovery has besides."""

    __slots__ = ("back", "note", "number", "record", "since", "told")

    def __init__(self, number: int, since: Position) -> None:
        self.number = number
        """From which entry of the window on it hears what is said to everybody."""
        self.since = since
        """Where in the order of all nodes that is."""
        self.told: Position | None = None
        """The offset of the last that was said to it alone."""
        self.note = b"null"
        """What the application wants to know when it comes back, as JSON."""
        self.back: Return | None = None
        """As what it comes back, while it connects."""
        self.record: Record | None = None
        """What is remembered of it, once it is connected."""


class Socket:
    """Who a `sid` is. It hears its rooms from the CONNECT packet's arrival until it disconnects."""

    __slots__ = (
        "answers",
        "data",
        "inbox",
        "namespace",
        "reason",
        "returning",
        "rooms",
        "session",
        "sid",
        "since",
        "sink",
        "state",
    )

    def __init__(self, sid: str, namespace: str, session: Session, sink: Sink) -> None:
        self.sid = sid
        self.namespace = namespace
        self.session = session
        self.sink = sink
        self.since = time.time()
        self.state = State.CONNECTING
        self.reason = ""
        """Why it disconnected, once it has."""
        self.inbox = Inbox(session)
        self.rooms: dict[str, Position] = {}
        """And, where it takes part in recovery, from which position on it hears them."""
        self.data: Any = None
        """The application's session, see `save_session`."""
        self.answers: dict[int, Answer] = {}
        """Callbacks of emits that the client has not acked, by the ids of their acks."""
        self.returning: Returning | None = None
        """None where it takes no part in recovery: it is told no offsets."""

    @property
    def live(self) -> bool:
        """Whether it is connecting or connected."""
        return not self.reason

    def end(self, reason: str) -> None:
        """It is connected no longer, or will never be."""
        self.reason = reason
        connected = self.state is State.CONNECTED
        self.state = State.GONE if connected else State.NEVER


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

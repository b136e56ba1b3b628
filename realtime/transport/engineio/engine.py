"""The Engine.IO v4 server: which sessions there are, how they begin and end."""

import asyncio
import base64
import binascii
import json
import logging
from collections import deque
from collections.abc import Callable, Collection
from typing import Any, Protocol

from realtime.transport.engineio import reasons
from realtime.transport.engineio.connection import Connection
from realtime.transport.engineio.heartbeat import Deadlines
from realtime.transport.engineio.ids import Ids
from realtime.transport.engineio.limits.admission import Admission
from realtime.transport.engineio.limits.files import Files
from realtime.transport.engineio.metrics import RESTED, SESSIONS, closed
from realtime.transport.engineio.outbox import Outbox
from realtime.transport.engineio.session import Session
from realtime.transport.engineio.turns import Turns
from realtime.transport.engineio.wire import frames
from realtime.transport.failure import place
from realtime.transport.settings import TransportSettings

log = logging.getLogger("realtime.transport")

PING = frames.text(b"2")
UPGRADE_SECONDS = 10.0
"""How long a WebSocket may take from its request to the end of the upgrade, as in Node's server."""
LEAVING_SECONDS = 30.0
"""How long a closed polling session waits for the poll that fetches its last packets."""
IDLE_SECONDS = 75.0
"""How long a polling client's connection is kept between requests."""
LINGER_SECONDS = 5.0
"""How long a closed WebSocket may take to read what was sent before its connection is cut."""

_ENDS_PER_TURN = 100


class Receiver(Protocol):
    """What an Engine.IO server carries, Socket.IO or an echo."""

    def opened(self, session: Session) -> None:
        """A session begins. It has no link yet, so nothing can be sent."""

    def text(self, session: Session, message: bytes) -> None:
        """A message, still with the `4` that marks it."""

    def binary(self, session: Session, message: bytes) -> None: ...

    def closed(self, session: Session, reason: str) -> None:
        """Called once per session, after its end."""

    def work(self, session: Session) -> Collection[asyncio.Task[None]]:
        """What still runs for this session; it closes when that is done."""


class Engine:
    """Sessions by id, their heartbeats and ends. `node` is the name that their ids begin with."""

    receiver: Receiver
    """Whom the sessions speak to. Set once, before the first of them opens."""

    def __init__(
        self,
        settings: TransportSettings,
        outbox: Outbox,
        node: str,
        files: Files | None = None,
    ) -> None:
        self.settings = settings
        self.outbox = outbox
        self.admission = Admission(settings)
        self.ids = Ids()
        self.files = files or Files()
        self._session_ids = Ids(f"{node}-")
        self.turns = Turns()
        self.draining = False
        self.sessions: dict[str, Session] = {}
        self.leaving: dict[str, Session] = {}
        self.connections: set[Connection] = set()
        self.idle = Deadlines[Connection](IDLE_SECONDS, _cut)
        self.lingering = Deadlines[Connection](LINGER_SECONDS, _cut)
        self.upgrades = Deadlines[Connection](UPGRADE_SECONDS, self._never_upgraded)
        self._pings = Deadlines[Session](settings.ping_interval, self._ping)
        self._pongs = Deadlines[Session](settings.ping_timeout, self._silent)
        self._unconnected = Deadlines[Session](settings.connect_timeout, self._never_connected)
        self._leaving = Deadlines[str](LEAVING_SECONDS, self._left)
        self._lost: deque[tuple[Session, str]] = deque()
        self._end = self.close  # one bound method, not one per session
        self.stamp: Callable[[], Any] = _nothing
        """What to remember of the moment of a ping."""
        self._open_tail = _open_tail(settings)

    def open(self, environ: dict[str, Any], address: str) -> Session:
        """A new session; the caller gives it its `link` before anything else happens."""
        session = Session(self._session_ids.new(), environ, address, self.settings, self._end)
        session.pinged = session.proved = self.stamp()
        self.receiver.opened(session)
        self.sessions[session.id] = session
        self.admission.enter(address)
        SESSIONS.inc()
        self._pings.add(session)
        self._unconnected.add(session)
        return session

    def open_packet(self, session: Session, *, upgrades: bool) -> bytes:
        """The packet that tells a client its session (protocol, "Handshake")."""
        offered = b'["websocket"]' if upgrades else b"[]"
        return b'0{"sid":"' + session.id.encode() + b'","upgrades":' + offered + self._open_tail

    def receive(self, session: Session, packet: bytes) -> None:
        """One text packet from a client."""
        pause = session.spend(1 + (len(packet) >> 10), self.turns.began)
        if pause:
            self._rest(session, pause)
        kind = packet[0] if packet else 0
        if kind == 0x34:  # "4", a message
            self.receiver.text(session, packet)
        elif kind == 0x33:
            self._pong(session)
        elif kind == 0x62:  # "b", a binary message in base64 (`forceBase64`, and each when polling)
            self._binary(session, packet)
        elif kind == 0x31:
            self.close(session, reasons.CLIENT_DISCONNECT)
        elif packet != b"6":
            self.close(session, reasons.PARSE_ERROR)

    def receive_binary(self, session: Session, message: bytes) -> None:
        """One binary message from a client."""
        self.charge(session, 1 + (len(message) >> 10))
        self.receiver.binary(session, message)

    def charge(self, session: Session, cost: float) -> None:
        """Count what a client says; who says too much is not read from for a while."""
        pause = session.spend(cost, self.turns.began)
        if pause:
            self._rest(session, pause)

    def _rest(self, session: Session, pause: float) -> None:
        if not (session.resting or session.closed):
            session.rest()
            RESTED.inc()
            asyncio.get_running_loop().call_later(pause, session.rested)

    def admitted(self, session: Session) -> None:
        """A namespace has let the session in."""
        if not session.admitted:
            session.admitted = True
            session.link.admitted()

    def connected(self, session: Session) -> None:
        """The session uses a namespace; its time to do so is over."""
        self._unconnected.discard(session)

    def unconnected(self, session: Session) -> None:
        """The session uses no namespace any more and may not stay so."""
        if not session.closed:
            self._unconnected.add(session)

    def close(self, session: Session, reason: str) -> None:
        """End a session, once. What was sent before still arrives if the reason is graceful."""
        if session.closed:
            return
        if reason not in reasons.ABRUPT:
            self.outbox.flush()
            if session.closed:
                return
        session.closed = True
        session.flowing = False
        del self.sessions[session.id]
        self.admission.leave(session.address)
        for deadlines in (self._pings, self._pongs, self._unconnected):
            deadlines.discard(session)
        self._tell(session, reason)
        session.link.close(reason)
        self.receiver.closed(session, reason)

    def lost(self, session: Session, reason: str) -> None:
        """The session's connection has gone. When thousands go at once, they end a few per turn of
        the loop, so that those who stay or come are served in between."""
        session.flowing = False
        if not self._lost:
            asyncio.get_running_loop().call_soon(self._end_lost)
        self._lost.append((session, reason))

    def _end_lost(self) -> None:
        for _ in range(min(len(self._lost), _ENDS_PER_TURN)):
            session, reason = self._lost.popleft()
            try:
                self.close(session, reason)
            except Exception as error:  # noqa: BLE001 - those behind it must end
                log.error("the end of session %s failed: %s", session.id, place(error))
        if self._lost:
            asyncio.get_running_loop().call_soon(self._end_lost)

    def leave(self, session: Session) -> None:
        """Keep a closed polling session until its last poll."""
        self.leaving[session.id] = session
        self._leaving.add(session.id)

    def left(self, session: Session) -> None:
        """The last poll has come."""
        self._leaving.discard(session.id)
        self.leaving.pop(session.id, None)

    def stop_timers(self) -> None:
        """Nothing falls due any more."""
        for deadlines in (self._pings, self._pongs, self._unconnected, self._leaving):
            deadlines.close()
        for others in (self.idle, self.lingering, self.upgrades):
            others.close()
        self.leaving.clear()

    def _ping(self, session: Session) -> None:
        self.outbox.send(session, PING)
        session.pinged = self.stamp()
        self._pongs.add(session)

    def _pong(self, session: Session) -> None:
        if session in self._pongs:
            self._pongs.discard(session)
            session.proved = session.pinged
            self._pings.add(session)

    def _silent(self, session: Session) -> None:
        if session.reading_paused:
            # Its pong may lie where we are not reading; that is no silence.
            self._pongs.add(session)
        else:
            self.close(session, reasons.PING_TIMEOUT)

    def _never_connected(self, session: Session) -> None:
        self.close(session, reasons.NEVER_CONNECTED)

    def _never_upgraded(self, candidate: Connection) -> None:
        # A client that has seen its probe answered polls no more: cut off, it would be stuck.
        if candidate.is_kept_waiting:
            self.upgrades.add(candidate)
        else:
            candidate.cut()

    def _binary(self, session: Session, packet: bytes) -> None:
        try:
            message = base64.b64decode(packet[1:], validate=True)
        except binascii.Error:
            self.close(session, reasons.PARSE_ERROR)
        else:
            self.receiver.binary(session, message)

    def _left(self, sid: str) -> None:
        self.leaving.pop(sid, None)

    def _tell(self, session: Session, reason: str) -> None:
        SESSIONS.dec()
        closed(reason if reason in reasons.ALL else "application").inc()
        log.log(_LEVELS.get(reason, logging.INFO), "session %s closed: %s", session.id, reason)


def _nothing() -> None:
    """Where nobody has anything to remember."""


_LEVELS = {
    reasons.BACKLOG_FULL: logging.WARNING,
    reasons.CLIENT_DISCONNECT: logging.DEBUG,
    reasons.DRAINED: logging.DEBUG,
    reasons.PING_TIMEOUT: logging.DEBUG,
    reasons.SERVER_DISCONNECT: logging.DEBUG,
    reasons.TAKEN_OVER: logging.DEBUG,
    reasons.TRANSPORT_CLOSE: logging.DEBUG,
}
"""How loud the ends are that are no news, or that an operator should see."""


def _cut(connection: Connection) -> None:
    connection.cut()


def _open_tail(settings: TransportSettings) -> bytes:
    values = {
        "pingInterval": round(settings.ping_interval * 1000),
        "pingTimeout": round(settings.ping_timeout * 1000),
        "maxPayload": settings.max_payload,
    }
    return b"," + json.dumps(values, separators=(",", ":"))[1:].encode()

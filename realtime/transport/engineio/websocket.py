"""The WebSocket transport: a connection taken over from aiohttp after its upgrade request."""

from __future__ import annotations

import asyncio

from realtime.transport.engineio import reasons
from realtime.transport.engineio.connection import Connection
from realtime.transport.engineio.engine import Engine
from realtime.transport.engineio.session import Session
from realtime.transport.engineio.turns import LOOK
from realtime.transport.engineio.wire import frames
from realtime.transport.engineio.wire.parser import FrameParser, ProtocolError, close_code

LINGER_PACKETS = 200
"""What a peer may still say after it was told to close, a kilobyte counting as one more packet."""


class WebSocketConnection(asyncio.Protocol, Connection):
    """One client's WebSocket, as its session's link or, before, as the candidate of an upgrade.

    An upgrade (protocol, "Upgrade"): the client probes with `2probe`, gets `3probe`, lets its last
    poll and POST finish and says `5`. From the probe on, polls return nothing and output waits in
    the backlog; at the `5` it is written here. So nothing is lost and nothing overtakes.
    """

    name = "websocket"

    __slots__ = (
        "_closing",
        "_done",
        "_engine",
        "_lingered",
        "_parser",
        "_paused",
        "_session",
        "_transport",
        "_turn",
        "_waiting",
    )

    def __init__(self, engine: Engine, session: Session, transport: asyncio.Transport) -> None:
        self._engine = engine
        self._session = session
        self._transport = transport
        self._parser = FrameParser(session.max_payload)
        self._paused = False  # by the session
        self._waiting = False  # for its next turn
        self._turn = -1
        self._done = 0
        self._closing = False
        self._lingered = 0
        engine.connections.add(self)
        session.carriers += 1

    def begin(self, response: bytes) -> None:
        """Carry the session from its start; one write accepts the upgrade and opens it."""
        self._session.link = self
        opening = self._engine.open_packet(self._session, upgrades=False)
        self._session.flow(self._transport.write)
        self._transport.write(response + frames.text(opening))

    def wait_for_probe(self) -> None:
        """Offer to carry a session that polls; closes if it has a WebSocket or a candidate."""
        if self._session.link.name == "polling" and self._session.upgrade is None:
            self._engine.upgrades.add(self)
        else:
            self._shut(frames.POLICY)

    @property
    def is_kept_waiting(self) -> bool:
        """Engine's: before its `5` the client waits for the answer to a POST, which may wait for
        handlers."""
        session = self._session
        return session.upgrade is self and session.reading_paused and not session.closed

    def data_received(self, data: bytes) -> None:
        """Asyncio's: read on."""
        self._parser.feed(data)
        self._read()

    def _read(self) -> None:
        parser, turns = self._parser, self._engine.turns
        turn = turns.begin()
        if turn != self._turn:
            self._turn, self._done = turn, 0
        while parser.unread and not (self._paused or self._waiting):
            if self._done % LOOK == 0 and turns.over(self._done):
                self._wait()
                return
            self._done += 1
            try:
                message = parser.next_message()
            except ProtocolError as error:
                self._fail(error)
                return
            if message is None:
                return
            opcode, payload = message
            if self._closing:
                if self._has_lingered(opcode, payload):
                    return
            elif opcode == frames.TEXT:
                if self._session.link is self:
                    self._engine.receive(self._session, payload)
                else:
                    self._probe(payload)
            else:
                self._other(opcode, payload)

    def _has_lingered(self, opcode: int, payload: bytes) -> bool:
        """Whether the peer has said close, too, or so much that it does not mean to."""
        self._lingered += 1 + (len(payload) >> 10)
        if opcode == frames.CLOSE:
            self._transport.close()
        elif self._lingered > LINGER_PACKETS:
            self._transport.abort()
        else:
            return False
        return True

    def _wait(self) -> None:
        """Let others have their turn; what was read already stays in the parser."""
        self._waiting = True
        if not self._transport.is_closing():
            self._transport.pause_reading()
        asyncio.get_running_loop().call_soon(self._go_on)

    def _go_on(self) -> None:
        self._waiting = False
        self._read()
        self._resume_transport()

    def _resume_transport(self) -> None:
        if not (self._paused or self._waiting or self._transport.is_closing()):
            self._transport.resume_reading()

    def _other(self, opcode: int, payload: bytes) -> None:
        if opcode != frames.BINARY and self._session.link is self:
            self._engine.charge(self._session, 1)
        if opcode == frames.CLOSE:
            self._say_close(close_code(payload) if payload else frames.NORMAL)
            self._hang_up()
            self._end_session(reasons.TRANSPORT_CLOSE)
        elif opcode == frames.PING:
            self._pong(payload)
        elif opcode == frames.BINARY:
            if self._session.link is self:
                self._engine.receive_binary(self._session, payload)
            else:
                self._shut(frames.POLICY)

    def _pong(self, payload: bytes) -> None:
        # Through the outbox, so that a client that pings and never reads meets the backlog's bound.
        if self._session.link is self:
            self._engine.outbox.send(self._session, frames.pong(payload))
        else:
            self._transport.write(frames.pong(payload))

    def _probe(self, packet: bytes) -> None:
        """A packet of an upgrade."""
        session = self._session
        if packet == b"2probe" and session.upgrade is None and not session.closed:
            session.upgrade = self
            self._transport.write(frames.text(b"3probe"))
            session.link.wake()  # ends the waiting poll
        elif packet == b"5" and session.upgrade is self:
            self._take_over()
        else:
            self._shut(frames.POLICY)

    def _take_over(self) -> None:
        """Carry the session from now on; one that has ended meanwhile still says its last."""
        engine, session = self._engine, self._session
        engine.upgrades.discard(self)
        session.upgrade = None
        session.link.resume_reading()  # answers a POST that waits
        if session.closed and session.id not in engine.leaving:
            self._shut(frames.POLICY)
            return
        session.link = self
        if session.closed:
            engine.left(session)
            self.close(reasons.SERVER_DISCONNECT)
            return
        self._parser.allow(session.max_payload)
        session.flow(self._transport.write)
        if session.reading_paused:
            self.pause_reading()

    def wake(self) -> None:
        """Session's: the transport is full; `resume_writing` comes by itself."""

    def pause_writing(self) -> None:
        """Asyncio's: the transport's buffer is full."""
        if self._session.link is self:
            self._session.flowing = False
        elif not self._closing:
            self._closing = True  # it may say little and has read nothing of what was answered
            self._transport.abort()

    def resume_writing(self) -> None:
        """Asyncio's: the transport's buffer has room."""
        if self._session.link is self and not self._session.closed:
            self._session.flow(self._transport.write)

    def pause_reading(self) -> None:
        """Session's: too much waits for its handlers. What was read already stays in the parser."""
        self._paused = True
        if not (self._waiting or self._transport.is_closing()):
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Session's: first what was read already, which may stop us again."""
        self._paused = False
        self._read()
        self._resume_transport()

    def admitted(self) -> None:
        """Session's: a namespace has let the client in."""
        self._parser.allow(self._session.max_payload)

    def close(self, reason: str) -> None:
        """Session's: a client that does not read is cut off; any other is told."""
        if self._closing:
            return
        if reason in (reasons.BACKLOG_FULL, reasons.PING_TIMEOUT):
            self._closing = True
            self._transport.abort()
            return
        if self._session.backlog and reason not in reasons.ABRUPT:
            self._transport.write(self._session.take_backlog())
        if reason in reasons.ABRUPT:
            self._shut(frames.TOO_BIG if reason == reasons.TOO_LARGE else frames.POLICY)
        else:
            self._shut(frames.GOING_AWAY if reason == reasons.DRAINED else frames.NORMAL)

    def finish(self) -> None:
        """Engine's: the server ends; a candidate's session has."""
        if not self._closing:
            self._shut(frames.GOING_AWAY)

    def cut(self) -> None:
        """Engine's: the time to upgrade or to close is over."""
        self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Asyncio's: the end."""
        self._closing = True
        self._parser.drop()
        engine, session = self._engine, self._session
        engine.connections.discard(self)
        session.carriers -= 1
        engine.lingering.discard(self)
        engine.upgrades.discard(self)
        if session.link is self:
            engine.lost(session, reasons.TRANSPORT_ERROR if exc else reasons.TRANSPORT_CLOSE)
        elif session.upgrade is self:
            session.upgrade = None
            if session.backlog and not session.closed:
                session.link.wake()

    def _fail(self, error: ProtocolError) -> None:
        """The peer breaks the protocol: there is nothing to wait for (RFC 6455, section 7.1.7)."""
        self._say_close(error.code)
        self._hang_up()
        too_big = error.code == frames.TOO_BIG
        self._end_session(reasons.TOO_LARGE if too_big else reasons.PARSE_ERROR)

    def _hang_up(self) -> None:
        """Close when what was written has been sent; who does not read that has little time."""
        self._engine.lingering.add(self)
        self._transport.close()

    def _end_session(self, reason: str) -> None:
        if self._session.link is self:
            self._engine.close(self._session, reason)

    def _shut(self, code: int) -> None:
        """Say close and read on until the peer says it, too, or has had its time.

        Closing the connection with unread input would reset it, and the peer might never see the
        acks that were sent last.
        """
        if self._closing:
            return
        self._say_close(code)
        self._engine.lingering.add(self)
        if self._paused:
            self.resume_reading()

    def _say_close(self, code: int) -> None:
        if not self._closing:
            self._closing = True
            self._transport.write(frames.close(code))

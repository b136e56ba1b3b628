"""The HTTP long-polling transport of one session: one GET and one POST at a time. No I/O."""

from __future__ import annotations

import asyncio
import base64
from collections import deque
from typing import Protocol

from realtime.transport.engineio import reasons
from realtime.transport.engineio.engine import Engine
from realtime.transport.engineio.session import Session
from realtime.transport.engineio.wire import frames

_SEPARATOR = b"\x1e"
_NOOP = b"6"
_CLOSE = b"1"


class Exchange(Protocol):
    """One HTTP request that waits for its answer."""

    def answer(self, body: bytes, status: int = 200) -> None:
        """Answer it, once."""


class Polling:
    """A session's link while it polls."""

    name = "polling"

    __slots__ = ("_engine", "_last", "_poll", "_post", "_session", "_unread")

    def __init__(self, engine: Engine, session: Session) -> None:
        self._engine = engine
        self._session = session
        self._poll: Exchange | None = None
        self._post: Exchange | None = None
        self._unread: deque[bytes] = deque()
        """Packets of the POST that have not had their turn."""
        self._last = b""  # the packet that ends the session, once it has ended

    @property
    def over(self) -> bool:
        """Whether its session has ended."""
        return bool(self._last)

    def poll(self, exchange: Exchange) -> None:
        """A GET: answered with what waits, else when something does."""
        session = self._session
        if self._last and session.backlog:
            # Behind packets of one payload, a close overtakes them in socket.io-client: acks are
            # dropped, and a CONNECT leaves a socket that says it is connected for ever.
            exchange.answer(self._packets())
        elif self._last:
            exchange.answer(self._last)
            self._engine.left(session)
        elif self._poll is not None:
            exchange.answer(b"", 400)
            self._engine.close(session, reasons.TRANSPORT_ERROR)
        elif session.upgrade is not None:
            exchange.answer(_NOOP)
        elif session.backlog:
            exchange.answer(self._packets())
        else:
            self._poll = exchange

    def post(self, body: bytes, exchange: Exchange) -> None:
        """A POST: its packets are read, a few in each turn of the loop, then it is answered; while
        too much waits to be handled, its answer waits too."""
        session = self._session
        if self._last == _CLOSE and session.id in self._engine.leaving:
            exchange.answer(b"ok")  # said to nobody; at a refusal it would fetch no last packets
            return
        if session.closed or self._post is not None:
            exchange.answer(b"", 400)
            self._engine.close(session, reasons.TRANSPORT_ERROR)
            return
        packets = body.split(_SEPARATOR)
        if len(packets) > self._engine.settings.packets_per_payload:
            exchange.answer(b"", 400)
            self._engine.close(session, reasons.TOO_MANY_PACKETS)
            return
        self._post = exchange
        self._unread.extend(packets)
        self._read()

    def _read(self) -> None:
        """Hand on packets until the turn is over or there are no more."""
        turns, done = self._engine.turns, 0
        turns.begin()
        while self._unread:
            if turns.over(done):
                asyncio.get_running_loop().call_soon(self._read)
                return
            done += 1
            if not self._hand_on(self._unread.popleft()):
                return
        if not self._session.reading_paused:
            self._answer_post(b"ok")

    def _hand_on(self, packet: bytes) -> bool:
        """Whether the session is still open after this packet; if not, the POST is answered."""
        session = self._session
        exchange, self._post = self._post, None  # the end of a session would answer it with "ok"
        self._engine.receive(session, packet)
        self._post = exchange
        if not session.closed:
            return True
        self._unread.clear()
        if session.id in self._engine.leaving or packet == _CLOSE:
            self._answer_post(b"ok")
        else:
            self._answer_post(b"", 400)
        return False

    def _answer_post(self, body: bytes, status: int = 200) -> None:
        exchange, self._post = self._post, None
        if exchange is not None:
            exchange.answer(body, status)

    def gone(self, exchange: Exchange) -> None:
        """The client hung up before it got an answer (protocol: that closes the session)."""
        if exchange in (self._poll, self._post):
            self._poll = self._post = None
            self._engine.close(self._session, reasons.TRANSPORT_ERROR)

    def forget(self, exchange: Exchange) -> None:
        """A poll that passed another node ended there before it got an answer."""
        if exchange is self._poll:
            self._poll = None

    def lost(self) -> None:
        """An answer ended at another node, and with it what the client was to be told."""
        self._engine.close(self._session, reasons.TRANSPORT_ERROR)

    def wake(self) -> None:
        """Session's: answer the waiting poll, with nothing if the upgrade has begun."""
        if self._poll is None:
            return
        exchange, self._poll = self._poll, None
        exchange.answer(_NOOP if self._session.upgrade is not None else self._packets())

    def pause_reading(self) -> None:
        """Session's: the next POST's answer will wait."""

    def resume_reading(self) -> None:
        """Session's: the client may POST again, or go on with an upgrade that waited for this."""
        if not self._unread:
            self._answer_post(b"ok")
        if self._session.upgrade is not None:
            self._engine.upgrades.add(self._session.upgrade)

    def admitted(self) -> None:
        """Session's: a namespace has let the client in; each POST asks how large it may be."""

    def close(self, reason: str) -> None:
        """Session's: tell the waiting poll or, after a graceful end, the next one."""
        self._unread.clear()
        self.resume_reading()
        self._last = _NOOP if reason == reasons.CLIENT_DISCONNECT else _CLOSE
        if self._poll is not None:
            exchange, self._poll = self._poll, None
            exchange.answer(self._last)
        elif reason not in reasons.ABRUPT:
            self._engine.leave(self._session)

    def _packets(self) -> bytes:
        """The backlog as a payload."""
        unframed = frames.unframe(self._session.take_backlog())
        return _SEPARATOR.join(
            payload if opcode == frames.TEXT else b"b" + base64.b64encode(payload)
            for opcode, payload in unframed
        )

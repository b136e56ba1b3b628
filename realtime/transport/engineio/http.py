"""A polling client's connection after its first request: HTTP/1.1 for the plainest polls and POSTs.

aiohttp reads and routes the first request of each connection. From then on this reads the requests
that browsers and socket.io-client make with a session id, and gives the connection back to aiohttp,
unread bytes first, at whatever else it sees. So nothing unusual is ever interpreted here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from http import HTTPStatus

from realtime.transport.engineio import handshake
from realtime.transport.engineio.connection import Connection
from realtime.transport.engineio.counted import uncounted
from realtime.transport.engineio.engine import Engine
from realtime.transport.engineio.polling import Polling
from realtime.transport.engineio.requests import NotOursError, parse
from realtime.transport.engineio.session import Session

MakeHandler = Callable[[], asyncio.Protocol]
CorsLines = Callable[[str], bytes]

_MAX_BEHIND = 65_536
"""Bytes that may wait behind a request before reading pauses."""


class HttpConnection(asyncio.Protocol, Connection):
    """One taken-over connection; `answer` answers its current request, as `polling.Exchange`."""

    __slots__ = (
        "_buffer",
        "_carries",
        "_closed",
        "_confirmed",
        "_cors",
        "_engine",
        "_full",
        "_headers",
        "_keep_alive",
        "_link",
        "_make_handler",
        "_path",
        "_paused",
        "_soon",
        "_transport",
        "_unconfirmed",
    )

    def __init__(
        self,
        engine: Engine,
        transport: asyncio.Transport,
        make_handler: MakeHandler,
        cors: CorsLines,
        path: bytes,
    ) -> None:
        self._engine = engine
        self._transport = transport
        self._make_handler = make_handler
        self._cors = cors
        self._path = path
        self._buffer = b""
        self._link: Polling | None = None
        self._carries: Session | None = None
        self._headers = b""
        self._keep_alive = True
        self._paused = False
        self._closed = False
        self._full = False
        self._soon = False
        """Whether the next request is read in the next turn."""
        self._confirmed = False
        self._unconfirmed: Polling | None = None
        """Whose answer is on its way by another node, which has not confirmed it yet."""
        engine.connections.add(self)

    def begin(
        self, origin: str, *, keep_alive: bool, behind: bytes, confirmed: bool = False
    ) -> None:
        """Stand in for aiohttp in the request that it has read; an `answer` follows.

        `confirmed`: this is a node that passes a poll on, and says when it has passed on its
        answer.
        """
        self._confirmed = confirmed
        self._headers = self._cors(origin) if origin else b""
        self._keep_alive = keep_alive
        self._buffer = behind

    def stay_for(self, session: Session) -> None:
        """Be one of the connections that a session keeps; others' requests may come on it, too."""
        self._carries = session
        session.carriers += 1

    def serve(self, link: Polling, method: str, body: bytes) -> None:
        """Hand a request to its session's polling transport."""
        self._engine.idle.discard(self)
        self._link = link
        if method == "POST":
            link.post(body, self)
        else:
            link.poll(self)

    def answer(self, body: bytes, status: int = 200) -> None:
        """Answer the current request and, if there is another in the buffer, read that soon."""
        link, self._link = self._link, None
        if self._closed:
            return
        if self._engine.draining and link is not None and link.over:
            self._keep_alive = False  # its client is better off with the process that follows
        self._transport.write(self._response(body, status))
        # Also where it is to close: whoever reads no answer, or confirms none, would keep it open.
        self._engine.idle.add(self)
        if self._confirmed and link is not None:
            self._unconfirmed = link
        elif not self._keep_alive:
            self._transport.close()
        elif self._buffer or self._paused:
            self._soon = True
            asyncio.get_running_loop().call_soon(self._go_on)

    def data_received(self, data: bytes) -> None:
        """Asyncio's: more bytes."""
        if self._unconfirmed is not None:
            self._unconfirmed = None
            self._transport.close()
            return
        self._buffer = self._buffer + data if self._buffer else data
        if self._link is None and not (self._full or self._soon):
            self._read()
        elif len(self._buffer) > _MAX_BEHIND and not self._paused:
            self._paused = True
            self._transport.pause_reading()

    def pause_writing(self) -> None:
        """Asyncio's: the client reads no answers, so it may ask nothing either."""
        self._full = True

    def resume_writing(self) -> None:
        """Asyncio's: it reads again."""
        self._full = False
        self._read()

    def finish(self) -> None:
        """Engine's: the server ends."""
        if self._link is None:
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Asyncio's: the end; of the session too, if it was waiting for an answer."""
        self._let_go()
        link, self._link = self._link, None
        if self._unconfirmed is not None:
            self._unconfirmed.lost()
        elif link is not None and self._confirmed:
            link.forget(self)  # nothing was said: it may be asked by way of another node
        elif link is not None:
            link.gone(self)

    def _let_go(self) -> None:
        self._closed = True
        self._engine.connections.discard(self)
        self._engine.idle.discard(self)
        if self._carries is not None:
            self._carries.carriers -= 1
            self._carries = None

    def cut(self) -> None:
        """Engine's: idle for too long, or the server ends."""
        self._transport.abort()

    def _go_on(self) -> None:
        self._soon = False
        self._read()

    def _read(self) -> None:
        """The next request, unless one is being answered."""
        if self._link is not None or self._full or self._closed or self._transport.is_closing():
            return
        try:
            request = parse(self._buffer, self._path, self._max_body)
        except NotOursError:
            self._resume()
            self._give_back()
            return
        if request is None:
            self._resume()
            return
        self._buffer = self._buffer[request.end :]
        if len(self._buffer) <= _MAX_BEHIND:
            self._resume()
        # Asked for now: nothing of the application's may run, or fail, while answers are written.
        self._headers = self._cors(request.origin) if request.origin else b""
        link = self._link_of(request.sid)
        if link is None:
            self.answer(_UNKNOWN_SESSION, 400)
        else:
            self.serve(link, request.method.decode(), request.body)

    def _max_body(self, sid: str) -> int:
        """Raises NotOursError for a session that is not here: another node may have it."""
        session = self._engine.sessions.get(sid) or self._engine.leaving.get(sid)
        if session is None:
            raise NotOursError
        return session.max_payload

    def _link_of(self, sid: str) -> Polling | None:
        engine = self._engine
        session = engine.sessions.get(sid) or engine.leaving.get(sid)
        link = session.link if session is not None else None
        return link if isinstance(link, Polling) else None

    def _resume(self) -> None:
        if self._paused:
            self._paused = False
            self._transport.resume_reading()

    def _give_back(self) -> None:
        """Let aiohttp serve this connection from here on."""
        self._let_go()
        handler, transport = self._make_handler(), uncounted(self._transport)
        transport.set_protocol(handler)
        handler.connection_made(transport)
        buffer, self._buffer = self._buffer, b""
        handler.data_received(buffer)

    def _response(self, body: bytes, status: int) -> bytes:
        keep = b"" if self._keep_alive else b"Connection: close\r\n"
        head = _OK if status == 200 else _status_line(status)
        return b"%b%b%bContent-Length: %d\r\n\r\n%b" % (
            head,
            self._headers,
            keep,
            len(body),
            body,
        )


def _status_line(status: int) -> bytes:
    phrase = HTTPStatus(status).phrase.encode()
    return b"HTTP/1.1 %d %b\r\nContent-Type: application/json\r\nCache-Control: no-store\r\n" % (
        status,
        phrase,
    )


_UNKNOWN_SESSION = handshake.refusal(*handshake.UNKNOWN_SESSION[1:])
_OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=UTF-8\r\nCache-Control: no-store\r\n"

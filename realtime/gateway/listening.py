"""aiohttp's HTTP server with our limits, and our words for what it refuses by itself.

A head of up to 16 KB is served, as Node does. A connection that says nothing, half a head or one
byte now and then is closed, and counts among the connections while it is open. Nothing is inflated:
`Rest` and the socket path refuse a body with a `Content-Encoding`.
"""

import asyncio
import re
import socket
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import aiohttp.web_protocol
import aiohttp.web_server
from aiohttp import web
from aiohttp.http_exceptions import LineTooLong
from prometheus_client import Counter as Metric

from realtime.gateway.accepting import Accepting
from realtime.hooks import Hook, check
from realtime.transport.engineio.limits.admission import Admission
from realtime.transport.engineio.limits.files import Files
from realtime.transport.engineio.wire.mask import AIOHTTP
from realtime.transport.settings import TransportSettings

MAX_HEAD = 16_384
"""Bytes of a request's first line and headers together."""

FIRST_REQUEST_SECONDS = 0.5
"""How long a server that stops waits for the first request of who has just come in."""

_TURN = 0.01

TOO_LARGE = 431
"""Request Header Fields Too Large (RFC 6585, section 5)."""

Refuse = Callable[[int, str, str | None], web.Response]
"""Answers a request that was never read: the status, its path, and its origin if that is known."""

REFUSE: web.AppKey[Refuse] = web.AppKey("refuse")

REFUSED = Metric("realtime_requests_refused", "Requests refused before they were read", ["reason"])

_ERROR = aiohttp.web_protocol._ErrInfo
_PATH = re.compile(rb"[A-Z]{1,16} (/[^ ?\r\n]{0,255})")
_ORIGIN = re.compile(rb"\r\norigin:[ \t]{0,8}([^\r\n]{1,255})\r\n", re.IGNORECASE)

FILES: web.AppKey[Files] = web.AppKey("files")


@dataclass(slots=True)
class Departure:
    """How a node goes: sending its clients away by and by, or all `at_once`, its port closed."""

    at_once: bool


DEPARTURE: web.AppKey[Departure] = web.AppKey("departure")

SILENT_SECONDS = 0.5
"""How long who came and asked nothing may keep a descriptor that others need."""

HOOKS = (
    Hook(
        AIOHTTP,
        lambda: aiohttp.web_server.Server,
        "__call__",
        "(self) -> aiohttp.web_protocol.RequestHandler",
        "makes the protocol of a connection",
    ),
    Hook(
        AIOHTTP,
        lambda: web.AppRunner,
        "_make_server",
        "(self) -> aiohttp.web_server.Server",
        "starts the application and makes its server",
    ),
    Hook(
        AIOHTTP,
        lambda: aiohttp.web_protocol.RequestHandler,
        "handle_error",
        "(self, request: aiohttp.web_request.BaseRequest, status: int = 500, "
        "exc: BaseException | None = None, message: str | None = None) -> "
        "aiohttp.web_response.StreamResponse",
        "answers what the parser refuses",
    ),
)


class Runner(web.AppRunner):
    """Runs an application of ours; `app[REFUSE]` words what is refused before it gets there."""

    def __init__(self, app: web.Application, settings: TransportSettings, **options: Any) -> None:
        check(HOOKS)
        app.on_response_prepare.append(_close_what_may_not_stay)
        super().__init__(
            app,
            access_log=None,
            keepalive_timeout=settings.idle_timeout,
            max_line_size=MAX_HEAD,
            max_field_size=MAX_HEAD,
            auto_decompress=False,
            **options,
        )
        self._settings = settings
        self._accepting: Accepting | None = None

    def listen(self, listening: socket.socket) -> None:
        """Serve who comes to a bound socket, which is ours from now on."""
        server = self.server
        assert isinstance(server, _Server), "set up first"  # noqa: S101 - a mistake of ours
        self._accepting = Accepting(listening, server, server.files, server.full)

    def given(self, said: bytes) -> asyncio.Protocol:
        """The protocol of a connection that another process took, and what was said on it.

        Raises ConnectionError when it is too late.
        """
        if not isinstance(self.server, _Server):
            raise ConnectionError("nobody serves here any more")
        protocol = self.server()
        protocol.said = said
        return protocol

    async def stop_listening(self) -> None:
        """Close the port, and serve on who came in before: each has a moment to ask something."""
        self._close_port()
        for site in self.sites:
            await site.stop()
        until = time.monotonic() + FIRST_REQUEST_SECONDS
        await asyncio.sleep(_TURN)  # what has been accepted becomes a connection
        while self._silent and time.monotonic() < until:  # noqa: ASYNC110 - many events, one pause
            await asyncio.sleep(_TURN)
        await asyncio.sleep(_TURN)  # what has been asked reaches its handler

    async def cleanup(self) -> None:
        self._close_port()
        await super().cleanup()

    def _close_port(self) -> None:
        if self._accepting is not None:
            self._accepting.stop()
            self._accepting = None

    @property
    def _silent(self) -> bool:
        return isinstance(self.server, _Server) and bool(self.server.silent)

    async def _make_server(self) -> web.Server:
        made = await super()._make_server()
        made.__class__ = _Server  # the application makes its server itself
        assert isinstance(made, _Server)  # noqa: S101 - it has just been made one
        made.app, made.settings = self.app, self._settings
        made.admission, made.addresses = Admission(self._settings), Counter()
        made.silent, made.files = {}, self.app.get(FILES) or Files()
        return made


class _Server(web.Server):
    """Counts connections that no session counts yet."""

    app: web.Application
    settings: TransportSettings
    admission: Admission
    addresses: Counter[str]
    silent: dict["_Protocol", float]
    """Connections that have not asked for anything yet, the oldest first, and since when."""
    files: Files
    over = False
    """Whether connections have been closed, after which nobody would close one more."""

    async def shutdown(self, timeout: float | None = None) -> None:  # noqa: ASYNC109 - aiohttp's
        self.over = True
        await super().shutdown(timeout)

    def __call__(self) -> "_Protocol":
        return _Protocol(self, loop=self._loop, **self._kwargs)

    def has_room(self, address: str) -> bool:
        """Whether one more connection may wait for its request."""
        if len(self.connections) > self.settings.connections:
            return False
        return not address or self.addresses[address] < self.settings.connections_per_address

    def end_silent_ones(self) -> None:
        """Cut who came and has asked nothing for too long: there are others who would."""
        since = time.monotonic() - SILENT_SECONDS
        while self.silent:
            oldest, came = next(iter(self.silent.items()))
            if came > since:
                return
            del self.silent[oldest]
            oldest.force_close()

    def full(self) -> None:
        """No file is left for who waits to be accepted."""
        self.files.tell()
        self.end_silent_ones()


class _Protocol(aiohttp.web_protocol.RequestHandler):
    """One connection until it is taken over."""

    __slots__ = ("_address", "_refused_head", "_server", "passing", "said")

    def __init__(self, server: _Server, **options: Any) -> None:
        super().__init__(server, **options)
        self._server = server
        self._address = ""
        self._refused_head = b""
        self.passing = False
        """Whether it has to go when it has been answered."""
        self.said = b""
        """What was read from it elsewhere."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        peer = transport.get_extra_info("peername")
        address = self._server.admission.limited(str(peer[0])) if isinstance(peer, tuple) else ""
        if self._server.over:  # it came in, or back from the transport, a moment too late
            transport.abort()
            return
        if not self._server.has_room(address):
            REFUSED.labels("connections").inc()
            transport.abort()
            return
        self.passing = self._server.files.short(transport)
        if self.passing:
            self._server.end_silent_ones()
        self._server.silent[self] = time.monotonic()
        if address:
            self._address = address
            self._server.addresses[address] += 1
        said, self.said = self.said, b""
        if said:
            self.data_received(said)

    def connection_lost(self, exc: BaseException | None) -> None:
        self._server.silent.pop(self, None)
        address, self._address = self._address, ""
        if address:
            self._server.addresses[address] -= 1
            if not self._server.addresses[address]:
                del self._server.addresses[address]
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if not self._messages:
            return
        self._server.silent.pop(self, None)
        if isinstance(self._messages[-1][0], _ERROR):
            self._refused_head = data[:MAX_HEAD]

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """In the dialect's shape, with nothing of what was sent in it or in the log."""
        if request.writer.output_size > 0:
            raise ConnectionError("an answer has begun already")
        head, self._refused_head = self._refused_head, b""
        status = TOO_LARGE if isinstance(exc, LineTooLong) else status
        REFUSED.labels("head too large" if status == TOO_LARGE else "bad request").inc()
        path, origin = _PATH.match(head), _ORIGIN.search(head)
        response: web.Response = self._server.app[REFUSE](
            status,
            path[1].decode("latin-1") if path else "/",
            origin[1].decode("latin-1").strip() if origin else None,
        )
        response.force_close()
        return response


async def _close_what_may_not_stay(request: web.Request, response: web.StreamResponse) -> None:
    if isinstance(request.protocol, _Protocol) and request.protocol.passing:
        response.headers["Connection"] = "close"  # the headers are complete by now
        response.force_close()


def head_size(request: web.Request) -> int:
    """Bytes of a request's first line and headers."""
    return len(request.raw_path) + sum(len(k) + len(v) + 4 for k, v in request.raw_headers)

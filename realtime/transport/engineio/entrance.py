"""The aiohttp route of the socket path: admits sessions and hands each request to its transport."""

import asyncio
import logging
import time
from collections.abc import Iterable
from dataclasses import replace

from aiohttp import HttpVersion11, StreamReader, web

from realtime.transport.engineio import handshake, hooks, reasons
from realtime.transport.engineio.cors import Cors
from realtime.transport.engineio.counted import Tally, counted
from realtime.transport.engineio.engine import Engine
from realtime.transport.engineio.forwarding import CONFIRMS, MARK, Forwarder
from realtime.transport.engineio.handshake import Ask, RefusedError
from realtime.transport.engineio.http import HttpConnection
from realtime.transport.engineio.limits.admission import plain
from realtime.transport.engineio.metrics import REFUSED
from realtime.transport.engineio.polling import Polling
from realtime.transport.engineio.session import Session
from realtime.transport.engineio.websocket import WebSocketConnection

log = logging.getLogger("realtime.transport")

OLD_CLIENT = handshake.BAD_VERSION[1]
THIS_NODES = frozenset({"draining", "connections", "files"})
"""Refusals that another node may not share: a proxy asks the next one at their 503."""
TELL_EVERY = 60.0
"""Seconds between two log lines about one thing at one address."""
MOST_TOLD_OF = 1_000
MOST_CARRIERS = 16
"""Connections that one session may keep: browsers have six to a server, proxies some to share."""


class Entrance:
    """Serves one path of an aiohttp application."""

    def __init__(
        self, engine: Engine, cors: Cors, environ_headers: Iterable[str] = handshake.KEPT_HEADERS
    ) -> None:
        self._engine = engine
        self._cors = cors
        self._environ_headers = tuple(environ_headers)
        self._told_of: dict[tuple[str, str], float] = {}
        self.forwarder = Forwarder(engine)
        self.tally: Tally | None = None
        """Of all connections, where somebody asked for it."""

    def attach(self, app: web.Application, path: str) -> None:
        """Route `path` here, with and without its last slash (`addTrailingSlash: false`)."""
        bare = "/" + path.strip("/")
        for each in (bare, bare + "/"):
            app.router.add_route("*", each, self.handle)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer, or take the connection over and return a response that is never sent."""
        if request.transport is None:
            return hooks.Dropped()  # the client hung up while its request waited
        origin = request.headers.get("Origin", "")
        if request.method == "OPTIONS":
            asked = request.headers.get("Access-Control-Request-Headers", "")
            return web.Response(status=204, headers=self._cors.preflight(origin, asked))
        try:
            if "Content-Encoding" in request.headers:
                raise RefusedError(*handshake.ENCODED)
            ask = handshake.read(request)
            return await self._served(request, ask)
        except RefusedError as refused:
            if refused.code == OLD_CLIENT:
                self._tell_of_old_client(request)
            return web.Response(
                status=refused.status,
                body=refused.body,
                content_type="application/json",
                headers={**self._cors.headers(origin), **refused.headers},
            )

    async def _served(self, request: web.Request, ask: Ask) -> web.StreamResponse:
        if ask.sid and not self._is_here(ask.sid):
            return await self._elsewhere(request, ask)
        if ask.upgrade:
            return self._websocket(request, ask)
        if ask.sid:
            return await self._polling(request, ask)
        return self._handshake(request, ask)

    def _is_here(self, sid: str) -> bool:
        return sid in self._engine.sessions or sid in self._engine.leaving

    async def _elsewhere(self, request: web.Request, ask: Ask) -> web.StreamResponse:
        """Let the session's own node answer, if there is one."""
        sibling = self.forwarder.sibling(ask.sid)
        target = self.forwarder.target(request, ask.sid) if sibling is None else None
        if sibling is None and target is None:
            raise RefusedError(*handshake.UNKNOWN_SESSION)
        body = b""
        if ask.method == "POST":
            found = await self._read_body(request, self._engine.settings.max_payload)
            if found is None:
                raise RefusedError(*handshake.TOO_LARGE)
            body = found
        if sibling is not None:
            return await self.forwarder.hand_over(request, sibling, body)
        assert target is not None  # noqa: S101 - one of the two has been found
        return await self.forwarder.forward(request, target, body, upgrade=ask.upgrade)

    def _tell_of_old_client(self, request: web.Request) -> None:
        """One line per address and minute: such a client tries for ever and shows nobody why."""
        address = _peer(request)
        if not self._may_tell("old client", address):
            return
        log.warning(
            "a client at %s speaks Engine.IO 3, as socket.io-client 1 and 2 do, and this server"
            " does not: upgrade it to socket.io-client 4",
            address or "a Unix socket",
        )

    def _tell_of_refusal(self, refusal: str, address: str) -> None:
        """One line per address, limit and minute: many people may share one address."""
        if self._may_tell(refusal, address):
            log.warning(
                "%s is over a limit by address (%s): new sessions from there are refused;"
                " if a proxy of yours has it, name it in transport.trusted_proxies",
                address,
                refusal,
            )

    def _may_tell(self, what: str, address: str) -> bool:
        about, now = (what, address), time.monotonic()
        if now - self._told_of.get(about, -TELL_EVERY) < TELL_EVERY:
            return False
        if len(self._told_of) >= MOST_TOLD_OF:
            self._told_of.clear()
        self._told_of[about] = now
        return True

    def _websocket(self, request: web.Request, ask: Ask) -> web.StreamResponse:
        response = handshake.switching_protocols(request.headers)
        if ask.sid and self._engine.files.short(request.transport):
            raise RefusedError(*handshake.BUSY)  # the session goes on polling
        session = self._known(ask.sid) if ask.sid else self._open(request, ask)
        if session.carriers >= MOST_CARRIERS:
            raise RefusedError(*handshake.TOO_MANY)
        taken = self._taken(request)
        connection = WebSocketConnection(self._engine, session, taken.transport)
        taken.transport.set_protocol(connection)
        if ask.sid:
            taken.transport.write(response)
            connection.wait_for_probe()
        else:
            connection.begin(response)
        if taken.behind:
            connection.data_received(taken.behind)
        return hooks.Dropped()

    async def _polling(self, request: web.Request, ask: Ask) -> web.StreamResponse:
        engine = self._engine
        session = engine.sessions.get(ask.sid) or engine.leaving[ask.sid]
        link = session.link
        if not isinstance(link, Polling):
            raise RefusedError(*handshake.BAD_REQUEST)
        body = await self._body(request, session) if ask.method == "POST" else b""
        if request.transport is None:
            return hooks.Dropped()
        self._take(request, ask, session).serve(link, ask.method, body)
        return hooks.Dropped()

    def _handshake(self, request: web.Request, ask: Ask) -> web.StreamResponse:
        session = self._open(request, ask)
        session.link = Polling(self._engine, session)
        opening = self._engine.open_packet(session, upgrades=True)
        self._take(request, ask, session).answer(opening)
        return hooks.Dropped()

    def _take(self, request: web.Request, ask: Ask, session: Session) -> HttpConnection:
        # Requests that were pipelined behind this one are in aiohttp's queue; the client has to
        # send them again on another connection, which is what Connection: close tells it.
        keep_alive = (
            request.keep_alive
            and request.version == HttpVersion11
            and hooks.has_all_been_read(request)
            and not self._engine.files.short(request.transport)
            and session.carriers < MOST_CARRIERS
        )
        taken = self._taken(request)
        path = request.path.encode()
        connection = HttpConnection(
            self._engine, taken.transport, taken.make_handler, self._cors.lines, path
        )
        taken.transport.set_protocol(connection)
        confirmed = ask.method == "GET" and request.headers.get(MARK) == CONFIRMS
        connection.begin(
            ask.origin, keep_alive=keep_alive, behind=taken.behind, confirmed=confirmed
        )
        if keep_alive:
            connection.stay_for(session)
        return connection

    def _taken(self, request: web.Request) -> hooks.TakenOver:
        taken = hooks.take_over(request)
        if self.tally is None:
            return taken
        return replace(taken, transport=counted(taken.transport, self.tally))

    def _open(self, request: web.Request, ask: Ask) -> Session:
        engine = self._engine
        peer = _peer(request)
        # Some proxies append to the header and some add another one.
        forwarded_for = ",".join(request.headers.getall("X-Forwarded-For", ()))
        address = engine.admission.client_address(peer, forwarded_for)
        limited = engine.admission.limited(address)
        refusal = self._refusal(request, limited)
        if refusal is not None:
            REFUSED.labels(refusal).inc()
            if refusal.endswith("per address"):
                self._tell_of_refusal(refusal, limited)
            answer = handshake.BUSY if refusal in THIS_NODES else handshake.TOO_MANY
            raise RefusedError(*answer)
        values = handshake.environ(request, ask, address, self._environ_headers)
        return engine.open(values, limited)

    def _refusal(self, request: web.Request, address: str) -> str | None:
        """Why no session may begin here now, if none may."""
        engine = self._engine
        if engine.draining:
            return "draining"
        if engine.files.short(request.transport):
            engine.files.tell()
            return "files"
        return engine.admission.refuse(address)

    def _known(self, sid: str) -> Session:
        session = self._engine.sessions.get(sid)
        if session is None:
            raise RefusedError(*handshake.UNKNOWN_SESSION)
        return session

    async def _body(self, request: web.Request, session: Session) -> bytes:
        body = await self._read_body(request, session.max_payload)
        if body is None:
            self._engine.close(session, reasons.TOO_LARGE)
            raise RefusedError(*handshake.TOO_LARGE)
        return body

    async def _read_body(self, request: web.Request, limit: int) -> bytes | None:
        """All of it, None if it is longer. Raises RefusedError."""
        if (request.content_length or 0) > limit:
            return None
        try:
            async with asyncio.timeout(self._engine.settings.body_timeout):
                return await _at_most(request.content, limit)
        except TimeoutError:
            raise RefusedError(*handshake.TOO_SLOW) from None
        except (ConnectionError, web.RequestPayloadError) as error:
            # It broke off or is no valid encoding; aiohttp would log a stack trace.
            raise RefusedError(*handshake.BAD_REQUEST) from error


async def _at_most(content: StreamReader, limit: int) -> bytes | None:
    """All of it, None if it is longer."""
    body = bytearray()
    async for chunk in content.iter_any():
        body += chunk
        if len(body) > limit:
            return None
    return bytes(body)


def _peer(request: web.Request) -> str:
    transport = request.transport
    peer = transport.get_extra_info("peername") if transport is not None else None
    if not isinstance(peer, tuple):
        return ""  # a Unix socket
    return plain(str(peer[0]))

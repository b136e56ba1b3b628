"""Requests with a session of another node, passed on to it as bytes: then any balancer works.

A session's id begins with its node's name. Whoever is asked for another's opens a connection to it,
writes the request again and joins the two connections. A request that was passed on says so and is
not passed on again; whoever writes that himself gets "Session ID unknown", as for any other id. It
may only ask for a session, never open one, so nothing in it needs to be believed.
"""

import asyncio
from collections.abc import Callable
from typing import Final, cast

from aiohttp import web

from realtime.transport.engineio import handshake, hooks
from realtime.transport.engineio.connection import Connection
from realtime.transport.engineio.engine import Engine
from realtime.transport.engineio.handshake import RefusedError
from realtime.transport.engineio.metrics import FORWARDED

MARK: Final = "X-Realtime-Forwarded"
OPEN_SECONDS: Final = 2.0
"""How long another node may take to accept; then its session counts as lost."""

_NOT_PASSED_ON: Final = {b"connection", b"content-length", b"transfer-encoding", b"expect"}

Address = tuple[str, int]
Locate = Callable[[str], Address | None]
"""Where the node of this name is, if it is one of ours and not this one."""


class Forwarder:
    """Passes requests on to where their sessions are."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._locate: Locate = lambda _name: None

    def locate_with(self, locate: Locate) -> None:
        """Ask here where a node is."""
        self._locate = locate

    def target(self, request: web.Request, sid: str) -> Address | None:
        """Where a session that is not here may be."""
        name, hyphen, _ = sid.partition("-")
        if not hyphen or MARK in request.headers:
            return None
        return self._locate(name)

    async def forward(
        self, request: web.Request, target: Address, body: bytes, *, upgrade: bool
    ) -> web.StreamResponse:
        """Join the client's connection with one to another node. Raises RefusedError."""
        if self._engine.files.short(request.transport):
            raise RefusedError(*handshake.BUSY)
        far = await self._reached(target)
        if request.transport is None:
            far.cut()
            return hooks.Dropped()
        head = _head(request, len(body), upgrade=upgrade)
        taken = hooks.take_over(request)
        near = Half(self._engine)
        near.far, far.far = far, near
        near.connection_made(taken.transport)
        taken.transport.set_protocol(near)
        # Behind a poll comes the next one, which its client sends again: this connection closes.
        far.write(head + body + (taken.behind if upgrade else b""))
        FORWARDED.inc()
        return hooks.Dropped()

    async def _reached(self, target: Address) -> "Half":
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(OPEN_SECONDS):
                _, far = await loop.create_connection(lambda: Half(self._engine), *target)
        except (OSError, TimeoutError):
            raise RefusedError(*handshake.UNKNOWN_SESSION) from None
        return far


class Half(asyncio.Protocol, Connection):
    """One of two joined connections: what it reads the other writes, no faster than that can."""

    __slots__ = ("_engine", "_transport", "far")

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._transport: asyncio.Transport | None = None
        self.far: Half | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's are of no such class
        self._engine.connections.add(self)

    def data_received(self, data: bytes) -> None:
        if self.far is not None:
            self.far.write(data)

    def write(self, data: bytes) -> None:
        """Send what the other half has read."""
        if self._transport is not None:
            self._transport.write(data)

    def pause_writing(self) -> None:
        """Too much waits here: the other half reads no more for now."""
        if self.far is not None and self.far._transport is not None:
            self.far._transport.pause_reading()

    def resume_writing(self) -> None:
        """It has been sent."""
        if self.far is not None and self.far._transport is not None:
            self.far._transport.resume_reading()

    def finish(self) -> None:
        """Sessions that are not here end where they are."""
        self.cut()

    def cut(self) -> None:
        """Both halves end."""
        if self._transport is not None:
            self._transport.abort()

    def connection_lost(self, _error: Exception | None) -> None:
        """The other half ends when what was read has been written."""
        self._engine.connections.discard(self)
        self._transport, far, self.far = None, self.far, None
        if far is not None:
            far.far = None
            if far._transport is not None:
                far._transport.resume_reading()
                far._transport.close()


def _head(request: web.Request, length: int, *, upgrade: bool) -> bytes:
    """The request as it came, marked; a poll's connection ends with its answer, since the next
    request on it may be for a session of any node."""
    kept = b"".join(
        name + b": " + value + b"\r\n"
        for name, value in request.raw_headers
        if name.lower() not in _NOT_PASSED_ON
    )
    ours = f"{MARK}: 1\r\nConnection: {'Upgrade' if upgrade else 'close'}\r\n"
    if request.method == "POST":
        ours += f"Content-Length: {length}\r\n"
    line = f"{request.method} {request.raw_path} HTTP/1.1\r\n"
    return line.encode() + kept + ours.encode() + b"\r\n"

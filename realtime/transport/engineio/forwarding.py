"""Requests with a session of another node, passed on to it as bytes: then any balancer works.

A session's id begins with its node's name. Whoever is asked for another's opens a connection to it,
writes the request again and joins the two connections. A request that was passed on says so and is
not passed on again; whoever writes that himself gets "Session ID unknown", as for any other id. It
may only ask for a session, never open one, so nothing in it needs to be believed.

A poll's answer is said once, and a proxy may ask again where it got none: so the node in between
confirms each answer that it has passed on. Where it dies before it has, the session ends, and its
client comes back.

A worker of the same machine is given the connection itself (``siblings.py``).
"""

import asyncio
import re
from collections.abc import Callable
from contextlib import suppress
from typing import Final, cast

from aiohttp import web

from realtime.transport.engineio import handshake, hooks
from realtime.transport.engineio.connection import Connection
from realtime.transport.engineio.engine import Engine
from realtime.transport.engineio.handshake import RefusedError
from realtime.transport.engineio.metrics import FORWARDED, HANDED_OVER
from realtime.transport.engineio.siblings import Siblings

MARK: Final = "X-Realtime-Forwarded"
CONFIRMS: Final = "2"
"""The mark's value: the answer of a poll is confirmed by a byte."""
CLOSE: Final = "Connection: close"
UPGRADE: Final = "Connection: Upgrade, close"
"""It closes, too, behind a refusal: the next request may be for any node."""
CONFIRMED: Final = b"."
OPEN_SECONDS: Final = 2.0
"""How long another node may take to accept; then its session counts as lost."""

_LENGTH: Final = re.compile(rb"\r\nContent-Length: (\d{1,10})")
_OF_THE_BODY: Final = {b"content-length", b"transfer-encoding", b"expect"}

Address = tuple[str, int]
Locate = Callable[[str], Address | None]
"""Where the node of this name is, if it is one of ours and not this one."""


class Forwarder:
    """Passes requests on to where their sessions are."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._locate: Locate = lambda _name: None
        self._siblings: Siblings | None = None

    def locate_with(self, locate: Locate) -> None:
        """Ask here where a node is."""
        self._locate = locate

    def share_with(self, siblings: Siblings) -> None:
        """Give them the connections on which their sessions are asked for."""
        self._siblings = siblings

    def sibling(self, sid: str) -> str | None:
        """The name of the worker of this machine that has a session, if another one may."""
        name, hyphen, _ = sid.partition("-")
        found = hyphen and self._siblings is not None and self._siblings.has(name)
        return name if found else None

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
        # A poll's connection ends with its answer: the next request on it may be for any node.
        head = _head(request, len(body), [f"{MARK}: {CONFIRMS}", UPGRADE if upgrade else CLOSE])
        taken = hooks.take_over(request)
        near = Half(self._engine)
        near.far, far.far = far, near
        if request.method == "GET" and not upgrade:
            far.answer = Answer()
        near.connection_made(taken.transport)
        taken.transport.set_protocol(near)
        # Behind a poll comes the next one, which its client sends again: this connection closes.
        far.write(head + body + (taken.behind if upgrade else b""))
        FORWARDED.inc()
        return hooks.Dropped()

    async def hand_over(
        self, request: web.Request, sibling: str, body: bytes
    ) -> web.StreamResponse:
        """Give a worker of this machine the client's connection. Raises RefusedError."""
        assert self._siblings is not None  # noqa: S101 - one of them has been found
        try:
            gift = await self._siblings.reach(sibling)
        except OSError:
            raise RefusedError(*handshake.UNKNOWN_SESSION) from None
        if request.transport is None:
            gift.close()
            return hooks.Dropped()
        head = _head(request, len(body), [] if hooks.has_all_been_read(request) else [CLOSE])
        taken = hooks.take_over(request)
        taken.transport.set_protocol(asyncio.Protocol())
        taken.transport.pause_reading()
        connection = taken.transport.get_extra_info("socket").fileno()
        with suppress(OSError):  # then it ends, and its client comes again
            await gift.give(connection, head + body + taken.behind)
            HANDED_OVER.inc()
        taken.transport.abort()
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

    __slots__ = ("_engine", "_over", "_transport", "answer", "far")

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._transport: asyncio.Transport | None = None
        self.far: Half | None = None
        self._over = False
        """Whether the other half has read all that there will be, and awaits a word of it."""
        self.answer: Answer | None = None
        """What it reads, where that is to be confirmed."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's are of no such class
        self._engine.connections.add(self)

    def data_received(self, data: bytes) -> None:
        if self.far is None:
            return
        self.far.write(data)
        if self.answer is not None and self.answer.ends(data):
            self.far.end()

    def write(self, data: bytes) -> None:
        """Send what the other half has read."""
        if self._transport is not None:
            self._transport.write(data)

    def end(self) -> None:
        """Close when what was written has been sent, and let the other half confirm that."""
        self._over = True
        if self._transport is not None:
            self._transport.set_write_buffer_limits(0)
            if not self._transport.get_write_buffer_size():
                self._sent()

    def _sent(self) -> None:
        if self.far is not None:
            self.far.write(CONFIRMED)
        if self._transport is not None:
            self._transport.close()

    def pause_writing(self) -> None:
        """Too much waits here: the other half reads no more for now."""
        if self.far is not None and self.far._transport is not None:
            self.far._transport.pause_reading()

    def resume_writing(self) -> None:
        """It has been sent."""
        if self._over:
            self._sent()
        elif self.far is not None and self.far._transport is not None:
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
        self._engine.idle.discard(self)
        self._transport, far, self.far = None, self.far, None
        if far is not None:
            far.far = None
            if far._transport is not None:
                self._engine.idle.add(far)
                far._transport.resume_reading()
                far._transport.close()


class Answer:
    """Finds out where an answer ends that says its length, as those of a node do."""

    __slots__ = ("_head", "_left")

    def __init__(self) -> None:
        self._head = b""
        self._left = 0

    def ends(self, data: bytes) -> bool:
        """Whether these are its last bytes."""
        if self._left:
            self._left -= len(data)
        else:
            self._head += data
            head, separator, body = self._head.partition(b"\r\n\r\n")
            length = _LENGTH.search(head)
            if not separator or length is None:
                return False
            self._left = int(length[1]) - len(body)
        return self._left <= 0


def _head(request: web.Request, length: int, lines: list[str]) -> bytes:
    """The request as it came, with these lines in the place of its own of the same name."""
    if request.method == "POST":
        lines = [*lines, f"Content-Length: {length}"]
    replaced = _OF_THE_BODY | {line.partition(":")[0].lower().encode() for line in lines}
    kept = (
        name + b": " + value for name, value in request.raw_headers if name.lower() not in replaced
    )
    first = f"{request.method} {request.raw_path} HTTP/1.1".encode()
    return b"\r\n".join([first, *kept, *map(str.encode, lines), b"", b""])

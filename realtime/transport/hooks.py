"""What is private in python-socketio and aiohttp and used here, and a check that it is there.

Neither library promises these, so both are pinned to a minor version, and a server that finds one
changed refuses to start and says which, instead of failing on some later request.
"""

import asyncio
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
import aiohttp.web
import aiohttp.web_protocol
import aiohttp.web_server
import socketio

from realtime.transport.http import MakeHandler

TESTED = {"python-socketio": "5.18", "aiohttp": "3.14"}


class HookError(RuntimeError):
    """A private part that this package uses is not what it was."""


@dataclass(frozen=True, slots=True)
class Hook:
    """One private part: where it is, what it looks like, what it is for."""

    package: str
    owner: Callable[[], Any]
    name: str
    looks: str
    """The signature of a method, `slot` for an attribute."""
    purpose: str


_HANDLER = aiohttp.web_protocol.RequestHandler

HOOKS: tuple[Hook, ...] = (
    Hook(
        "python-socketio",
        lambda: socketio.AsyncServer,
        "_engineio_server_class",
        "(self)",
        "gives AsyncServer our Engine.IO server",
    ),
    Hook(
        "aiohttp",
        lambda: _HANDLER,
        "connection_lost",
        "(self, exc: BaseException | None) -> None",
        "makes aiohttp let go of a connection that was taken over",
    ),
    Hook("aiohttp", lambda: _HANDLER, "_manager", "slot", "serves a connection that is given back"),
    Hook("aiohttp", lambda: _HANDLER, "_message_tail", "slot", "holds bytes behind an upgrade"),
    Hook("aiohttp", lambda: _HANDLER, "_messages", "slot", "holds requests that were pipelined"),
    Hook("aiohttp", lambda: _HANDLER, "_buffer_paused", "slot", "tells that reading is paused"),
    Hook("aiohttp", lambda: _HANDLER, "_reading_paused", "slot", "tells that reading is paused"),
    Hook("aiohttp", lambda: _HANDLER, "transport", "slot", "is the connection itself"),
    Hook(
        "aiohttp",
        lambda: aiohttp.web_server.Server,
        "__call__",
        "(self) -> aiohttp.web_protocol.RequestHandler",
        "makes the protocol of a connection that is given back",
    ),
)


def check(hooks: tuple[Hook, ...] = HOOKS) -> None:
    """Raise HookError with a sentence for the first hook that is gone or looks different."""
    for hook in hooks:
        owner = hook.owner()
        where = f"{owner.__name__}.{hook.name}"
        found = inspect.getattr_static(owner, hook.name, None)
        tested = f"{hook.package} {TESTED[hook.package]}"
        if found is None:
            raise HookError(
                f"{where} is gone from {hook.package}: it {hook.purpose}. "
                f"This server was tested with {tested}; install that version."
            )
        looks = _looks(found)
        if looks != hook.looks:
            raise HookError(
                f"{where} of {hook.package} was {hook.looks} and is {looks}: it {hook.purpose}. "
                f"This server was tested with {tested}; install that version."
            )


def _looks(found: Any) -> str:
    return str(inspect.signature(found)) if inspect.isfunction(found) else "slot"


class EngineStandIn:
    """What AsyncServer's constructor expects of an Engine.IO server; nothing else uses it."""

    async_mode = "aiohttp"

    def on(self, event: str, handler: Callable[..., Any]) -> None:
        """Nothing: our engine knows its receiver."""


class Dropped(aiohttp.web.Response):
    """What a handler returns whose connection is not aiohttp's any more: middlewares may look at it
    and nothing is written."""

    async def prepare(self, request: aiohttp.web.BaseRequest) -> None:
        """Tell aiohttp what it would find out itself, after making the headers."""
        raise ConnectionResetError("taken over")


@dataclass(frozen=True, slots=True)
class TakenOver:
    """A connection that aiohttp has let go of."""

    transport: asyncio.Transport
    behind: bytes
    """Bytes that came behind the request."""
    make_handler: MakeHandler
    """Makes an aiohttp protocol to give the connection back to."""


def has_all_been_read(request: aiohttp.web.Request) -> bool:
    """False where aiohttp has read further requests, which a take-over loses."""
    return not request.protocol._messages


def take_over(request: aiohttp.web.Request) -> TakenOver:
    """Make aiohttp forget the request's connection; the caller then sets the transport's protocol.

    aiohttp frees its parser and request, finds no connection for the handler's response and drops
    that: 5 KB a connection are left of 33. Raises ConnectionResetError.
    """
    protocol = request.protocol
    transport, manager = protocol.transport, protocol._manager
    if transport is None or manager is None:
        raise ConnectionResetError("the client has gone")
    taken = TakenOver(transport, protocol._message_tail, manager)
    paused = protocol._buffer_paused or protocol._reading_paused
    protocol.transport = None
    protocol.connection_lost(None)
    if paused:
        # Over 64 KiB came behind the request; nobody else would ever read on.
        transport.resume_reading()
    return taken

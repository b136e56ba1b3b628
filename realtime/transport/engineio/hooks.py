"""What is private in aiohttp and used here: how a connection is taken over from it, and how the
mask is taken off what clients send."""

import asyncio
from dataclasses import dataclass

import aiohttp
import aiohttp.web
import aiohttp.web_protocol
import aiohttp.web_server

from realtime.hooks import Hook
from realtime.transport.engineio.http import MakeHandler
from realtime.transport.engineio.wire import mask
from realtime.transport.engineio.wire.mask import AIOHTTP

_HANDLER = aiohttp.web_protocol.RequestHandler

HOOKS = (
    mask.HOOK,
    Hook(
        AIOHTTP,
        lambda: _HANDLER,
        "connection_lost",
        "(self, exc: BaseException | None) -> None",
        "makes aiohttp let go of a connection that was taken over",
    ),
    Hook(AIOHTTP, lambda: _HANDLER, "_manager", "slot", "serves a connection that is given back"),
    Hook(AIOHTTP, lambda: _HANDLER, "_message_tail", "slot", "holds bytes behind an upgrade"),
    Hook(AIOHTTP, lambda: _HANDLER, "_messages", "slot", "holds requests that were pipelined"),
    Hook(AIOHTTP, lambda: _HANDLER, "_buffer_paused", "slot", "tells that reading is paused"),
    Hook(AIOHTTP, lambda: _HANDLER, "_reading_paused", "slot", "tells that reading is paused"),
    Hook(AIOHTTP, lambda: _HANDLER, "transport", "slot", "is the connection itself"),
    Hook(
        AIOHTTP,
        lambda: aiohttp.web_server.Server,
        "__call__",
        "(self) -> aiohttp.web_protocol.RequestHandler",
        "makes the protocol of a connection that is given back",
    ),
)


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

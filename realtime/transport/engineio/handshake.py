"""The socket path's HTTP side: which request is what, and the refusals that Node's server gives."""

import base64
import binascii
import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from aiohttp import web

from realtime.transport.engineio.wire import codec

UNKNOWN_TRANSPORT: Final = (400, 0, "Transport unknown")
UNKNOWN_SESSION: Final = (400, 1, "Session ID unknown")
BAD_METHOD: Final = (400, 2, "Bad handshake method")
BAD_REQUEST: Final = (400, 3, "Bad request")
TOO_SLOW: Final = (408, 3, "The body did not come in time")
TOO_LARGE: Final = (413, 3, "Payload too large")
ENCODED: Final = (415, 3, "Compressed bodies are not accepted")
BAD_VERSION: Final = (400, 5, "Unsupported protocol version")
BUSY: Final = (503, 4, "Server is busy")
TOO_MANY: Final = (429, 4, "Too many connections")
LATER: Final = frozenset({429, 503})
"""Statuses that pass: a client may ask again, here or where a proxy sends it."""

_GUID: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

KEPT_HEADERS: Final = (
    "Origin",
    "Host",
    "Cookie",
    "Authorization",
    "Sec-Fetch-Site",
    "User-Agent",
    "X-Forwarded-For",
    "X-Forwarded-Proto",
)
"""What an environ keeps. Keeping every header would let a client pin as much memory as it likes."""


def refusal(code: int, message: str) -> bytes:
    """The body of a refusal, as Node's server writes it."""
    return codec.dumps({"code": code, "message": message})


class RefusedError(Exception):
    """An answer other than the one asked for."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.body = refusal(code, message)
        self.headers = {"Retry-After": "1"} if status in LATER else {}


class Ask(NamedTuple):
    """A request on the socket path, its parameters checked."""

    method: str
    transport: str
    sid: str
    origin: str
    upgrade: bool


def read(request: web.Request) -> Ask:
    """Check what can be checked without knowing any session.

    Raises RefusedError (codes as in https://socket.io/docs/v4/troubleshooting-connection-issues/).
    """
    query = request.query
    upgrade = request.headers.get("Upgrade", "").lower() == "websocket"
    ask = Ask(
        request.method,
        query.get("transport", ""),
        query.get("sid", ""),
        request.headers.get("Origin", ""),
        upgrade,
    )
    if ask.transport not in ("polling", "websocket"):
        raise RefusedError(*UNKNOWN_TRANSPORT)
    if not ask.sid and ask.method != "GET":
        raise RefusedError(*BAD_METHOD)
    if upgrade != (ask.transport == "websocket") or ask.method not in ("GET", "POST"):
        raise RefusedError(*BAD_REQUEST)
    if upgrade and ask.method != "GET":
        raise RefusedError(*BAD_REQUEST)
    if not ask.sid and query.get("EIO") != "4":
        raise RefusedError(*BAD_VERSION)
    return ask


def switching_protocols(headers: Mapping[str, str]) -> bytes:
    """The response that makes the connection a WebSocket (RFC 6455, section 4.2.2).

    No extension is ever accepted: permessage-deflate costs 92 KiB a connection and a compression
    per listener. Raises RefusedError.
    """
    key = headers.get("Sec-WebSocket-Key", "")
    try:
        nonce = base64.b64decode(key, validate=True)
    except (binascii.Error, ValueError):
        nonce = b""
    if len(nonce) != 16 or headers.get("Sec-WebSocket-Version") != "13":
        raise RefusedError(*BAD_REQUEST)
    # SHA-1 is what RFC 6455 says; it proves that we speak WebSocket and protects nothing.
    accept = hashlib.sha1(key.encode() + _GUID, usedforsecurity=False).digest()
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + base64.b64encode(accept) + b"\r\n\r\n"
    )


def environ(request: web.Request, ask: Ask, address: str, kept: Iterable[str]) -> dict[str, Any]:
    """What a connect handler gets: the names of WSGI, and `engineio.transport`."""
    values: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "PATH_INFO": request.path,
        "QUERY_STRING": request.query_string,
        "REMOTE_ADDR": address,
        "wsgi.url_scheme": request.scheme,
        "engineio.transport": ask.transport,
    }
    for name in kept:
        value = request.headers.get(name)
        if value is not None:
            values["HTTP_" + name.upper().replace("-", "_")] = value
    return values

"""The plainest polls and POSTs, as browsers and socket.io-client send them with a session id."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

_MAX_HEAD = 16_384

_TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_LINE = re.compile(rb"(GET|POST) ([^ ?\r\n]+)\?([!-~]*) HTTP/1\.1\r\n")
_HEADERS = re.compile(rb"(?:" + _TOKEN + rb":[^\x00\r\n]*\r\n)*")
_LENGTH = re.compile(rb"(?:^|\n)content-length:[ \t]*([0-9]{1,10})[ \t]*\r")
_ORIGIN = re.compile(rb"(?:^|\n)origin:([^\r]*)\r", re.IGNORECASE)
_UNUSUAL = (b"transfer-encoding", b"content-encoding", b"upgrade", b"expect", b"connection: close")


class NotOursError(Exception):
    """A request that aiohttp is to read."""


class Request(NamedTuple):
    """A poll or a POST of a session."""

    method: bytes
    sid: str
    origin: str
    body: bytes
    end: int
    """Where the next request begins in the buffer."""


def parse(buffer: bytes, path: bytes, max_body: Callable[[str], int]) -> Request | None:
    """The first request in `buffer`, None while it is incomplete; `max_body` tells by the sid.

    Raises NotOursError.
    """
    head = buffer.find(b"\r\n\r\n", 0, _MAX_HEAD)
    if head < 0:
        if len(buffer) > _MAX_HEAD:
            raise NotOursError
        return None
    line = _LINE.match(buffer)
    if line is None:
        raise NotOursError
    method, target, query = line.groups()
    sid = _polling_sid(query)
    length, origin = _fields(buffer[line.end() : head + 2])
    if target != path or not sid or (length is None) != (method == b"GET"):
        raise NotOursError
    start, end = head + 4, head + 4 + (length or 0)
    if end - start > max_body(sid):
        raise NotOursError
    if len(buffer) < end:
        return None
    return Request(method, sid, origin, buffer[start:end], end)


@lru_cache(maxsize=1024)
def _fields(headers: bytes) -> tuple[int | None, str]:
    """The body's length, None where none is given, and the origin.

    A client's requests have the same headers again and again, but for the length. Raises
    NotOursError.
    """
    lower = headers.lower()
    count = lower.count(b"content-length")
    length = _LENGTH.search(lower)
    if (
        not _HEADERS.fullmatch(headers)
        or any(word in lower for word in _UNUSUAL)
        or count > 1
        or (count == 1) != (length is not None)
    ):
        raise NotOursError
    origin = _ORIGIN.search(headers)
    name = origin.group(1).strip(b" \t").decode("latin-1") if origin else ""
    return (int(length.group(1)) if length else None), name


def _polling_sid(query: bytes) -> str:
    """The session of a polling request, empty if it is none or is not plainly written."""
    if b"%" in query or b"+" in query:
        return ""
    pairs = [pair.partition(b"=") for pair in query.split(b"&")]
    values = {name: value for name, _, value in pairs}
    if len(values) != len(pairs) or values.get(b"transport") != b"polling":
        return ""
    return values.get(b"sid", b"").decode("ascii")

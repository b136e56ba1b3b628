"""The bytes that go over connections, added up where somebody asked for it before the start.

Each connection is wrapped then, both ways. Where nobody asked none is, and nothing looks whether it
is: a write is asyncio's own.
"""

import asyncio
from typing import Any, cast


class Tally:
    """Bytes that were read and written, with the heads and frames around what was said.

    What aiohttp reads of a connection, its first request, is not among them.
    """

    __slots__ = ("read", "written")

    def __init__(self) -> None:
        self.read = 0
        self.written = 0


def counted(transport: asyncio.Transport, tally: Tally) -> asyncio.Transport:
    """The same connection; what goes over it from now on is added up."""
    return cast("asyncio.Transport", _Counted(transport, tally))


def uncounted(transport: asyncio.Transport) -> asyncio.Transport:
    """The connection itself."""
    return transport.uncounted if isinstance(transport, _Counted) else transport


class _Counted:
    """An asyncio transport in all that it does."""

    def __init__(self, transport: asyncio.Transport, tally: Tally) -> None:
        self.uncounted = transport
        self._write = transport.write
        self._tally = tally

    def write(self, data: bytes) -> None:
        self._tally.written += len(data)
        self._write(data)

    def set_protocol(self, protocol: asyncio.Protocol) -> None:
        self.uncounted.set_protocol(_Reading(protocol, self._tally))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.uncounted, name)


class _Reading(asyncio.Protocol):
    """An asyncio protocol in all that it is told."""

    def __init__(self, protocol: asyncio.Protocol, tally: Tally) -> None:
        self._data_received = protocol.data_received
        self._tally = tally
        # Asyncio's own names, which are looked up on this object.
        self.connection_lost = protocol.connection_lost  # type: ignore[method-assign]
        self.eof_received = protocol.eof_received  # type: ignore[method-assign]
        self.pause_writing = protocol.pause_writing  # type: ignore[method-assign]
        self.resume_writing = protocol.resume_writing  # type: ignore[method-assign]

    def data_received(self, data: bytes) -> None:
        self._tally.read += len(data)
        self._data_received(data)

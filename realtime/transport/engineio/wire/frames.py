"""WebSocket frames as a server sends them (RFC 6455, section 5): unmasked, whole, never compressed.

Unmasked frames are the same for every receiver. So one call makes the bytes of a broadcast, and any
number of frames can be joined and sent as one write.
"""

from collections.abc import Iterator
from typing import Final

TEXT: Final = 0x1
BINARY: Final = 0x2
CLOSE: Final = 0x8
PING: Final = 0x9
PONG: Final = 0xA

NORMAL: Final = 1000
GOING_AWAY: Final = 1001
PROTOCOL_ERROR: Final = 1002
INVALID_TEXT: Final = 1007
POLICY: Final = 1008
TOO_BIG: Final = 1009

_FINAL: Final = 0x80
_SHORT_TEXT: Final = tuple(bytes((_FINAL | TEXT, size)) for size in range(126))


def text(payload: bytes) -> bytes:
    """One text frame; `payload` is UTF-8."""
    size = len(payload)
    if size < 126:
        return _SHORT_TEXT[size] + payload
    if size < 1 << 16:
        return b"\x81\x7e" + size.to_bytes(2, "big") + payload
    return _frame(TEXT, payload)


def binary(payload: bytes) -> bytes:
    """One binary frame."""
    return _frame(BINARY, payload)


def pong(payload: bytes) -> bytes:
    """The answer to a ping, with the ping's own payload (section 5.5.3)."""
    return _frame(PONG, payload)


def close(code: int) -> bytes:
    """A close frame with its code (section 7.4)."""
    return _frame(CLOSE, code.to_bytes(2, "big"))


def _frame(opcode: int, payload: bytes) -> bytes:
    size = len(payload)
    if size < 126:
        return bytes((_FINAL | opcode, size)) + payload
    if size < 1 << 16:
        return bytes((_FINAL | opcode, 126)) + size.to_bytes(2, "big") + payload
    return bytes((_FINAL | opcode, 127)) + size.to_bytes(8, "big") + payload


def first(frames: bytes) -> tuple[int, int]:
    """Where the payload of the first of our own frames begins and ends."""
    size = frames[1]
    if size < 126:
        return 2, 2 + size
    start = 4 if size == 126 else 10
    return start, start + int.from_bytes(frames[2:start], "big")


def unframe(frames: bytes) -> Iterator[tuple[int, bytes]]:
    """Opcode and payload of each of our own frames: how a polling session reads a broadcast."""
    at = 0
    while at < len(frames):
        opcode, size = frames[at] & 0x0F, frames[at + 1]
        at += 2
        if size > 125:
            width = 2 if size == 126 else 8
            size = int.from_bytes(frames[at : at + width], "big")
            at += width
        yield opcode, frames[at : at + size]
        at += size

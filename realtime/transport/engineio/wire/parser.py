"""WebSocket frames as clients send them (RFC 6455): bytes in, whole messages out.

No I/O. The caller feeds what arrived and asks for messages until there is none; a caller that
pauses just stops asking, and what was fed waits here.
"""

from typing import Final

from realtime.transport.engineio.wire import frames
from realtime.transport.engineio.wire.mask import unmasked

CONTINUATION: Final = 0x0
_FRAGMENT: Final = (CONTINUATION, b"")
_CONTROL: Final = 0x8
_WHOLE_TEXT: Final = 0x81
"""First byte of a text message in one frame, which nearly all are."""
_KNOWN: Final = frozenset(
    {CONTINUATION, frames.TEXT, frames.BINARY, frames.CLOSE, frames.PING, frames.PONG}
)


class ProtocolError(Exception):
    """The peer broke RFC 6455; `code` is the close code to answer with (section 7.4.1)."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


class FrameParser:
    """One connection's incoming frames; a frame, and a message, may have `most` bytes."""

    __slots__ = ("_at", "_fragments", "_most", "_need", "_opcode", "unread")

    def __init__(self, most: int) -> None:
        self._most = most
        self.unread: bytes | bytearray = b""
        """What was fed and is still to be read, from some place on; empty where that is nothing."""
        self._at = 0
        # Bytes that the frame at `_at` needs before it is worth looking at again. Without it, a
        # message that arrives a byte at a time would be copied once per byte.
        self._need = 6
        self._opcode = CONTINUATION  # of the message whose fragments are being collected
        self._fragments: bytearray | None = None

    def allow(self, most: int) -> None:
        """Let the next frames and messages have so many bytes."""
        self._most = most

    def feed(self, data: bytes) -> None:
        """Add what arrived."""
        if not self.unread:
            self.unread = data
            return
        if self._at or isinstance(self.unread, bytes):
            self.unread = bytearray(self.unread[self._at :])
            self._at = 0
        self.unread += data

    def drop(self) -> None:
        """Let go of what waits here: nobody will ask for it."""
        self.unread, self._at, self._fragments = b"", 0, None

    def next_message(self) -> tuple[int, bytes] | None:
        """The next whole message or control frame as (opcode, payload), None until more is fed.

        A fragment that ends no message is told as a CONTINUATION, since there may be any number of
        them. Raises ProtocolError, after which the connection must not be read any further.
        """
        frame = self._next_frame() if self.unread else None
        if frame is None:
            return None
        first, payload = frame
        if first != _WHOLE_TEXT:
            return self._other(first, payload)
        if self._fragments is not None:
            raise ProtocolError(frames.PROTOCOL_ERROR, "a message within a message")
        if not payload.isascii():
            _check_text(payload)
        return frames.TEXT, payload

    def _next_frame(self) -> tuple[int, bytes] | None:
        """First byte and unmasked payload of the next frame that has arrived in full."""
        data, at = self.unread, self._at
        if len(data) - at < self._need:
            self._look_early()
            return None
        first, second = data[at], data[at + 1]
        size, start = second & 0x7F, at + 2
        if size > 125:
            width = 2 if size == 126 else 8
            start += width
            if len(data) < start:
                self._need = 2 + width
                return None
            size = _long_size(int.from_bytes(data[at + 2 : start], "big"), width)
        if first != _WHOLE_TEXT or second < 0x80 or size > self._most:
            self._check(first, second, size)
        body = start + 4
        end = body + size
        if end > len(data):
            self._need = end - at
            return None
        self._need = 6
        if end == len(data):  # let go of it: idle connections hold no buffer
            self.unread, self._at = b"", 0
        else:
            self._at = end
        return first, unmasked(data[start:body], data[body:end])

    def _look_early(self) -> None:
        """Refuse a bad first byte now; it may be all that the peer ever sends."""
        if self._need == 6 and len(self.unread) - self._at >= 2:
            self._check(self.unread[self._at], self.unread[self._at + 1], 0)

    def _check(self, first: int, second: int, size: int) -> None:
        opcode = first & 0x0F
        if first & 0x70:
            raise ProtocolError(frames.PROTOCOL_ERROR, "reserved bits are set")
        if opcode not in _KNOWN:
            raise ProtocolError(frames.PROTOCOL_ERROR, f"unknown opcode {opcode}")
        if not second & 0x80:
            raise ProtocolError(frames.PROTOCOL_ERROR, "a client's frame must be masked")
        if opcode & _CONTROL and (not first & 0x80 or second & 0x7F > 125):
            raise ProtocolError(frames.PROTOCOL_ERROR, "a control frame is short and whole")
        if size > self._most:
            raise ProtocolError(frames.TOO_BIG, "frame too large")

    def _other(self, first: int, payload: bytes) -> tuple[int, bytes]:
        """Control frames, fragments and binary messages."""
        opcode = first & 0x0F
        if opcode & _CONTROL:
            if opcode == frames.CLOSE:
                _check_close(payload)
            return opcode, payload
        if opcode == CONTINUATION:
            return self._continue(payload, last=bool(first & 0x80))
        if self._fragments is not None:
            raise ProtocolError(frames.PROTOCOL_ERROR, "a message within a message")
        if first & 0x80:
            return opcode, payload  # binary: whole text messages never come here
        self._opcode = opcode
        self._fragments = bytearray(payload)
        return _FRAGMENT

    def _continue(self, payload: bytes, *, last: bool) -> tuple[int, bytes]:
        if self._fragments is None:
            raise ProtocolError(frames.PROTOCOL_ERROR, "nothing to continue")
        if len(self._fragments) + len(payload) > self._most:
            raise ProtocolError(frames.TOO_BIG, "message too large")
        self._fragments += payload
        if not last:
            return _FRAGMENT
        message = bytes(self._fragments)
        self._fragments = None
        if self._opcode == frames.TEXT:
            _check_text(message)
        return self._opcode, message


def close_code(payload: bytes) -> int:
    """The code in a close frame's payload, 1005 where it has none (section 7.1.5)."""
    return int.from_bytes(payload[:2], "big") if payload else 1005


def _long_size(size: int, width: int) -> int:
    if size < (126 if width == 2 else 1 << 16) or size >> 63:
        raise ProtocolError(
            frames.PROTOCOL_ERROR, "a length is written in as few bytes as it needs"
        )
    return size


def _check_text(payload: bytes) -> None:
    try:
        payload.decode()
    except UnicodeDecodeError:
        raise ProtocolError(frames.INVALID_TEXT, "text is not UTF-8") from None


def _check_close(payload: bytes) -> None:
    if len(payload) == 1:
        raise ProtocolError(frames.PROTOCOL_ERROR, "half a close code")
    code = close_code(payload)
    if payload and not (1000 <= code <= 1003 or 1007 <= code <= 1014 or 3000 <= code <= 4999):
        raise ProtocolError(frames.PROTOCOL_ERROR, f"close code {code} is never sent")
    _check_text(payload[2:])

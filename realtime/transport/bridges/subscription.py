"""A connection to Redis that hears what is published, a few messages in each turn of the loop."""

import asyncio
from collections.abc import Callable
from typing import Any, Final

import hiredis

from realtime.transport.backplane.redis.link import Link

AT_ONCE: Final = 64
"""Messages of one turn: whoever publishes thousands does not keep this node's clients waiting."""
SLACK: Final = 1 << 18
"""What may be read at once beside the longest message."""

Heard = Callable[[str, str, bytes], None]
"""Told the pattern or channel that was subscribed to, the channel, and what was published there."""


class Subscription(Link):
    """A `Link` for SUBSCRIBE and PSUBSCRIBE. It ends itself in the middle of a message of more than
    `most` bytes, which would have to be kept whole before anybody could look at it."""

    hear: Heard
    most = 0
    ended_by = "connection lost"

    def __init__(self, lost: Callable[[], None]) -> None:
        super().__init__(lost)
        self._unread = 0
        self._paused = False

    def close(self) -> None:
        """End it; what was read and not heard yet is not heard any more."""
        super().close()
        self.hear = _unheard

    def data_received(self, data: bytes) -> None:
        """Keep it, and hear what is whole by now."""
        self._reader.feed(data)
        self._unread += len(data)
        if not self._paused:
            self._hear_some()

    def _hear_some(self) -> None:
        try:
            for _ in range(AT_ONCE):
                message = self._reader.gets()
                if message is False:
                    self._read_on()
                    return
                self._unread = 0
                self._sort(message)
        except (hiredis.ProtocolError, IndexError):
            self._end()
            return
        self._wait_a_turn()

    def _sort(self, message: Any) -> None:
        kind = message[0] if isinstance(message, list) else None
        if kind == b"message":
            self.hear(_text(message[1]), _text(message[1]), message[2])
        elif kind == b"pmessage":
            self.hear(_text(message[1]), _text(message[2]), message[3])
        else:
            self._waiting.popleft()(message)

    def _read_on(self) -> None:
        if self._unread > self.most + SLACK:
            self.ended_by = "a message was too long"
            self._end()
        elif self._paused and self._transport is not None:
            self._paused = False
            self._transport.resume_reading()

    def _wait_a_turn(self) -> None:
        if self._transport is None:
            return
        if not self._paused:
            self._paused = True
            self._transport.pause_reading()
        asyncio.get_running_loop().call_soon(self._hear_some)

    def _end(self) -> None:
        if self._transport is not None:
            self._transport.abort()


def _text(name: bytes) -> str:
    """Whoever publishes may name a channel by any bytes that fit a pattern."""
    return name.decode(errors="replace")


def _unheard(_subscribed: str, _channel: str, _payload: bytes) -> None:
    pass

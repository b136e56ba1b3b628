"""What is sent within one turn of the event loop, written at its end: once per client, in order.

This is where most of the speed comes from. Frames for one client become one write; consecutive
broadcasts to one room are joined once and the same bytes are written to every member. No task,
future or queue per recipient.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Final, Protocol, TypeVar

from realtime.transport.failure import place

log = logging.getLogger("realtime.transport")

To = TypeVar("To")

HELD_SECONDS: Final = 0.003
"""How long output may wait for more."""

WORTH_HOLDING: Final = 8
"""Clients with output: fewer do not wait for each other's."""


class Sink(Protocol):
    """Where one socket's output goes: its session, or a `Held` until it is connected."""

    pending: list[bytes] | None

    @property
    def flowing(self) -> bool:
        """Whether `write` may be called."""

    @property
    def write(self) -> Callable[[bytes], object]:
        """Writes to the client at once."""

    def keep(self, waiting: list[bytes]) -> None:
        """Take what cannot be written now."""


class HasSink(Protocol):
    """A member of a room."""

    sink: Sink


class Outbox:
    """One per node. Every byte for every client passes here, and so has one order per client.

    Invariant: whatever was handed in earlier stands in the held broadcast or in some `pending`, and
    the held broadcast is the newest of it: anything else first moves it to its members' `pending`.
    """

    __slots__ = ("_dirty", "_frames", "_held", "_members", "_more_comes", "_scheduled")

    def __init__(self) -> None:
        self._members: dict[str, HasSink] | None = None
        self._frames: list[bytes] = []
        self._dirty: list[Sink] = []
        self._scheduled = False
        self._more_comes: Callable[[], bool] | None = None
        self._held: asyncio.TimerHandle | None = None

    def hold_while(self, more_comes: Callable[[], bool]) -> None:
        """Where there is much to write and more comes in a moment, wait for that: an answer and
        the event it is about are then one write to a client, which is half of what they cost.
        Whoever hands in what came says so with `came`."""
        self._more_comes = more_comes

    def came(self) -> None:
        """What was waited for is being handed in: all is written at the end of this turn."""
        if self._held is not None:
            self._hold_no_longer()
            asyncio.get_running_loop().call_soon(self.flush)

    def send(self, sink: Sink, frames: bytes) -> None:
        """To one client."""
        if self._members is not None:
            self.settle()
        if sink.pending is None:
            sink.pending = [frames]
            self._dirty.append(sink)
            if not self._scheduled:
                self._schedule()
        else:
            sink.pending.append(frames)

    def broadcast(self, members: dict[str, HasSink], frames: bytes) -> None:
        """To each of `members`, which may be a live room: it calls `settle` before it changes."""
        if self._members is members:
            self._frames.append(frames)
            return
        if len(members) == 1:
            for member in members.values():
                self.send(member.sink, frames)
            return
        if self._members is not None:
            self.settle()
        self._members = members
        self._frames.append(frames)
        if not self._scheduled:
            self._schedule()

    def settle(self) -> None:
        """Give the held broadcast to its members, because the room or their order is to change."""
        if self._members is None:
            return
        frames, members = self._take_broadcast(self._members)
        dirty = self._dirty
        for member in members.values():
            sink = member.sink
            if sink.pending is None:
                sink.pending = [frames]
                dirty.append(sink)
            else:
                sink.pending.append(frames)

    def flush(self) -> None:
        """Write everything now."""
        self._scheduled = False
        self._hold_no_longer()
        if self._members is not None:
            if not self._dirty:
                self._write_broadcast(*self._take_broadcast(self._members))
                return
            self.settle()
        dirty, self._dirty = self._dirty, []
        _to_each(dirty, _write_pending)

    def _write_broadcast(self, frames: bytes, members: dict[str, HasSink]) -> None:
        # A copy, since a write may end a session, and with it a membership.
        _to_each(tuple(members.values()), partial(_write_same, frames))

    def _take_broadcast(self, members: dict[str, HasSink]) -> tuple[bytes, dict[str, HasSink]]:
        self._members = None
        frames, self._frames = self._frames, []
        return frames[0] if len(frames) == 1 else b"".join(frames), members

    def _schedule(self) -> None:
        self._scheduled = True
        end = self.flush if self._more_comes is None else self._hold_or_flush
        asyncio.get_running_loop().call_soon(end)

    def _hold_or_flush(self) -> None:
        assert self._more_comes is not None  # noqa: S101 - else this is not scheduled
        if len(self._dirty) >= WORTH_HOLDING and self._more_comes():
            self._held = asyncio.get_running_loop().call_later(HELD_SECONDS, self.flush)
        else:
            self.flush()

    def _hold_no_longer(self) -> None:
        if self._held is not None:
            self._held.cancel()
            self._held = None


def _to_each(them: Sequence[To], write: Callable[[Iterator[To]], None]) -> None:
    """Write to all of them, also behind one at which it fails: writing may end a session, which
    is told to the application."""
    rest = iter(them)
    while True:
        try:
            write(rest)
        except Exception as error:  # noqa: BLE001 - whatever it is, others wait behind it
            log.error("writing to a client failed: %s", place(error))
        else:
            return


def _write_pending(sinks: Iterator[Sink]) -> None:
    for sink in sinks:
        pending, sink.pending = sink.pending, None
        if pending is None:
            continue
        if sink.flowing:
            sink.write(pending[0] if len(pending) == 1 else b"".join(pending))
        else:
            sink.keep(pending)


def _write_same(frames: bytes, members: Iterator[HasSink]) -> None:
    for member in members:
        sink = member.sink
        if sink.flowing:
            sink.write(frames)
        else:
            sink.keep([frames])

"""The backplane of many nodes: entries of one Redis stream, read by each from an explicit id.

Own entries come back through the stream like all others, so that every node hears one order. While
Redis is away a node hears its own at once and serves its own clients; what others missed of it is
not said again, but for what the application loads from its database (see ``when_back``).
"""

import asyncio
import logging
import random
import time
from collections.abc import Callable
from functools import partial
from typing import Any, Final

import hiredis

from realtime.hooks import check
from realtime.transport.backplane import (
    Hear,
    Message,
    Notice,
    Past,
    Place,
    Remember,
    Shelf,
    Unit,
    places,
)
from realtime.transport.backplane.redis import doors, hooks, meeting, metrics, past, wire
from realtime.transport.backplane.redis.entries import (
    Entry,
    before,
    comparable,
    fields,
    oldest_of,
    was_trimmed,
)
from realtime.transport.backplane.redis.given import Given
from realtime.transport.backplane.redis.link import Away, Link
from realtime.transport.backplane.redis.once import Once
from realtime.transport.backplane.redis.shelf import RedisShelf
from realtime.transport.backplane.redis.window import Window
from realtime.transport.failure import place

log = logging.getLogger("realtime.transport")

_NOWHERE: Final = (0, 0, 0)
_HOLE: Final = Notice("", b"")
"""Heard by this node alone, where it cannot have heard all: then nobody may be told that he has."""
TICK: Final = 0.5
SILENCE: Final = 1.5
"""Seconds without an answer to a command after which Redis counts as away."""
BLOCK_MS: Final = 1000
"""How long a read waits at Redis for the next entry."""
AT_ONCE: Final = 500
"""Entries of one read."""
MOST_PAUSE: Final = 2.0
"""Seconds between two attempts to reach Redis, at most."""


class RedisBackplane:
    """Backplane over Redis. `process` is a name that no other process has, or ever had."""

    alone = False

    def __init__(
        self, url: str, *, process: str, prefix: str, kept_seconds: float, kept_bytes: int
    ) -> None:
        check(hooks.HOOKS)
        self._where = places.place(url)
        self._node = process.encode()
        self._stream, self._epoch_key = (
            self._where.key(prefix, name) for name in ("stream", "epoch")
        )
        self.shelf: Shelf | None = RedisShelf(
            lambda: self._writer, lambda key: self._where.key(prefix, f"session:{key}")
        )
        self._window = Window(kept_seconds, kept_bytes)
        self._kept_ms = int(kept_seconds * 1000)
        self._hear: Hear = _nothing
        self._back: list[Callable[[], None]] = []
        self._writer: Link | None = None
        self._reader: Link | None = None
        self._connected = False
        self._reason = "not connected yet"
        self._epoch: bytes | None = None
        self.epoch = ""
        self.place: Place | None = None
        self._remember: Remember | None = None
        self._read_up_to = b"0-0"
        self._pending: list[Message] = []
        self._count = 0
        self._given = Given()
        self._once = Once()
        self._caught_up_at: int | None = None
        self._connecting: asyncio.Task[None] | None = None
        self._watching: asyncio.Task[None] | None = None
        self._tick: asyncio.TimerHandle | None = None
        self._suspected = False
        self._looked_at, self._read_by_then = 0.0, b"0-0"
        self._closed = False

    def when_back(self, tell: Callable[[], None]) -> None:
        """Call this each time after Redis was away, once all that it kept has been heard."""
        self._back.append(tell)

    async def start(self, hear: Hear, remember: Remember | None = None) -> None:
        """Begin to listen; where Redis is away, alone, until it is there."""
        self._hear, self._remember = hear, remember
        try:
            await self._connect()
        except Away as away:
            self._remember = None
            self._is_away(str(away))
            self._connect_later()

    def publish(self, message: Message) -> None:
        """Tell every node, this one when it comes back; alone, this one before returning."""
        if not self._connected:
            self._hear(message)
            return
        if not self._pending:
            asyncio.get_running_loop().call_soon(self._flush)
        self._pending.append(message)

    def under_way(self) -> bool:
        """Whether Redis has something of this node that has not come back."""
        return bool(self._given) or bool(self._pending)

    def own_address(self) -> str | None:
        """This end of the connection to Redis."""
        return self._writer.own_address() if self._writer is not None else None

    def well(self) -> str | None:
        """None while Redis answers."""
        return None if self._connected else f"redis is away ({self._reason}): this node is alone"

    async def close(self) -> None:
        """Hand over what was published, and stop."""
        self._closed = True
        for task in (self._connecting, self._watching):
            if task is not None:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
        self._flush()
        if self._tick is not None:
            self._tick.cancel()
        if self._reader is not None:
            self._reader.close()
        if self._writer is not None:
            await self._writer.finish()
        self._connected = False
        metrics.CONNECTED.set(None)
        self._hear = _nothing

    # To Redis.

    def _flush(self) -> None:
        """What this turn of the loop published, as one entry."""
        if not self._pending or self._writer is None or not self._connected:
            return
        messages, self._pending = self._pending, []
        self._count += 1
        self._given.add(self._count, messages)
        self._writer.send(self._added, *self._entry(wire.encode(messages)))
        metrics.PUBLISHED.inc()

    def _entry(self, blob: bytes) -> tuple[str | bytes | int, ...]:
        return ("XADD", self._stream, "*", "n", self._node, "c", self._count, "m", blob)

    def _added(self, answer: Any) -> None:
        if isinstance(answer, hiredis.ReplyError):
            self._lose(str(Away.refused(answer)))

    # From Redis.

    def _read(self) -> None:
        if self._reader is not None:
            command = ("XREAD", "COUNT", AT_ONCE, "BLOCK", BLOCK_MS, "STREAMS")
            self._reader.send(self._were_read, *command, self._stream, self._read_up_to)

    def _were_read(self, answer: Any) -> None:
        if isinstance(answer, hiredis.ReplyError):
            self._lose(str(Away.refused(answer)))
            return
        for entry in answer[0][1] if answer else ():
            self._take(entry)
        self._read()

    def _take(self, entry: Entry) -> None:
        """One entry: heard once, whoever wrote it and however often it came."""
        self._read_up_to, given = entry
        ms, number = comparable(self._read_up_to)
        self.place = (ms, number, 0)
        metrics.HEARD.inc()
        try:
            node, count, blob = fields(given)
            self._window.add(self._read_up_to, len(blob))
            if node == self._node:
                self._hear_own(count)
            elif self._once.is_new(node, count):
                for index, message in enumerate(wire.decode(blob)):
                    self.place = (ms, number, index)
                    self._hear(message)
        except ValueError as error:
            metrics.GARBAGE.inc()
            log.warning("backplane: an entry cannot be read: %s", error)
        except Exception as error:  # noqa: BLE001 - those behind it must be heard
            log.error("backplane: an entry failed: %s", place(error))

    def _hear_own(self, count: int) -> None:
        ms, number, _ = self.place or _NOWHERE
        # Nothing, where it was heard when cut off.
        for index, message in enumerate(self._given.back(count)):
            self.place = (ms, number, index)
            self._hear(message)
        if count == self._caught_up_at:
            self._caught_up_at = None
            for tell in self._back:
                tell()

    # There and away.

    async def _connect(self) -> None:
        """Raises Away."""
        met = await meeting.meet(self._where, self._stream, self._epoch_key, self._lost)
        try:
            self._count += 1
            # Shows that Redis takes entries, and where those begin that this node must hear.
            begin = await met.writer.ask(*self._entry(b""))
            before_us = None if self._remember is None else await self._past(met.writer, begin)
            oldest = await met.writer.ask(*oldest_of(self._stream))
            if not met.stands:  # nobody would ever notice: what nobody asks is not silent
                raise Away("connection lost")
        except BaseException:
            met.close()
            raise
        self._writer, self._reader = met.writer, met.reader
        if met.epoch == self._epoch and was_trimmed(self._read_up_to, oldest):
            self._hear_alone(_HOLE)
        self._read_up_to = self._place(met.epoch, begin)
        if self._epoch is not None or self._reason != "not connected yet":
            self._caught_up_at = self._count
        self._epoch, self.epoch = met.epoch, met.epoch_of_places
        if before_us is not None and self._remember is not None:
            self._remember(*before_us)
            self._remember, self.place = None, (*comparable(begin), 0)
        self._is_there()
        if self._where.kind == "sentinel":
            self._watching = asyncio.get_running_loop().create_task(self._watch(met.url))

    async def _past(self, writer: Link, begin: bytes) -> tuple[Place, Past]:
        """What nodes said before this one began. Raises Away."""
        first, entries = await past.read(writer, self._stream, begin, self._kept_ms)
        said: list[tuple[Place, Unit | Notice]] = []
        for entry in entries:
            self._window.add(entry[0], len(entry[1][-1]))
            said += past.said(entry, self._once)
        return first, said

    def _place(self, epoch: bytes, begin: bytes) -> bytes:
        """After which entry to go on: where it stopped, if that is still the same stream."""
        if self._epoch is None:
            return before(begin) if self._reason != "not connected yet" else begin
        if epoch != self._epoch:
            return b"0-0"
        return min(self._read_up_to, before(begin), key=comparable)

    def _is_there(self) -> None:
        self._connected = True
        metrics.CONNECTED.set(1)
        self._suspected = False
        self._look_later()
        self._read()

    async def _watch(self, url: str) -> None:
        await doors.until_moved(self._where, self._stream, url)
        self._watching = None
        self._lose("failed over")

    def _lost(self) -> None:
        self._lose("connection lost")

    def _lose(self, reason: str) -> None:
        """Redis is away: whoever waits for it here need not, and what is ours is heard at once."""
        if not self._connected or self._closed:
            return
        self._is_away(reason)
        for link in (self._writer, self._reader):
            if link is not None:
                link.close()
        self._writer = self._reader = None
        if self._tick is not None:
            self._tick.cancel()
        if self._watching is not None:
            self._watching.cancel()
        own, self._pending = [*self._given.take_all(), *self._pending], []
        for message in own:
            self._hear_alone(message)
        self._connect_later()

    def _hear_alone(self, message: Message) -> None:
        """Hear one that Redis did not bring; those behind it, and those to come, must be heard."""
        try:
            self._hear(message)
        except Exception as error:  # noqa: BLE001 - as where Redis brings it
            log.error("backplane: a message failed: %s", place(error))

    def _is_away(self, reason: str) -> None:
        self._connected = False
        self._reason = reason
        self.place = None
        metrics.CONNECTED.set(0)
        metrics.CUT_OFF.inc()
        log.warning("redis is away (%s): this node serves its own clients alone", reason)

    def _connect_later(self) -> None:
        self._connecting = asyncio.get_running_loop().create_task(self._until_connected())

    async def _until_connected(self) -> None:
        pause = 0.1
        while not self._connected:
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - only to spread
            pause = min(2 * pause, MOST_PAUSE)
            try:
                await self._connect()
            except Away as away:
                self._reason = str(away)
            except Exception as error:  # noqa: BLE001 - whatever it is, it may pass
                self._reason = type(error).__name__
                log.error("redis cannot be used: %s", place(error))
        log.warning("redis is back")

    def _look(self) -> None:
        """Twice a second: does Redis answer, and what need it keep no longer?"""
        assert self._writer is not None and self._reader is not None  # noqa: S101, PT018
        waited = (self._writer.silent_for(), self._reader.silent_for() - BLOCK_MS / 1000)
        silent, self._suspected = self._suspected, max(waited) > SILENCE
        if self._suspected and silent:  # twice: this process may have slept itself
            self._lose("no answer")
            return
        if time.time() - self._looked_at > TICK + SILENCE:  # it has, or the clock was put forward
            self._writer.send(partial(self._slept, self._read_by_then), *oldest_of(self._stream))
        self._look_later()
        first = self._window.first_kept()
        if first is not None:
            self._writer.send(_nothing, "XTRIM", self._stream, "MINID", "~", first)
        self._writer.send(self._same_epoch, "GET", self._epoch_key)
        metrics.WINDOW.set(self._window.length)

    def _look_later(self) -> None:
        self._looked_at, self._read_by_then = time.time(), self._read_up_to
        self._tick = asyncio.get_running_loop().call_later(TICK, self._look)

    def _slept(self, read_up_to: bytes, oldest: Any) -> None:
        """What was let go of while this process slept nobody will bring."""
        if not isinstance(oldest, hiredis.ReplyError) and was_trimmed(read_up_to, oldest):
            self._lose("it was not read for too long")
            self._hear_alone(_HOLE)

    def _same_epoch(self, answer: Any) -> None:
        """A wiped Redis has another epoch, or none: what it had is lost, and places begin anew."""
        if answer != self._epoch:
            self._lose("it was wiped")


def _nothing(_: Any) -> None:
    pass

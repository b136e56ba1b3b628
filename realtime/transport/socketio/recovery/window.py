"""What was said in the last minutes and to which rooms: in memory, bounded by time and bytes."""

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final

from realtime.transport.backplane import Delivery
from realtime.transport.socketio.recovery.positions import Position

Key = tuple[str, str]
"""A namespace and a room; the room is empty for everybody in the namespace."""

_OVERHEAD: Final = 600
"""Bytes that an entry costs beside its frames, measured."""

Doubt = tuple[int, int] | None

Before = int | tuple[int | None, ...] | None
"""The number of the entry before one, in each of its rooms where it has several."""


class Unsure(Exception):  # noqa: N818 - an answer: the word is the reason
    """It cannot be told what somebody missed."""


def heard_in(delivery: Delivery) -> Sequence[Key]:
    """Where something is to be heard."""
    namespace, rooms = delivery.namespace, delivery.rooms
    return [(namespace, room) for room in rooms] if rooms else [(namespace, "")]


class Entry:
    """One delivery. `at` is its place in the order of all nodes; `said` is where this node stood
    when it delivered it, which is what its listeners were told."""

    __slots__ = (
        "at",
        "before",
        "but",
        "delivery",
        "doubt",
        "late",
        "number",
        "order",
        "said",
        "told",
    )

    def __init__(
        self, number: int, delivery: Delivery, at: Position, said: Position, doubt: Doubt
    ) -> None:
        self.number = number
        self.delivery = delivery
        self.at = at
        self.said = said
        self.doubt = doubt
        """Between which times (ms) other nodes may have told it; None for just at its place."""
        self.late = False
        """Whether only nodes may have told it elsewhere that warn of that."""
        self.order = ""
        """The key of the order in which it has a place; empty for none."""
        self.but: tuple[str, ...] = ()
        """Rooms whose sockets do not hear it."""
        self.told: bytes | None = None
        """The frames with their offset, once somebody needs them."""
        self.before: Before = None

    def before_in(self, key: Key) -> int | None:
        """The number of the entry that was heard there before it; it may be gone by now."""
        before = self.before
        return before[self.delivery.rooms.index(key[1])] if isinstance(before, tuple) else before

    def is_doubtful(self, at: Position) -> bool:
        """Whether somebody who was told all up to there by another node may have been told it."""
        if self.doubt is None:
            return False
        since, until = self.doubt
        if until <= self.said[0]:
            return since <= at[0] and at < self.said
        return since <= at[0] <= until

    def skips(self, names: Collection[str]) -> bool:
        """Whether it was not for one of these sessions, sids or rooms."""
        delivery = self.delivery
        if delivery.skip_session is not None and delivery.skip_session in names:
            return True
        return any(name in names for name in (*delivery.skip_sids, *self.but))


class Window:
    """The entries of the last `seconds`, of `most_bytes` at most."""

    def __init__(self, seconds: float, most_bytes: int) -> None:
        self._kept_ms = int(seconds * 1000)
        self._most = most_bytes
        self._entries: deque[Entry] = deque()
        self._last: dict[Key, int] = {}
        """The number of the last entry that was heard somewhere."""
        self._doubted: deque[Entry] = deque()
        self._elsewhere: dict[Key, tuple[int, int]] = {}
        self._warned_ms = 0
        self.bytes = 0
        self.next_number = 0
        self.begin: Position | None = None
        """All that was said after this is here; None while nothing is kept."""

    @property
    def first_number(self) -> int:
        """The number of the oldest entry that is still here."""
        return self._entries[0].number if self._entries else self.next_number

    def open(self, begin: Position) -> None:
        """Keep what is said from now on, and nothing from before."""
        self.close()
        self.begin = begin

    def close(self) -> None:
        """Forget everything: there is a hole in what was heard, and in the numbers."""
        self.next_number += 1
        self._entries.clear()
        self._last.clear()
        self._doubted.clear()
        self.bytes = 0
        self.begin = None

    def add(self, delivery: Delivery, at: Position, said: Position, doubt: Doubt = None) -> Entry:
        """Something is said now."""
        entry = Entry(self.next_number, delivery, at, said, doubt)
        self.next_number += 1
        self._entries.append(entry)
        before = [self._put_last(key, entry.number) for key in heard_in(delivery)]
        entry.before = before[0] if len(before) == 1 else tuple(before)
        if doubt is not None:
            self._doubted.append(entry)
        self.bytes += len(delivery.frames) + _OVERHEAD
        if self.bytes > self._most:
            self._shorten()
        return entry

    def keep_told(self, entry: Entry, frames: bytes) -> bytes:
        """Remember an entry's frames with their offset."""
        entry.told = frames
        if entry.number >= self.first_number:  # else it was let go of meanwhile
            self.bytes += len(frames)
        return frames

    def doubt(self, keys: Iterable[Key], since: int, until: int) -> None:
        """Between two times (ms) other nodes may tell what is not here."""
        self._elsewhere |= dict.fromkeys(keys, (since, until))

    def one_told_by_itself(self, now_ms: int) -> None:
        """A node has told its own clients what others hear by and by: it was cut off, or had too
        much of it."""
        self._warned_ms = now_ms

    def trim(self, now_ms: int) -> None:
        """Let go of what is too old."""
        oldest = now_ms - self._kept_ms
        while self._entries and self._entries[0].said[0] < oldest:
            self._drop()
        for key in [key for key, (_, until) in self._elsewhere.items() if until < oldest]:
            del self._elsewhere[key]

    def covers(self, at: Position) -> bool:
        """Whether all that was said after a position is here."""
        return self.begin is not None and at >= self.begin

    def seconds(self, now_ms: int) -> float:
        """How far back it reaches."""
        return (now_ms - self._entries[0].said[0]) / 1000 if self._entries else 0.0

    def missed(
        self,
        since: Mapping[Key, Position],
        low: Position | None,
        own: Collection[str],
        *,
        here: bool = False,
    ) -> list[Entry]:
        """What rooms heard, each after its position, in the order in which it was said here.

        What was not for `own` sessions is left out. `here`: the positions are of what this node
        told them, so that it does not matter when others did. Raises Unsure.
        """
        found: dict[int, Entry] = {}
        for key, after in since.items():
            for entry in self._heard(key):
                if entry.said < (low or after):
                    break
                if entry.skips(own):
                    continue
                if low is not None and low <= entry.at < after:
                    raise Unsure("unsure")
                if (entry.said if here else entry.at) > after:
                    found[entry.number] = entry
        if not here:
            self._check_doubts(since)
        return [found[number] for number in sorted(found)]

    def last_said(
        self, key: Key, number: int, joined: Position, own: Collection[str]
    ) -> Position | None:
        """The last that a room heard from an entry on, after a position; not for `own` sessions."""
        for entry in self._heard(key):
            if entry.number < number or entry.said <= joined:
                break
            if not entry.skips(own):
                return entry.said
        return None

    def _put_last(self, key: Key, number: int) -> int | None:
        before = self._last.get(key)
        self._last[key] = number
        return before

    def _heard(self, key: Key) -> Iterator[Entry]:
        """What was heard somewhere, the latest first."""
        first, number = self.first_number, self._last.get(key)
        while number is not None and number >= first:
            entry = self._entries[number - first]
            yield entry
            number = entry.before_in(key)

    def _check_doubts(self, since: Mapping[Key, Position]) -> None:
        """Also what was said here long before may be in doubt elsewhere."""
        for key in since.keys() & self._elsewhere.keys():
            begin, end = self._elsewhere[key]
            if begin <= since[key][0] <= end:
                raise Unsure("unsure")
        for entry in self._doubted:
            if entry.late and entry.doubt is not None and self._warned_ms < entry.doubt[0]:
                continue
            for key in heard_in(entry.delivery):
                if key in since and entry.is_doubtful(since[key]):
                    raise Unsure("unsure")

    def _shorten(self) -> None:
        # A little more than needed, so that it is not needed again at once.
        while self._entries and self.bytes > self._most * 0.95:
            self._drop()

    def _drop(self) -> None:
        entry = self._entries.popleft()
        self.begin = entry.said
        self.bytes -= len(entry.delivery.frames) + _OVERHEAD + len(entry.told or b"")
        for key in heard_in(entry.delivery):
            if self._last.get(key) == entry.number:
                del self._last[key]
        if entry.doubt is not None:
            self._doubted.popleft()

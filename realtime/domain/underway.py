"""What is being read, and what of it has changed since: an answer may be of before.

Only what is read itself counts: on a busy node something else always changes, and whoever read anew
for that would never be done.
"""

from collections import OrderedDict
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

Key = TypeVar("Key")

MOST = 10_000
"""How many of the latest changes are remembered, for reads that do not know what they will find."""


@dataclass(slots=True)
class _Read:
    """By how many something is read now, and how often it has changed since the first of them."""

    readers: int = 0
    changes: int = 0


class UnderWay(Generic[Key]):
    """The reads under way of one memory."""

    def __init__(self) -> None:
        self._reads: dict[Key, _Read] = {}

    def changed(self, key: Key) -> None:
        """What is known of it is void."""
        if key in self._reads:
            self._reads[key].changes += 1

    def all_changed(self) -> None:
        """Nothing that is being read may be kept."""
        for read in self._reads.values():
            read.changes += 1

    @contextmanager
    def reading(self, keys: Collection[Key]) -> Iterator[Callable[[Key], bool]]:
        """While these, each named once, are read; gives whether one is as it was at first."""
        for key in keys:
            self._reads.setdefault(key, _Read()).readers += 1
        before = {key: self._reads[key].changes for key in keys}
        try:
            yield lambda key: self._reads[key].changes == before[key]
        finally:
            for key in keys:
                self._reads[key].readers -= 1
                if not self._reads[key].readers:
                    del self._reads[key]


class Lately(Generic[Key]):
    """What has changed lately, for who learns only by reading what it was of: ``then = lately.now``
    before, ``lately.is_same(key, then)`` of each that was found. Of what has changed since so much
    else has, nothing is known, and it counts as changed."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._changed: OrderedDict[Key, int] = OrderedDict()
        self._known_since = 0
        self.now = 0
        """How many changes there have been."""

    def changed(self, key: Key) -> None:
        """What is known of it is void."""
        self.now += 1
        self._changed[key] = self.now
        self._changed.move_to_end(key)
        if len(self._changed) > self._most:
            _, self._known_since = self._changed.popitem(last=False)

    def all_changed(self) -> None:
        """What is known of anything is void."""
        self.now += 1
        self._changed.clear()
        self._known_since = self.now

    def is_same(self, key: Key, then: int) -> bool:
        """Whether it is surely as it was then."""
        return then >= max(self._known_since, self._changed.get(key, 0))

"""What is being read, and what of it has changed since: an answer may be of before.

Only what is read itself counts: on a busy node something else always changes, and whoever read anew
for that would never be done.
"""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

Key = TypeVar("Key")


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

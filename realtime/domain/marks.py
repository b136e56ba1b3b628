"""What an offset says besides its place: which changes had been said by then.

A place means something only as long as a record tells what was said there, and that is kept once a
second. What was said since the last of it is in the offset itself, where that is little enough:

    s19d3f0a1b2c-a1139ae43821-0f33b1c0d97    all that was said after that time (ms, in hexadecimal),
                                             a mark for each order
    a1139ae43821                             just the change that was heard there, and maybe others
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2s

from realtime.domain.events import Order

MOST = 4
"""Orders whose changes an offset names at most, beside that of its own."""

_DIGEST = 10
"""Characters of it in a mark."""


def mark_of(order: Order) -> str:
    """A change's short name: a digest of whose order it is of, and its number."""
    key, number = order
    return f"{_digest(key)}{number}"


class Tail:
    """What was said here since a time; forgotten where it is of more than a few orders."""

    __slots__ = ("_marks", "_since", "_text")

    def __init__(self, since_ms: int) -> None:
        self._since = f"s{since_ms:x}"
        self._marks: dict[str, str] | None = {}
        self._text = self._since

    def add(self, order: Order) -> None:
        """A change was said."""
        if self._marks is None:
            return
        self._marks[order[0]] = mark_of(order)
        if len(self._marks) > MOST:
            self._marks = None
        else:
            self._text = "-".join((self._since, *self._marks.values()))

    def text(self, order: Order | None) -> str:
        """What an offset says now, where this change is being said; None: nothing that has one."""
        if self._marks is None:
            return "" if order is None else mark_of(order)
        return self._text if order is None else f"{self._text}-{mark_of(order)}"


@dataclass(frozen=True, slots=True)
class Marks:
    """What an offset said. ``since`` is the time (ms) after which nothing else had been said; None
    where other things may have been."""

    since: int | None = None
    _last: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def read(cls, text: str | None) -> "Marks":
        """Nothing for what we cannot have written."""
        marks = text.split("-") if text else []
        try:
            since = int(marks.pop(0)[1:], 16) if text and text.startswith("s") else None
            # An order's last change comes last.
            return cls(since, {each[:_DIGEST]: int(each[_DIGEST:]) for each in marks})
        except ValueError:
            return NOTHING

    def last_of(self, key: str) -> int | None:
        """The number of the last change of an order that had been said; None: it is not named."""
        return self._last.get(_digest(key))


NOTHING = Marks()


@lru_cache(maxsize=4096)  # it is asked for with each step that is said
def _digest(key: str) -> str:
    return blake2s(key.encode(), digest_size=_DIGEST // 2).hexdigest()

"""What an offset says besides its place: which changes had been said by then.

A place means something only as long as a record tells what was said there, and that is kept once a
second. What was said since the last of it is in the offset itself, where that is little enough:

    s19d3f0a1b2c-a1139ae43821-0f33b1c0d97    all that was said after that time (ms, in hexadecimal),
                                             a mark for each order
    r19d3f0a1b2c-a1139ae43821                all of conversations, but not of what is a user's own
    a1139ae43821                             just the change that was heard there, and maybe others
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2s

from realtime.domain.events import OF_USER, Order

MOST = 4
"""Orders whose changes an offset names at most, beside that of its own."""

OF_ALL, OF_CONVERSATIONS = KINDS = ("s", "r")
"""What an offset begins with that names all; no digits of a mark."""

_DIGEST = 10
"""Characters of it in a mark."""


def mark_of(order: Order) -> str:
    """A change's short name: a digest of whose order it is of, and its number."""
    key, number = order
    return f"{_digest(key)}{number}"


class Tail:
    """What was said here since a time; forgotten where it is of more than a few orders. A crowd is
    notified one by one: what is users' own is forgotten before what is of conversations."""

    __slots__ = ("_conversations", "_own", "_since", "_text")

    def __init__(self, since_ms: int) -> None:
        self._since = f"{since_ms:x}"
        self._conversations: dict[str, str] | None = {}
        self._own: dict[str, str] | None = {}
        self._text = self._written()

    def add(self, order: Order) -> None:
        """A change was said."""
        if self._conversations is None:
            return
        marks = self._own if order[0].startswith(OF_USER) else self._conversations
        if marks is None:
            return
        marks[order[0]] = mark_of(order)
        if len(self._conversations) > MOST:
            self._conversations = None
        if self._own is not None and len(self._own) + len(self._conversations or ()) > MOST:
            self._own = None
        self._text = self._written()

    @property
    def whole(self) -> bool:
        """Whether all that was said is named."""
        return self._conversations is not None and self._own is not None

    def text(self, order: Order | None) -> str:
        """What an offset says now, where this change is being said; None: nothing that has one."""
        if order is None:
            return self._text
        return f"{self._text}-{mark_of(order)}" if self._text else mark_of(order)

    def _written(self) -> str:
        if self._conversations is None:
            return ""
        kind = OF_CONVERSATIONS if self._own is None else OF_ALL
        marks = (*self._conversations.values(), *(self._own or {}).values())
        return "-".join((f"{kind}{self._since}", *marks))


@dataclass(frozen=True, slots=True)
class Marks:
    """What an offset said. ``since`` is the time (ms) after which nothing else had been said, None
    where other things may have been; ``all`` whether that goes for what is a user's own, too."""

    since: int | None = None
    all: bool = False
    _last: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def read(cls, text: str | None) -> "Marks":
        """Nothing for what we cannot have written."""
        kind, marks = (text or "")[:1], text.split("-") if text else []
        try:
            since = int(marks.pop(0)[1:], 16) if kind in KINDS else None
            # An order's last change comes last.
            last = {each[:_DIGEST]: int(each[_DIGEST:]) for each in marks}
        except ValueError:
            return NOTHING
        return cls(since, kind == OF_ALL, last)

    def last_of(self, key: str) -> int | None:
        """The number of the last change of an order that had been said; None: it is not named."""
        return self._last.get(_digest(key))

    def names_all(self, key: str, begin_ms: int) -> bool:
        """Whether all changes of an order are named that were said after a time."""
        if self.since is None or self.since > begin_ms:
            return False
        return self.all or not key.startswith(OF_USER)


NOTHING = Marks()


@lru_cache(maxsize=4096)  # it is asked for with each step that is said
def _digest(key: str) -> str:
    return blake2s(key.encode(), digest_size=_DIGEST // 2).hexdigest()

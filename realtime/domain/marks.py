"""What an offset says besides its place: which changes had been said by then.

A place means something only as long as a record tells what was said there, and that is kept once a
second. What was said since the last of it is in the offset itself, where that is little enough:

    s93e219d3f0a1b2c-a1139ae43821-0f33b1c0d97  all that was said after a time, a mark for each order
    r93e219d3f0a1b2c-a1139ae43821              all of conversations, but not of what is a user's own
    a1139ae43821                               just the change that was heard there, maybe others

The time is in ms, in hexadecimal, behind four characters that show who wrote it. Orders are not
named to those who read them: who knows a conversation or a person must not see what happens there.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2s

from realtime.domain.orders import OF_USER, Order

MOST = 4
"""Orders whose changes an offset names at most, beside that of its own."""

OF_ALL, OF_CONVERSATIONS = KINDS = ("s", "r")
"""What an offset begins with that names all; no digits of a mark."""

_NAME = 10
"""Characters of an order's name in a mark."""

_CHECK = 4
"""Characters that stand before a time."""


class Names:
    """Short names of orders, which say something only to whom has the database's secret (in
    hexadecimal)."""

    def __init__(self, secret: str) -> None:
        self._secret = bytes.fromhex(secret)
        self.of = lru_cache(maxsize=4096)(self._of)  # it is asked for with each step that is said

    def mark(self, order: Order) -> str:
        """A change's short name: its order's, and its number there."""
        key, number = order
        return f"{self.of(key)}{number}"

    def time(self, ms: int) -> str:
        """A time, and that it is ours."""
        written = f"{ms:x}"
        return self.of(written)[:_CHECK] + written

    def read_time(self, text: str) -> int:
        """Raises ValueError for what `time` did not write."""
        ms = int(text[_CHECK:], 16)
        if text != self.time(ms):
            raise ValueError("written by somebody else")
        return ms

    def _of(self, key: str) -> str:
        digest = blake2s(key.encode(), digest_size=_NAME // 2, key=self._secret, person=b"marks")
        return digest.hexdigest()


class Tail:
    """What was said here since a time; forgotten where it is of more than a few orders. A crowd is
    notified one by one: what is users' own is forgotten before what is of conversations."""

    __slots__ = ("_conversations", "_names", "_own", "_since", "_text")

    def __init__(self, names: Names, since_ms: int) -> None:
        self._names = names
        self._since = names.time(since_ms)
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
        marks[order[0]] = self._names.mark(order)
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
        mark = self._names.mark(order)
        return f"{self._text}-{mark}" if self._text else mark

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
    _names: Names | None = field(default=None, compare=False)

    @classmethod
    def read(cls, names: Names, text: str | None) -> "Marks":
        """Nothing for what we cannot have written."""
        kind, marks = (text or "")[:1], text.split("-") if text else []
        try:
            since = names.read_time(marks.pop(0)[1:]) if kind in KINDS else None
            # An order's last change comes last.
            last = {each[:_NAME]: int(each[_NAME:]) for each in marks}
        except ValueError:
            return NOTHING
        return cls(since, kind == OF_ALL, last, names)

    def last_of(self, key: str) -> int | None:
        """The number of the last change of an order that had been said; None: it is not named."""
        return None if self._names is None else self._last.get(self._names.of(key))

    def names_all(self, key: str, begin_ms: int) -> bool:
        """Whether all changes of an order are named that were said after a time."""
        if self.since is None or self.since > begin_ms:
            return False
        return self.all or not key.startswith(OF_USER)


NOTHING = Marks()

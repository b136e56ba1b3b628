"""Where something was said, in the one order that all nodes hear; and how a client is told."""

import re
from typing import Final, NamedTuple

from realtime.transport.backplane import Place

Position = tuple[int, int, int, int]
"""A place, and how many of the deliveries there: one message may let others go that waited."""

NOWHERE: Final[Position] = (0, 0, 0, 0)
"""Before everything."""

UNSURE: Final = b"-"
"""The offset of what has no place in the order of all nodes. Nobody can recover from it."""

_POSITION: Final = r"\d{1,16}(?:-\d{1,19}){1,3}"
_OFFSET: Final = re.compile(
    rf"(?P<at>{_POSITION})(?:~(?P<low>{_POSITION}))?\.(?P<epoch>[0-9a-z]{{1,16}})"
    r"(?:\.(?P<mark>[0-9a-z-]{1,200}))?",
    re.ASCII,
)


class Offset(NamedTuple):
    """What a client says of itself: all up to `at` has reached it, but perhaps what others than
    its last event did between `low` and there."""

    at: Position
    low: Position | None
    epoch: str
    mark: str | None = None
    """What the application said there of what had been said."""


def written(at: Position, low: Place | None, epoch: bytes, mark: str = "") -> bytes:
    """An offset's text: `<ms>-<n>.<epoch>`, longer where one entry said several things, and with
    the application's mark behind it."""
    if mark:
        epoch = b"%s.%s" % (epoch, mark.encode())
    if low is None:
        return b"%s.%s" % (_text(at), epoch)
    return b"%s~%s.%s" % (_text(at), _text((*low, 0)), epoch)


def read(given: object) -> Offset | None:
    """An offset as a client brought it; None for what we never wrote."""
    found = _OFFSET.fullmatch(given) if isinstance(given, str) else None
    if found is None:
        return None
    low = found["low"]
    low_position = position_of(low) if low else None
    return Offset(position_of(found["at"]), low_position, found["epoch"], found["mark"])


def _text(at: Position) -> bytes:
    ms, number, message, deliveries = at
    if deliveries != 1:
        return b"%d-%d-%d-%d" % at
    return b"%d-%d-%d" % (ms, number, message) if message else b"%d-%d" % (ms, number)


def position_of(text: str) -> Position:
    """A position as `text_of` wrote it. Raises ValueError."""
    ms, number, *rest = (int(part) for part in text.split("-"))
    message, deliveries = (*rest, *(0, 1)[len(rest) :])
    return ms, number, message, deliveries


def text_of(at: Position) -> str:
    """A position for a record."""
    return _text(at).decode()

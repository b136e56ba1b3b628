"""Ids of ours for things that have one of the application's: always the same for the same thing.

Those of messages and notifications begin with their date, as all of ours do: lists are in their
order, and whoever looks for what is new need not look at what is old.
"""

from datetime import datetime
from hashlib import blake2b
from uuid import UUID, uuid5

from realtime.domain.ids import earliest_at

OURS = UUID("6b0ad0f6-8a0f-4c15-9c5e-5f5a3b0c7a11")
"""The name space of what has no date."""

DATED = 7
"""The version of a UUID that begins with a date."""

DIGITS = 32
"""Of a UUID, at least."""


def of_conversation(key: str) -> UUID:
    """A UUID stays what it is."""
    return uuid_in(key) or uuid5(OURS, key)


def of_pair(low: str, high: str) -> UUID:
    """The conversation of two people that nobody has named."""
    return uuid5(OURS, f"{len(low)}:{low}:{high}")


def dated(kind: str, key: str, at: datetime) -> UUID:
    """A message's or a notification's; a UUID that begins with a date stays what it is."""
    given = uuid_in(key)
    return given if given is not None and given.version == DATED else _made(f"{kind} {key}", at)


def uuid_in(key: str) -> UUID | None:
    """The UUID that a text is."""
    if len(key) < DIGITS:  # most ids are short: a raised error takes longer than all the rest
        return None
    try:
        return UUID(key)
    except ValueError:
        return None


def _made(name: str, at: datetime) -> UUID:
    rest = int.from_bytes(blake2b(name.encode(), digest_size=10).digest())
    return UUID(
        int=earliest_at(at).int | DATED << 76 | (rest >> 4 & 0xFFF) << 64 | 0b10 << 62 | rest >> 18
    )

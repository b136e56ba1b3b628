"""Ids that the application makes, so that rows can be stored in groups and tried again."""

from datetime import datetime
from functools import lru_cache
from uuid import UUID

from uuid_utils.compat import uuid7

FIRST = UUID(int=0)
"""Smaller than every id."""


def new_id() -> UUID:
    """A UUIDv7: unique, and in the order of making."""
    return uuid7()


@lru_cache(maxsize=65_536)
def id_text(id_: UUID) -> str:
    """An id's usual form, for one that is said again and again: a conversation's."""
    return str(id_)


def earliest_at(at: datetime) -> UUID:
    """What no id that is made at a time or later is smaller than."""
    return UUID(int=max(0, int(at.timestamp() * 1000)) << 80)

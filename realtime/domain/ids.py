"""Ids that the application makes, so that rows can be stored in groups and tried again."""

from datetime import datetime
from uuid import UUID

from uuid_utils.compat import uuid7

FIRST = UUID(int=0)
"""Smaller than every id."""


def new_id() -> UUID:
    """A UUIDv7: unique, and in the order of making."""
    return uuid7()


def earliest_at(at: datetime) -> UUID:
    """What no id that is made at a time or later is smaller than."""
    return UUID(int=max(0, int(at.timestamp() * 1000)) << 80)

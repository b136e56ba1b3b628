"""Ids that the application makes, so that rows can be stored in groups and tried again."""

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A UUIDv7: unique, and in the order of making."""
    return uuid7()

"""Where a notification is, told by which of its columns has a time."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol


class Place(StrEnum):
    """Where a notification is: in one of these at a time. Only those of the inbox can be unread."""

    INBOX = "inbox"
    SNOOZED = "snoozed"
    DISMISSED = "dismissed"
    ARCHIVED = "archived"


COLUMNS: Mapping[Place, str] = {
    Place.SNOOZED: "snoozed_until",
    Place.DISMISSED: "dismissed_at",
    Place.ARCHIVED: "archived_at",
}
"""What is not null of those that are there; all of the inbox's are."""


def in_inbox(now: datetime) -> dict[str, Any]:
    """The columns of what comes back there: it is kept from now on as if it had just come."""
    return {**dict.fromkeys(COLUMNS.values()), "grouped_at": now}


class Placed(Protocol):
    """A row or a record of a notification."""

    @property
    def snoozed_until(self) -> datetime | None: ...

    @property
    def dismissed_at(self) -> datetime | None: ...

    @property
    def archived_at(self) -> datetime | None: ...


def place_of(notification: Placed) -> Place:
    """Where it is."""
    for place, column in COLUMNS.items():
        if getattr(notification, column) is not None:
            return place
    return Place.INBOX

"""How values look on the wire, as far as a deployment may choose."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, NewType

from realtime.domain.records import Person

WireUserId = NewType("WireUserId", str | int)  # type: ignore[valid-newtype]
"""A user id as this deployment sends it; only ``Words.user_id`` makes one."""


@dataclass(frozen=True, slots=True)
class Words:
    """The settings that change words; made once per node.

    ``vapid_public_key`` is what browsers subscribe with, None where nothing is pushed.
    """

    integer_ids: bool = False
    share_email: bool = True
    lists: Literal["wrapped", "bare"] = "wrapped"
    messages_as: Literal["new_message", "notification", "both"] = "new_message"
    delete_messages: bool = False
    vapid_public_key: str | None = None

    def user_id(self, user_id: str) -> WireUserId:
        """The id with the JSON type that the frontends compare it with."""
        return int(user_id) if self.integer_ids else user_id  # type: ignore[return-value]

    def email(self, person: Person, viewer_id: str | None = None) -> str | None:
        """Her address, where the deployment shares it or she is looking at herself."""
        return person.email if self.share_email or person.id == viewer_id else None


def iso(at: datetime) -> str:
    """UTC with milliseconds, as JavaScript writes it: ``2026-01-05T12:00:00.000Z``."""
    utc = at if at.tzinfo is UTC else at.astimezone(UTC)
    return utc.isoformat(timespec="milliseconds")[: -len("+00:00")] + "Z"


def iso_or_none(at: datetime | None) -> str | None:
    """The same for what may not have happened."""
    return None if at is None else iso(at)

"""How values look on the wire, as far as a deployment may choose."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NewType, TypeVar

from realtime.domain.records import Person
from realtime.settings import Section

Own = TypeVar("Own", bound=Section)

WireUserId = NewType("WireUserId", str | int)  # type: ignore[valid-newtype]
"""A user id as this deployment sends it; only ``Words.user_id`` makes one."""


@dataclass(frozen=True, slots=True)
class Words:
    """The settings that change words; made once per node.

    ``vapid_public_key`` is what browsers subscribe with, None where nothing is pushed; ``own`` has
    the dialects' settings by their type.
    """

    integer_ids: bool = False
    share_email: bool = True
    vapid_public_key: str | None = None
    own: Mapping[type[Section], Section] = field(default_factory=dict)

    def of(self, settings: type[Own]) -> Own:
        """A dialect's own settings, their defaults where the deployment says nothing."""
        found = self.own.get(settings)
        return found if isinstance(found, settings) else settings()

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
    """A time as ``iso`` writes it; None for what has not happened."""
    return None if at is None else iso(at)

"""How a user's wishes about pushes are said, by herself and by the application for her."""

from typing import Annotated, TypedDict

from pydantic import Field

from realtime.dialects.fields import ConversationId, Date, Label, NotificationType, Payload, example
from realtime.dialects.words import iso_or_none
from realtime.domain import quiet
from realtime.domain.quiet import MOST_TYPES, Mute, QuietHours, Wishes

QuietHoursJson = TypedDict("QuietHoursJson", {"from": str, "to": str, "timeZone": str})


class WishesJson(TypedDict):
    quietHours: QuietHoursJson | None
    off: list[str]


class MuteJson(TypedDict):
    conversationId: str
    until: str | None


class Muted(TypedDict):
    data: MuteJson


class Mutes(TypedDict):
    data: list[MuteJson]


class QuietHoursBody(Payload):
    """Times of the day, as ``22:00``, in a time zone by its IANA name."""

    start: Annotated[Label, Field(alias="from", max_length=5)]
    to: Annotated[Label, Field(max_length=5)]
    timeZone: Annotated[Label, Field(max_length=64)]

    @property
    def hours(self) -> QuietHours:
        """As the domain takes them. Raises Malformed."""
        return quiet.quiet_hours(self.start, self.to, self.timeZone)


class WishesBody(Payload):
    """Any of the two; null ends the quiet hours, ``off`` are types of notifications."""

    model_config = example(
        quietHours={"from": "22:00", "to": "07:00", "timeZone": "Europe/Berlin"}, off=["LIKE"]
    )

    quietHours: QuietHoursBody | None = None
    # No tuple, of which pydantic looks at each item before it counts them
    off: Annotated[list[NotificationType], Field(default_factory=list, max_length=MOST_TYPES)]

    def changed(self) -> dict[str, object]:
        """What is to be changed, by the domain's names. Raises Malformed."""
        changed: dict[str, object] = {}
        if "quietHours" in self.model_fields_set:
            changed["quiet"] = self.quietHours and self.quietHours.hours
        if "off" in self.model_fields_set:
            changed["off"] = self.off
        return changed


class MutePath(Payload):
    conversationId: ConversationId


class MuteBody(MutePath):
    """``until`` an ISO 8601 time; null or none: until it is unmuted."""

    model_config = example(until="2026-01-05T12:00:00Z")

    until: Date | None = None


def wishes_json(wishes: Wishes) -> WishesJson:
    """What she wants."""
    hours = wishes.quiet
    shown = None if hours is None else _hours_json(hours)
    return {"quietHours": shown, "off": list(wishes.off)}


def _hours_json(hours: QuietHours) -> QuietHoursJson:
    return {
        "from": f"{hours.start:%H:%M}",
        "to": f"{hours.end:%H:%M}",
        "timeZone": hours.zone,
    }


def mute_json(mute: Mute) -> MuteJson:
    """A muted conversation."""
    return {"conversationId": str(mute.conversation_id), "until": iso_or_none(mute.until)}

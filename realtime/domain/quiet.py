"""When and of what a user wants no pushes: quiet hours, types, conversations."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from tortoise.expressions import Q
from tortoise.transactions import in_transaction

from realtime.domain import conversations, journal
from realtime.domain.actor import Actor
from realtime.domain.errors import Malformed
from realtime.domain.events import OwnChanged
from realtime.domain.ids import new_id
from realtime.domain.journal import Change, Kind
from realtime.domain.preferences import KINDS
from realtime.models import Mute as Row
from realtime.models import Preferences

MOST_TYPES = 200
"""Types of notifications that can be switched off by name."""


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From one time of the day to another, in a time zone by its IANA name; over midnight too."""

    start: time
    end: time
    zone: str

    def until(self, now: datetime) -> datetime | None:
        """When they end, if they are now; in UTC."""
        local = now.astimezone(ZoneInfo(self.zone))
        at = local.time().replace(microsecond=0)
        over_midnight = self.start > self.end
        inside = at >= self.start or at < self.end if over_midnight else self.start <= at < self.end
        if not inside:
            return None
        day = local.date() + timedelta(days=over_midnight and at >= self.start)
        end = self.end.replace(fold=local.fold)  # in an hour that comes twice, the same of the two
        return datetime.combine(day, end, local.tzinfo).astimezone(now.tzinfo)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a user has said of her pushes; ``off`` are types of which she wants none."""

    quiet: QuietHours | None = None
    off: tuple[str, ...] = ()

    def hours_now(self, now: datetime) -> datetime | None:
        """The end of the quiet hours, if they are now."""
        return None if self.quiet is None else self.quiet.until(now)


@dataclass(frozen=True, slots=True)
class Mute:
    """A conversation that is not pushed, until a time or for ever."""

    conversation_id: UUID
    until: datetime | None


def quiet_hours(start: str, end: str, zone: str) -> QuietHours:
    """Quiet hours as a user says them: "22:00", "07:00", "Europe/Berlin". Raises Malformed."""
    return QuietHours(*_times(start, end), _zone(zone))


async def of(actor: Actor) -> Wishes:
    """What the actor has said."""
    return wishes(await Preferences.get_or_none(user_id=actor.user_id))


def wishes(row: Preferences | None) -> Wishes:
    """As the row says."""
    said: Mapping[str, Any] = (row.push if row is not None else None) or {}
    quiet = said.get("quiet")
    return Wishes(_known(quiet) if quiet else None, tuple(said.get("off", ())))


def _known(said: Mapping[str, str]) -> QuietHours | None:
    """Hours of before; none in a zone that this machine does not know, or as another version says
    them: all who are decided about together would wait for it."""
    try:
        return quiet_hours(said["from"], said["to"], said["timeZone"])
    except (Malformed, KeyError, TypeError):
        return None


def is_off(row: Preferences | None, notification_type: str) -> bool:
    """Whether a user wants no pushes of this type, by either of the two places where she may say
    so."""
    kind = KINDS.get(notification_type)
    choices = row.choices if row is not None else {}
    return choices.get(f"pushOn{kind}") is False or notification_type in wishes(row).off


async def change(actor: Actor, **changed: Any) -> Wishes:
    """Change some of what ``Wishes`` has; what is left out stays. Raises Malformed."""
    if len(set(changed.get("off", ()))) > MOST_TYPES:
        raise Malformed("off", f"no more than {MOST_TYPES} types")
    if "off" in changed:
        changed["off"] = tuple(dict.fromkeys(changed["off"]))
    await actor.node.people.known(actor.user_id)
    async with in_transaction():
        # The user's row stays locked: two changes at once are merged one after the other.
        entry = {actor.user_id: Change(Kind.PREFERENCES, session=actor.session)}
        numbers = await journal.record_own(entry, actor.node.clock())
        said = replace(await of(actor), **changed)
        await Preferences.update_or_create({"push": _stored(said)}, user_id=actor.user_id)
    actor.node.announce(OwnChanged(actor.user_id, numbers.get(actor.user_id, 0)))
    return said


async def mute(actor: Actor, conversation_id: UUID, until: datetime | None) -> Mute:
    """Push nothing of a conversation to the actor until a time (None: until she unmutes it).

    Raises UnknownConversation, NotParticipant.
    """
    await conversations.access(actor, conversation_id)
    row = Row(id=new_id(), user_id=actor.user_id, conversation_id=conversation_id, until=until)
    its = ["user_id", "conversation_id"]  # in one statement: of two at once the later one counts
    await Row.bulk_create([row], on_conflict=its, update_fields=["until"])
    return Mute(conversation_id, until)


async def unmute(actor: Actor, conversation_id: UUID) -> None:
    """Push it again; what she has muted, also if she has left it.

    Raises UnknownConversation, NotParticipant for what is not muted.
    """
    hers = Row.filter(user_id=actor.user_id, conversation_id=conversation_id)
    if not await hers.delete():
        await conversations.access(actor, conversation_id)


async def mutes(actor: Actor) -> tuple[Mute, ...]:
    """The conversations that are muted for the actor now."""
    found = Row.filter(
        Q(until=None) | Q(until__gt=actor.node.clock()), user_id=actor.user_id
    ).order_by("id")
    return tuple(Mute(row.conversation_id, row.until) for row in await found)


def _stored(said: Wishes) -> dict[str, Any]:
    hours = said.quiet
    quiet = hours and {
        "from": f"{hours.start:%H:%M}",
        "to": f"{hours.end:%H:%M}",
        "timeZone": hours.zone,
    }
    return {"quiet": quiet, "off": list(said.off)}


def _times(start: str, end: str) -> tuple[time, time]:
    times = _time("from", start), _time("to", end)
    if times[0] == times[1]:
        raise Malformed("to", "quiet hours begin and end at different times")
    return times


def _time(name: str, given: str) -> time:
    try:
        return datetime.strptime(given, "%H:%M").time()  # noqa: DTZ007 - a time of any day
    except ValueError:
        raise Malformed(name, "a time of the day is like 22:00") from None


def _zone(given: str) -> str:
    try:
        ZoneInfo(given)
    except (ValueError, OSError, KeyError):  # not found is a KeyError, a folder an OSError
        raise Malformed("timeZone", "a time zone is like Europe/Berlin") from None
    return given

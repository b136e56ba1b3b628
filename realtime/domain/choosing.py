"""Which of a user's notifications are meant: by what she did with them, their types and makers."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from realtime.domain.actor import Actor
from realtime.domain.places import COLUMNS
from realtime.models import Notification as Row


class State(StrEnum):
    """What a list of the notification centre shows: those of one place, or fewer, or all."""

    INBOX = "inbox"
    UNREAD = "unread"
    UNSEEN = "unseen"
    SNOOZED = "snoozed"
    DISMISSED = "dismissed"
    ARCHIVED = "archived"
    ALL = "all"


# What is not in the inbox counts as read, so that unread is one column, for older nodes too.
_WHERE: Mapping[State, Mapping[str, Any]] = {
    State.INBOX: dict.fromkeys(COLUMNS.values()),
    State.UNREAD: {"read_at": None},
    State.UNSEEN: {"read_at": None, "seen_at": None},
    State.SNOOZED: {"snoozed_until__isnull": False},
    State.DISMISSED: {"dismissed_at__isnull": False},
    State.ARCHIVED: {"archived_at__isnull": False},
    State.ALL: {},
}


@dataclass(frozen=True, slots=True)
class Choice:
    """Which notifications a list shows; ``messages`` are those that messages made, ``groups`` those
    that messages in groups did, ``dismissed`` those that she dismissed, beside the inbox.

    Of these types and priorities only, where any is named; only those older than ``before``.
    """

    messages: bool = True
    groups: bool = True
    dismissed: bool = False
    types: tuple[str, ...] = ()
    priorities: tuple[str, ...] = ()
    read: bool | None = None
    state: State = State.INBOX
    before: UUID | None = None


def chosen(actor: Actor, choice: Choice) -> QuerySet[Row]:
    """These of the actor's; never those that have expired."""
    found = Row.filter(
        Q(expires_at=None) | Q(expires_at__gt=actor.node.clock()),
        user_id=actor.user_id,
        **_where(choice),
    )
    if not choice.messages:
        found = found.filter(message_id=None)
    elif not choice.groups:
        found = found.filter(in_group=False)
    if choice.before is not None:
        found = found.filter(id__lt=choice.before)
    return found


def _where(choice: Choice) -> dict[str, Any]:
    unread = choice.state is State.INBOX and choice.read is False
    where = dict(_WHERE[State.UNREAD if unread else choice.state])
    if choice.dismissed:
        where.pop("dismissed_at", None)
    if choice.types:
        where["type__in"] = choice.types
    if choice.priorities:
        where["priority__in"] = choice.priorities
    if choice.read is not None:
        where["read_at__isnull"] = not choice.read
    return where

"""What a deployment may decide about people, presence and messages."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from realtime.settings import Positive, Seconds, Section


class UserSettings(Section):
    """What is known of people."""

    must_exist: bool = False
    """Whether naming a user who is not known is refused, instead of making a placeholder."""
    share_email: bool = True


class PresenceSettings(Section):
    """Who is shown as online, to whom, and how soon not any more."""

    grace: Seconds = 2.0
    audience: Literal["everyone", "contacts"] = "everyone"

    @property
    def contacts_only(self) -> bool:
        """Whether only those who share a conversation may know."""
        return self.audience == "contacts"


class MessageSettings(Section):
    """`max_length` in characters, `delete_window` in minutes (none: for ever)."""

    max_length: Annotated[int, Field(ge=1, le=1_000_000)] = 10_000
    delete_window: Annotated[Positive, Field(le=52_560_000)] | None = None


class NotificationSettings(Section):
    """`group_hours` is how long a notification counts up those of its group, while it is unread;
    `kept_days` how long one is kept that was read, `unread_days` that was not.
    """

    group_hours: Annotated[float, Field(gt=0, le=8_760)] = 24.0
    kept_days: Annotated[int, Field(ge=1, le=36_500)] = 90
    unread_days: Annotated[int, Field(ge=1, le=36_500)] = 365

    @property
    def span(self) -> timedelta:
        """How old a notification may be that counts up."""
        return timedelta(hours=self.group_hours)


@dataclass(frozen=True, slots=True)
class Pushing:
    """What the domain must know of pushes: whether there are any, and of messages; how long after
    its cause one is decided, and how long after that again, where she has a socket; whether only a
    page that is looked at counts as being there; the push services that may be used (none: all).
    """

    on: bool = False
    messages: bool = True
    wait: timedelta = timedelta(seconds=5)
    again: timedelta = timedelta(0)
    visible_only: bool = False
    hosts: tuple[str, ...] = ()

    @property
    def for_messages(self) -> timedelta | None:
        """How long after a message its push is decided; None where messages are not pushed."""
        return self.wait if self.on and self.messages else None

"""Who is doing something, and what the node offers them to do it with."""

from dataclasses import dataclass, field, replace

from realtime.domain.events import Announce
from realtime.domain.memberships import Memberships
from realtime.domain.people import People
from realtime.domain.ports import Clock, Joined, Limits, Presence, Writer
from realtime.domain.settings import Messages, Users
from realtime.domain.settings import Presence as PresenceSettings
from realtime.domain.typing import Typing


@dataclass(frozen=True, slots=True)
class Rules:
    """The settings that change what the domain does."""

    users: Users = field(default_factory=Users)
    presence: PresenceSettings = field(default_factory=PresenceSettings)
    messages: Messages = field(default_factory=Messages)


@dataclass(frozen=True, slots=True)
class Node:
    """The ports of the node that serves the actor."""

    writer: Writer
    presence: Presence
    joined: Joined
    limits: Limits
    clock: Clock
    announce: Announce
    memberships: Memberships
    people: People
    typing: Typing
    rules: Rules = field(default_factory=Rules)


@dataclass(frozen=True, slots=True)
class Actor:
    """The signed-in user and the session she acts from (None over REST).

    The first argument of every domain function, so that no query can forget whose data it may
    touch.
    """

    user_id: str
    node: Node
    session: str | None = None

    def with_user(self, user_id: str) -> "Actor":
        """Somebody else on the same node: the server API acts for whom it names."""
        return replace(self, user_id=user_id, session=None)

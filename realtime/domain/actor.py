"""Who is doing something, and what the node offers them to do it with."""

from dataclasses import dataclass, field

from realtime.domain.events import Announce
from realtime.domain.memberships import Memberships
from realtime.domain.people import People
from realtime.domain.ports import Clock, Joined, Limits, Presence, Visible, Writer
from realtime.domain.settings import (
    MessageSettings,
    NotificationSettings,
    PresenceSettings,
    Pushing,
    UserSettings,
)
from realtime.domain.typing import Typing


@dataclass(frozen=True, slots=True)
class Rules:
    """The settings that change what the domain does."""

    users: UserSettings = field(default_factory=UserSettings)
    presence: PresenceSettings = field(default_factory=PresenceSettings)
    messages: MessageSettings = field(default_factory=MessageSettings)
    pushing: Pushing = field(default_factory=Pushing)
    notifications: NotificationSettings = field(default_factory=NotificationSettings)


@dataclass(frozen=True, slots=True)
class Node:
    """The ports of the node that serves the actor."""

    writer: Writer
    presence: Presence
    visible: Visible
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

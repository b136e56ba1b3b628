"""Who is doing something, and what the node offers them to do it with."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from weakref import WeakValueDictionary

from realtime.domain.acquaintance import Acquaintance
from realtime.domain.events import Announce
from realtime.domain.happened import Happened
from realtime.domain.memberships import Memberships
from realtime.domain.people import People
from realtime.domain.ports import Before, Clock, Joined, Limits, Presence, Visible, Writer
from realtime.domain.recollection import Recollection
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
    """The settings that change what the domain does; ``webhooks`` has the names of the endpoints
    that want to hear of each kind of event, and no kind of which nobody does."""

    users: UserSettings = field(default_factory=UserSettings)
    presence: PresenceSettings = field(default_factory=PresenceSettings)
    messages: MessageSettings = field(default_factory=MessageSettings)
    pushing: Pushing = field(default_factory=Pushing)
    notifications: NotificationSettings = field(default_factory=NotificationSettings)
    webhooks: Mapping[Happened, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Node:
    """The ports of the node that serves the actor; ``before`` is None where nobody is asked.

    ``status_turns`` has whose change of status is being written, so that the next one waits.
    """

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
    before: Before | None = None
    acquaintance: Acquaintance = field(default_factory=Acquaintance)
    recollection: Recollection = field(default_factory=Recollection)
    status_turns: WeakValueDictionary[str, asyncio.Lock] = field(
        default_factory=WeakValueDictionary
    )


@dataclass(frozen=True, slots=True)
class Actor:
    """The signed-in user, and the session and the socket of it she acts from (None over REST).

    The first argument of every domain function, so that no query can forget whose data it may
    touch. ``issued_at`` is the Unix time of the token that she came with, where that has one.
    """

    user_id: str
    node: Node
    session: str | None = None
    issued_at: float | None = None
    socket: str | None = None

"""The one way to act after a commit: what is void is forgotten, then every listener hears of it.

Whoever has committed something announces it; nobody but this module makes a cache forget, empties
``joined`` or calls a listener.
"""

from collections import deque
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID

import structlog

from realtime.domain.actor import Node
from realtime.domain.events import (
    Event,
    MembershipChanged,
    ParticipantRemoved,
    PeopleChanged,
    UserDeleted,
)
from realtime.domain.memberships import Memberships
from realtime.domain.people import People
from realtime.domain.ports import Joined
from realtime.logs import where

log = structlog.get_logger(__name__)

Hear = Callable[[Any], None]
"""Told of an event, without waiting: it has happened, and nothing can be done about it."""

Later = Callable[[Coroutine[Any, Any, None]], None]
"""Runs something by itself; its failure is logged."""


class Announcer:
    """Tells a node's caches and listeners what has happened, in the order of its announcement.

    Of each event first every cache hears that holds what it made void, then every listener, in the
    order in which they were added. One that raises is logged and keeps nobody else from hearing.
    What a listener announces itself comes after the event that it is hearing.
    """

    def __init__(self) -> None:
        self._caches: list[tuple[type[Event], Hear]] = []
        self._memories: list[Callable[[], None]] = []
        self._listeners: list[tuple[type[Event], Hear]] = []
        # By the type of an event; made when the first of its kind is announced.
        self._told: dict[type[Event], tuple[Hear, ...]] = {}
        self._waiting: deque[Event] = deque()
        self._telling = False

    def forgets(self, kind: type[Event], forget: Hear) -> None:
        """Let a cache forget what events of this kind make void, on whichever node they happen."""
        self._caches.append((kind, forget))
        self._told.clear()

    def forgets_all(self, forget: Callable[[], None]) -> None:
        """Let a cache forget all that it has, where nobody knows what is void of it."""
        self._memories.append(forget)

    def listen(self, hear: Hear, kind: type[Event] = Event) -> None:
        """Let somebody hear the events of a kind (all of them, where none is named)."""
        self._listeners.append((kind, hear))
        self._told.clear()

    def announce(self, event: Event) -> None:
        """It is committed: forget what it made void and tell it. Never waits and never raises."""
        if self._telling:
            self._waiting.append(event)
            return
        self._telling = True
        try:
            self._tell(event)
            while self._waiting:
                self._tell(self._waiting.popleft())
        finally:
            self._telling = False

    def forget(self, event: Event) -> None:
        """It happened on another node, which tells it: only forget here what it made void."""
        for forget in _concerned(self._caches, type(event)):
            _call(forget, event)

    def forget_all(self) -> None:
        """Other nodes could not tell what happened there."""
        for forget in self._memories:
            forget()

    def _tell(self, event: Event) -> None:
        for hear in self._told.get(type(event)) or self._concerned(type(event)):
            _call(hear, event)

    def _concerned(self, kind: type[Event]) -> tuple[Hear, ...]:
        self._told[kind] = _concerned([*self._caches, *self._listeners], kind)
        return self._told[kind]


def connect_caches(
    announcer: Announcer, memberships: Memberships, people: People, joined: Joined, later: Later
) -> None:
    """What of a node's memory each event makes void."""
    gone: list[tuple[UUID, str]] = []

    def people_changed(event: PeopleChanged) -> None:
        for user_id in event.user_ids:
            people.forget(user_id)
            memberships.forget_person(user_id)

    def user_deleted(event: UserDeleted) -> None:
        people.forget(event.user_id)
        memberships.forget_pairs(event.user_id)

    def participant_removed(event: ParticipantRemoved) -> None:
        if not gone:  # those who are removed in one go are forgotten in one go
            later(empty())
        gone.append((event.conversation_id, event.user_id))

    async def empty() -> None:
        they = gone.copy()
        gone.clear()
        await joined.remove(they)

    announcer.forgets(MembershipChanged, lambda event: memberships.forget(event.conversation_id))
    announcer.forgets(PeopleChanged, people_changed)
    announcer.forgets(UserDeleted, user_deleted)
    announcer.forgets_all(memberships.forget_all)
    announcer.forgets_all(people.forget_all)
    # ``joined`` is one for all nodes: emptied where it happened, and by none that hears of it.
    announcer.listen(participant_removed, ParticipantRemoved)


@contextmanager
def gathered(node: Node) -> Iterator[Node]:
    """Around a transaction: its node announces when this ends well, and never if it raises.

    What is rolled back leaves no trace: that node has memories of its own, so that nobody is
    known who was never stored, and nothing is forgotten that still holds.
    """
    events: list[Event] = []
    people = People(must_exist=node.rules.users.must_exist)
    yield replace(node, announce=events.append, memberships=Memberships(), people=people)
    for event in events:
        node.announce(event)


def _concerned(hearers: list[tuple[type[Event], Hear]], kind: type[Event]) -> tuple[Hear, ...]:
    return tuple(hear for wanted, hear in hearers if issubclass(kind, wanted))


def _name(hear: Any) -> str:
    return str(getattr(getattr(hear, "func", hear), "__qualname__", hear))


def _call(hear: Hear, event: Event) -> None:
    try:
        hear(event)
    except Exception as error:  # noqa: BLE001 - it has happened; the others must hear of it
        log.error(
            "announcement failed",
            listener=_name(hear),
            event_type=type(event).__name__,
            error=type(error).__name__,
            where=where(error.__traceback__),
        )

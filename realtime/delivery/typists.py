"""Who types where on which node: when a node dies, what its users were typing ends."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from realtime.domain.actor import Node
from realtime.domain.announcing import Announcer, Later
from realtime.domain.errors import UnknownConversation
from realtime.domain.events import TypingStarted, TypingStopped

Place = tuple[str, str]
"""A conversation's id and a user's."""


class Typists:
    """A part of the roster. ``tell`` lets the other nodes know, ``start`` runs something by itself.

    Each keystroke is passed on to clients by itself; nodes tell one another the first and the end.
    """

    def __init__(
        self,
        node: Node,
        tell: Callable[[Any], None],
        start: Later,
    ) -> None:
        self._node = node
        self._tell = tell
        self._start = start
        self._here: set[Place] = set()
        self._elsewhere: dict[str, set[Place]] = {}

    def listen(self, announcer: Announcer) -> None:
        """Hear who types on this node."""
        announcer.listen(self._started, TypingStarted)
        announcer.listen(self._stopped, TypingStopped)

    def elsewhere(self, user_id: str, conversation_id: UUID) -> bool:
        """Whether somebody types there on another node."""
        place = (str(conversation_id), user_id)
        return any(place in places for places in self._elsewhere.values())

    def own(self) -> list[Place]:
        """Who types here."""
        return list(self._here)

    def replace(self, node: str, state: Any, *, mine: bool) -> None:
        """See ``Part``. Who has stopped while nodes did not hear one another is told to have."""
        before = self._elsewhere.pop(node, set())
        if state and not mine:
            self._elsewhere[node] = {(conversation, user) for conversation, user in state}
        self._end_all(before)

    def change(self, node: str, change: Any, *, mine: bool) -> None:
        """See ``Part``."""
        if mine:
            return
        conversation, user, types = change
        places = self._elsewhere.setdefault(node, set())
        if types:
            places.add((conversation, user))
        else:
            places.discard((conversation, user))
        if not places:
            del self._elsewhere[node]

    def gone(self, node: str) -> None:
        """See ``Part``: whoever comes back in time may go on typing."""

    def bury(self, node: str, *, mine: bool) -> None:
        """See ``Part``: they type no more, unless they do so elsewhere by now."""
        left = self._elsewhere.pop(node, set())
        if mine:
            self._end_all(left)

    def _started(self, event: TypingStarted) -> None:
        place = (str(event.conversation.id), event.person.id)
        if place not in self._here:
            self._here.add(place)
            self._tell((*place, True))

    def _stopped(self, event: TypingStopped) -> None:
        place = (str(event.conversation.id), event.person.id)
        if place in self._here:
            self._here.discard(place)
            self._tell((*place, False))

    def _end_all(self, left: set[Place]) -> None:
        still = self._here.union(*self._elsewhere.values())
        for conversation, user in left - still:
            self._start(self._end(UUID(conversation), user))

    async def _end(self, conversation_id: UUID, user_id: str) -> None:
        try:
            conversation = await self._node.memberships.current(conversation_id)
        except UnknownConversation:
            return
        person = conversation.person(user_id)
        if person is not None:
            self._node.announce(TypingStopped(person, conversation, self._node.clock()))

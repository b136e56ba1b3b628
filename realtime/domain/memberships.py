"""Who takes part in which conversation, remembered: the hot path asks this for every message.

What is remembered may be late, a send never is: the writer compares the version under the lock
that numbers the message. Joining and typing ask for what is true now, give or take a second.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient

from realtime.domain.errors import UnknownConversation
from realtime.domain.people import person_of
from realtime.domain.records import Conversation
from realtime.models import Conversation as Row
from realtime.models import Participant

FRESH_FOR = 1.0
"""Seconds for which a conversation is taken to be true without asking the database."""

SIZE = 50_000
"""How many conversations, and how many pairs, are remembered."""

Pair = tuple[str, str]

PAIR = 2
"""How many a conversation of two has, for as long as it is there."""


@dataclass(slots=True)
class _Remembered:
    conversation: Conversation
    checked_at: float


class Memberships:
    """A bounded memory of memberships, owned by one node."""

    def __init__(self, now: Callable[[], float] = time.monotonic, size: int = SIZE) -> None:
        self._now = now
        self._size = size
        self._known: OrderedDict[UUID, _Remembered] = OrderedDict()
        self._of_user: dict[str, set[UUID]] = {}
        self._pairs: OrderedDict[Pair, UUID] = OrderedDict()
        self._pair_of: dict[UUID, Pair] = {}
        self._changes = 0

    async def get(self, conversation_id: UUID) -> Conversation:
        """The people of a conversation as last heard. Raises UnknownConversation."""
        remembered = self._known.get(conversation_id)
        if remembered is not None:
            return remembered.conversation
        return await self.reload(conversation_id)

    async def current(self, conversation_id: UUID) -> Conversation:
        """The people of a conversation as of at most a second ago. Raises UnknownConversation."""
        remembered = self._known.get(conversation_id)
        if remembered is None:
            return await self.reload(conversation_id)
        if self._now() - remembered.checked_at < FRESH_FOR:
            return remembered.conversation
        return await self._revalidated(conversation_id, remembered)

    async def reload(self, conversation_id: UUID) -> Conversation:
        """Ask the database, and remember. Raises UnknownConversation."""
        changes = -1
        while changes != self._changes:  # a change while we read may have come after our answer
            changes = self._changes
            conversation = await load(conversation_id)
        if conversation is None:
            self._drop(conversation_id)
            self._drop_pair(self._pair_of.get(conversation_id))
            raise UnknownConversation
        self.remember(conversation)
        return conversation

    def remember(self, conversation: Conversation) -> None:
        """Take this to be true from now on."""
        self._drop(conversation.id)
        self._known[conversation.id] = _Remembered(conversation, self._now())
        for person in conversation.people:
            self._of_user.setdefault(person.id, set()).add(conversation.id)
        if len(self._known) > self._size:
            self._drop(next(iter(self._known)))

    def forget(self, conversation_id: UUID) -> None:
        """Ask the database next time: something has changed."""
        self._changes += 1
        self._drop(conversation_id)

    def _drop(self, conversation_id: UUID) -> None:
        remembered = self._known.pop(conversation_id, None)
        if remembered is None:
            return
        for person in remembered.conversation.people:
            conversations = self._of_user[person.id]
            conversations.discard(conversation_id)
            if not conversations:
                del self._of_user[person.id]

    def forget_person(self, user_id: str) -> None:
        """Somebody has another name or picture: forget wherever she takes part."""
        for conversation_id in tuple(self._of_user.get(user_id, ())):
            self.forget(conversation_id)

    def pair(self, one: str, other: str) -> UUID | None:
        """The conversation of two people, if we have met it. A pair never changes."""
        return self._pairs.get(ordered(one, other))

    def remember_pair(self, one: str, other: str, conversation_id: UUID) -> None:
        """The conversation of two people, for as long as there is one."""
        self._drop_pair(ordered(one, other))
        self._pairs[ordered(one, other)] = conversation_id
        self._pair_of[conversation_id] = ordered(one, other)
        if len(self._pairs) > self._size:
            self._drop_pair(next(iter(self._pairs)))

    def forget_pairs(self, user_id: str) -> None:
        """Somebody was deleted, and her conversations with her."""
        for pair in [pair for pair in self._pairs if user_id in pair]:
            self._drop_pair(pair)

    def _drop_pair(self, pair: Pair | None) -> None:
        conversation_id = None if pair is None else self._pairs.pop(pair, None)
        if conversation_id is not None:
            self._pair_of.pop(conversation_id, None)

    async def _revalidated(self, conversation_id: UUID, remembered: _Remembered) -> Conversation:
        row = await Row.get_or_none(id=conversation_id).only("version")
        if row is None or row.version != remembered.conversation.version:
            return await self.reload(conversation_id)
        remembered.checked_at = self._now()
        return remembered.conversation


async def load(
    conversation_id: UUID, connection: BaseDBAsyncClient | None = None
) -> Conversation | None:
    """Read a conversation; over the connection of a transaction, what that transaction sees."""
    row = await Row.filter(id=conversation_id).using_db(connection).first()
    if row is None:
        return None
    parts = (
        await Participant.filter(conversation_id=conversation_id)
        .using_db(connection)
        .order_by("joined_at", "id")
        .select_related("user")
    )
    if row.low_id is not None and len(parts) < PAIR:  # deleted between the two questions
        return None
    return Conversation(
        id=row.id,
        version=row.version,
        people=tuple(person_of(part.user) for part in parts),
        direct=row.low_id is not None,
        title=row.title,
        created_at=row.created_at,
    )


def ordered(one: str, other: str) -> Pair:
    """Two ids as the database has them: the lower one first."""
    return (one, other) if one < other else (other, one)

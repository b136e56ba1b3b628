"""Who takes part in which conversation, remembered: the hot path asks this for every message.

What is remembered may be late, a send never is: the writer compares the version under the lock
that numbers the message. Joining and typing ask for what is true now, give or take a second.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient

from realtime.domain.errors import UnknownConversation
from realtime.domain.people import person_from
from realtime.domain.records import Conversation, Person
from realtime.domain.steps import rounded
from realtime.domain.underway import Lately, UnderWay
from realtime.few import Few, less, more
from realtime.models import Conversation as Row
from realtime.models.asking import AskedTogether
from realtime.models.raw import list_of, rows, time_of, uuid_of
from realtime.together import AT_ONCE

FRESH_FOR = 1.0
"""Seconds for which a conversation is taken to be true without asking the database."""

SIZE = 50_000
"""How many conversations, and how many pairs, are remembered."""

CONVERSATIONS = """
    SELECT c.id, c.version, c.low_id, c.title, c.created_at, c.slow_seconds, EXISTS (
        SELECT 1 FROM blocks b WHERE b.user_id = c.low_id AND b.blocked_id = c.high_id
            OR b.user_id = c.high_id AND b.blocked_id = c.low_id
    ) AS blocked, (
        SELECT array_of(p.user_id) FROM (
            SELECT user_id FROM participants WHERE conversation_id = c.id ORDER BY joined_at, id
        ) p
    ) AS people
    FROM conversations c WHERE c.id IN uuids(?)
"""

PAIRS = """
    SELECT c.low_id, c.high_id, c.id
    FROM pairs(?, ?) JOIN conversations c ON c.low_id = pair.low AND c.high_id = pair.high
"""

USERS = "SELECT id AS user_id, name, email, avatar FROM users WHERE id IN texts(?)"

Pair = tuple[str, str]

NONE = -1
"""A version that no conversation has."""

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
        self._of_user: dict[str, Few[UUID]] = {}
        self._pairs: OrderedDict[Pair, UUID] = OrderedDict()
        self._pair_of: dict[UUID, Pair] = {}
        self._under_way = UnderWay[UUID]()
        self._people = Lately[str]()
        self._asked = AskedTogether(self._ask)
        self._rows = AskedTogether(_each, at_once=AT_ONCE)
        self._found_pairs = AskedTogether(_between, at_once=AT_ONCE)

    async def get(self, conversation_id: UUID) -> Conversation:
        """The people of a conversation as last heard. Raises UnknownConversation."""
        remembered = self._known.get(conversation_id)
        if remembered is not None:
            return remembered.conversation
        return await self.reload(conversation_id)

    async def current(self, conversation_id: UUID) -> Conversation:
        """The people of a conversation as of at most a second ago. Raises UnknownConversation."""
        conversation = self._fresh(conversation_id) or await self._asked.of(conversation_id)
        if conversation is None:
            raise UnknownConversation
        return conversation

    def _fresh(self, conversation_id: UUID) -> Conversation | None:
        remembered = self._known.get(conversation_id)
        if remembered is None or self._now() - remembered.checked_at >= FRESH_FOR:
            return None
        return remembered.conversation

    async def _ask(self, conversation_ids: Sequence[UUID]) -> list[Conversation | None]:
        """A thousand who come back at once into one conversation, or into one each, are a few
        questions: of what is remembered, only whether it has changed."""
        fresh = {each: self._fresh(each) for each in conversation_ids}
        stale = [each for each, known in fresh.items() if known is None]
        with self._under_way.reading(stale) as is_same:
            found = fresh | await self.matching(
                dict.fromkeys(stale, NONE) | await self._versions(stale)
            )
            late = [each for each in stale if not is_same(each)]
        for each in late:
            found[each] = await self._read_again(each)
        for gone in (each for each in stale if found[each] is None):
            self._forget_gone(gone)
        return [found[each] for each in conversation_ids]

    async def _read_again(self, conversation_id: UUID) -> Conversation | None:
        try:
            return await self.reload(conversation_id)
        except UnknownConversation:
            return None

    async def _versions(self, conversation_ids: Iterable[UUID]) -> dict[UUID, int]:
        """Of those of these that are remembered, as the database has them now."""
        known = [each for each in conversation_ids if each in self._known]
        versions = Row.filter(id__in=rounded(known)).values_list("id", "version")
        return dict(await versions) if known else {}

    async def matching(self, versions: Mapping[UUID, int]) -> dict[UUID, Conversation]:
        """Conversations of which these versions were just read; what is gone since is absent.

        However many they are, the database is asked twice at most.
        """
        found: dict[UUID, Conversation] = {}
        for conversation_id, version in versions.items():
            remembered = self._known.get(conversation_id)
            if remembered is not None and remembered.conversation.version == version:
                remembered.checked_at = self._now()
                found[conversation_id] = remembered.conversation
        missing = versions.keys() - found.keys()
        return found | await self._loaded(missing) if missing else found

    async def reload(self, conversation_id: UUID) -> Conversation:
        """Ask the database, and remember. Raises UnknownConversation."""
        same = False
        while not same:  # a change of it while we read may have come after our answer
            then = self._people.now
            with self._under_way.reading([conversation_id]) as is_same:
                conversation = await self._rows.of(conversation_id)
                same = is_same(conversation_id)
        if conversation is None:
            self._forget_gone(conversation_id)
            raise UnknownConversation
        if self._named_alike(conversation, then):
            self.remember(conversation)
        return conversation

    def remember(self, conversation: Conversation) -> None:
        """Take this to be true from now on."""
        self._drop(conversation.id)
        self._known[conversation.id] = _Remembered(conversation, self._now())
        for person in conversation.people:
            self._of_user[person.id] = more(self._of_user.get(person.id, ()), conversation.id)
        if len(self._known) > self._size:
            self._drop(next(iter(self._known)))

    def forget(self, conversation_id: UUID) -> None:
        """Ask the database next time: something has changed."""
        self._under_way.changed(conversation_id)
        self._drop(conversation_id)

    def _drop(self, conversation_id: UUID) -> None:
        remembered = self._known.pop(conversation_id, None)
        if remembered is None:
            return
        for person in remembered.conversation.people:
            conversations = less(self._of_user[person.id], conversation_id)
            if conversations:
                self._of_user[person.id] = conversations
            else:
                del self._of_user[person.id]

    def _forget_gone(self, conversation_id: UUID) -> None:
        self._drop(conversation_id)
        self._drop_pair(self._pair_of.get(conversation_id))

    def forget_person(self, user_id: str) -> None:
        """Somebody has another name or picture: forget wherever she takes part."""
        self._people.changed(user_id)
        for conversation_id in tuple(self._of_user.get(user_id, ())):
            self.forget(conversation_id)

    def pair(self, one: str, other: str) -> UUID | None:
        """The conversation of two people, if we have met it. A pair never changes."""
        return self._pairs.get(ordered(one, other))

    async def between(self, one: str, other: str) -> UUID | None:
        """The conversation of two people, if there is one; asks the database."""
        found = await self._found_pairs.of(ordered(one, other))
        if found is not None:
            self.remember_pair(one, other, found)
        return found

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

    def forget_all(self) -> None:
        """Ask the database for each next time: nobody knows what has changed."""
        self._under_way.all_changed()
        self._people.all_changed()
        self._known.clear()
        self._of_user.clear()
        self._pairs.clear()
        self._pair_of.clear()

    def _drop_pair(self, pair: Pair | None) -> None:
        conversation_id = None if pair is None else self._pairs.pop(pair, None)
        if conversation_id is not None:
            self._pair_of.pop(conversation_id, None)

    async def _loaded(self, conversation_ids: Collection[UUID]) -> dict[UUID, Conversation]:
        then = self._people.now
        with self._under_way.reading(conversation_ids) as is_same:
            found = await load_all(conversation_ids)
            same = [each for each in found.values() if is_same(each.id)]
        for conversation in same:
            if self._named_alike(conversation, then):
                self.remember(conversation)
        return found

    def _named_alike(self, conversation: Conversation, then: int) -> bool:
        """Whether its people's names and pictures are those that they had when it was read."""
        return all(self._people.is_same(person.id, then) for person in conversation.people)


async def load(
    conversation_id: UUID, connection: BaseDBAsyncClient | None = None
) -> Conversation | None:
    """Read a conversation; over the connection of a transaction, what that transaction sees."""
    return (await load_all([conversation_id], connection)).get(conversation_id)


async def load_all(
    conversation_ids: Iterable[UUID], connection: BaseDBAsyncClient | None = None
) -> dict[UUID, Conversation]:
    """Read conversations, with two statements however many they and their people are."""
    found = await rows(
        CONVERSATIONS, [str(each) for each in conversation_ids], connection=connection
    )
    members = {row["id"]: list_of(row["people"] or "[]") for row in found}
    everybody = {user_id for ids in members.values() for user_id in ids}
    users = await rows(USERS, list(everybody), connection=connection)
    people = {row["user_id"]: person_from(**row) for row in users}
    records = (_record(row, [people[each] for each in members[row["id"]]]) for row in found)
    return {each.id: each for each in records if not each.direct or len(each.people) == PAIR}


async def found_between(one: str, other: str) -> UUID | None:
    """The id of the conversation of two people as the database has it, if there is one."""
    (found,) = await _between([ordered(one, other)])
    return found


async def _between(pairs: Sequence[Pair]) -> list[UUID | None]:
    lower, higher = [low for low, _ in pairs], [high for _, high in pairs]
    read = await rows(PAIRS, lower, higher)
    found = {(row["low_id"], row["high_id"]): uuid_of(row["id"]) for row in read}
    return [found.get(pair) for pair in pairs]


async def _each(conversation_ids: Sequence[UUID]) -> list[Conversation | None]:
    found = await load_all(conversation_ids)
    return [found.get(each) for each in conversation_ids]


def _record(row: Mapping[str, Any], people: Iterable[Person]) -> Conversation:
    created_at = time_of(row["created_at"])
    assert created_at is not None, "a column that is never null"  # noqa: S101
    return Conversation(
        id=uuid_of(row["id"]),
        version=row["version"],
        people=tuple(people),
        direct=row["low_id"] is not None,
        title=row["title"],
        created_at=created_at,
        blocked=bool(row["blocked"]),
        slow_seconds=row["slow_seconds"],
    )


def ordered(one: str, other: str) -> Pair:
    """Two ids as the database has them: the lower one first."""
    return (one, other) if one < other else (other, one)

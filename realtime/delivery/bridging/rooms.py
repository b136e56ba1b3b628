"""The rooms that an old server's names stand for."""

from collections.abc import Iterable, Iterator, Sequence
from uuid import UUID

from realtime.delivery.bridging.settings import ID, BridgeSettings
from realtime.dialects.base import Dialect
from realtime.dialects.fields import user_id_of
from realtime.dialects.rooms import EVERYONE, conversation, custom_room, user


class OldRooms:
    """Names to rooms of one dialect.

    A name may be a user's, a conversation's, a custom room's and a socket's at once: then it is
    each of them, and whoever hears several of these rooms hears an event once. No name leads to
    another dialect's rooms, as these have a "/" in their names and custom ones a prefix.
    """

    def __init__(self, dialect: Dialect, settings: BridgeSettings, *, integer_ids: bool) -> None:
        self._dialect = dialect
        self._integer_ids = integer_ids
        self._users = [tuple(each.split(ID)) for each in settings.user_rooms]
        self._conversations = [tuple(each.split(ID)) for each in settings.conversation_rooms]

    def addressed(self, names: Sequence[str]) -> tuple[str, ...]:
        """The rooms of these names; of everyone who speaks the dialect, where there are none."""
        return self.of(names) if names else (self._dialect.room(EVERYONE),)

    def of(self, names: Iterable[str]) -> tuple[str, ...]:
        """The rooms of these names."""
        return tuple(room for name in names for room in self._of(name))

    def _of(self, name: str) -> Iterator[str]:
        yield custom_room(name)
        if "/" not in name and ":" not in name:
            yield name  # a socket's id
        for user_id in _ids(name, self._users):
            yield from self._user(user_id)
        for conversation_id in _ids(name, self._conversations):
            yield from self._conversation(conversation_id)

    def _user(self, given: str) -> Iterator[str]:
        try:
            user_id = user_id_of(given, integer_ids=self._integer_ids)
        except ValueError:
            return
        yield from map(self._dialect.room, user(user_id))

    def _conversation(self, given: str) -> Iterator[str]:
        try:
            conversation_id = UUID(given)
        except ValueError:
            return
        yield from map(self._dialect.room, conversation(conversation_id))


def _ids(name: str, patterns: Iterable[Sequence[str]]) -> Iterator[str]:
    """What stands at the place of the id in each pattern that the name fits."""
    for begin, end in patterns:
        if name.startswith(begin) and name.endswith(end) and len(name) > len(begin) + len(end):
            yield name[len(begin) : len(name) - len(end)]

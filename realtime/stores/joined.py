"""Which sockets have joined which conversation, on this node and the others."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from realtime.few import Few, less, more

Joining = tuple[UUID, str]
"""A conversation, and as whom it was joined."""

Places = dict[UUID, dict[str, Few[str]]]
"""Where it was joined, by conversation and user."""


class SharedJoined:
    """Joined of ``domain/ports.py``, and a part of the roster; a restart forgets everything.

    Of its own node it knows the sockets, both ways, so that leaving is as cheap as joining; of the
    others which users have joined what by any. ``tell`` lets all nodes hear a change; without it
    there are no others.
    """

    def __init__(self, tell: Callable[[Any], None] = lambda _change: None) -> None:
        self._tell = tell
        self._users: Places = {}
        self._conversations: dict[str, Few[Joining]] = {}
        self._elsewhere: Places = {}
        self._of_node: dict[str, set[Joining]] = {}

    async def join(self, conversation_id: UUID, user_id: str, socket: str) -> bool:
        """See ``Joined``."""
        joined = self._conversations.get(socket, ())
        if (conversation_id, user_id) in joined:
            return False
        self._conversations[socket] = more(joined, (conversation_id, user_id))
        if _one_more(self._users, conversation_id, user_id, socket):
            self._tell(("in", conversation_id, user_id))
        return True

    async def leave(self, conversation_id: UUID, user_id: str, socket: str) -> bool:
        """See ``Joined``."""
        if (conversation_id, user_id) not in self._conversations.get(socket, ()):
            return False
        self._forget(conversation_id, user_id, socket)
        return True

    async def drop(self, socket: str) -> None:
        """See ``Joined``."""
        for conversation_id, user_id in tuple(self._conversations.get(socket, ())):
            self._forget(conversation_id, user_id, socket)

    async def remove(self, gone: Collection[Joining]) -> None:
        """See ``Joined``."""
        self._remove(gone)
        self._tell(("removed", list(gone), None))

    async def users(self, conversation_ids: Sequence[UUID]) -> Mapping[UUID, set[str]]:
        """See ``Joined``."""
        return {
            each: self._users.get(each, {}).keys() | self._elsewhere.get(each, {}).keys()
            for each in conversation_ids
        }

    async def well(self) -> None:
        """Always: while nodes do not hear one another it answers by what it has heard."""

    # As a part of the roster.

    def own(self) -> list[Joining]:
        """Who has joined what here."""
        return [(id_, user_id) for id_, users in self._users.items() for user_id in users]

    def replace(self, node: str, state: Any, *, mine: bool) -> None:
        """See ``Part``."""
        if not mine:
            self.gone(node)
            for conversation_id, user_id in state:
                self._add(node, UUID(conversation_id), user_id)

    def change(self, node: str, change: Any, *, mine: bool) -> None:
        """See ``Part``."""
        kind, about, user_id = change
        if mine:
            return
        if kind == "removed":
            self._remove((UUID(conversation_id), removed) for conversation_id, removed in about)
        elif kind == "in":
            self._add(node, UUID(about), user_id)
        else:
            self._discard(node, UUID(about), user_id)

    def gone(self, node: str) -> None:
        """See ``Part``: whoever comes back joins again."""
        for conversation_id, user_id in tuple(self._of_node.get(node, ())):
            self._discard(node, conversation_id, user_id)

    def bury(self, node: str, *, mine: bool) -> None:
        """See ``Part``: they are forgotten already."""

    def _add(self, node: str, conversation_id: UUID, user_id: str) -> None:
        self._of_node.setdefault(node, set()).add((conversation_id, user_id))
        _one_more(self._elsewhere, conversation_id, user_id, node)

    def _discard(self, node: str, conversation_id: UUID, user_id: str) -> None:
        joined = self._of_node.get(node, set())
        if (conversation_id, user_id) not in joined:
            return
        joined.discard((conversation_id, user_id))
        if not joined:
            del self._of_node[node]
        _one_less(self._elsewhere, conversation_id, user_id, node)

    def _remove(self, gone: Iterable[Joining]) -> None:
        for conversation_id, user_id in gone:
            for socket in tuple(self._users.get(conversation_id, {}).get(user_id, ())):
                self._forget(conversation_id, user_id, socket)
            for node in tuple(self._elsewhere.get(conversation_id, {}).get(user_id, ())):
                self._discard(node, conversation_id, user_id)

    def _forget(self, conversation_id: UUID, user_id: str, socket: str) -> None:
        if _one_less(self._users, conversation_id, user_id, socket):
            self._tell(("out", conversation_id, user_id))
        joined = less(self._conversations[socket], (conversation_id, user_id))
        if joined:
            self._conversations[socket] = joined
        else:
            del self._conversations[socket]


def _one_more(users: Places, conversation_id: UUID, user_id: str, where: str) -> bool:
    """She has joined somewhere; whether it is the first place."""
    of_one = users.setdefault(conversation_id, {})
    of_one[user_id] = more(of_one.get(user_id, ()), where)
    return len(of_one[user_id]) == 1


def _one_less(users: Places, conversation_id: UUID, user_id: str, where: str) -> bool:
    """Take one place where she has joined away; whether it was the last."""
    of_one = users[conversation_id]
    of_one[user_id] = less(of_one[user_id], where)
    if of_one[user_id]:
        return False
    del of_one[user_id]
    if not of_one:
        del users[conversation_id]
    return True

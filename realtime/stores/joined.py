"""Which sessions have joined which conversation: both ways, so that leaving is as cheap."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID


class MemoryJoined:
    """Joined of ``domain/ports.py`` for a node that is alone; a restart forgets everything."""

    def __init__(self) -> None:
        self._users: dict[UUID, dict[str, set[str]]] = {}
        self._conversations: dict[str, dict[UUID, str]] = {}

    async def join(self, conversation_id: UUID, user_id: str, session: str) -> bool:
        """See ``Joined``."""
        conversations = self._conversations.setdefault(session, {})
        if conversation_id in conversations:
            return False
        conversations[conversation_id] = user_id
        self._users.setdefault(conversation_id, {}).setdefault(user_id, set()).add(session)
        return True

    async def leave(self, conversation_id: UUID, user_id: str, session: str) -> bool:
        """See ``Joined``."""
        if self._conversations.get(session, {}).get(conversation_id) != user_id:
            return False
        self._forget(conversation_id, user_id, session)
        return True

    async def drop(self, session: str) -> None:
        """See ``Joined``."""
        for conversation_id, user_id in tuple(self._conversations.get(session, {}).items()):
            self._forget(conversation_id, user_id, session)

    async def remove(self, gone: Collection[tuple[UUID, str]]) -> None:
        """See ``Joined``."""
        for conversation_id, user_id in gone:
            for session in tuple(self._users.get(conversation_id, {}).get(user_id, ())):
                self._forget(conversation_id, user_id, session)

    async def users(self, conversation_ids: Sequence[UUID]) -> Mapping[UUID, set[str]]:
        """See ``Joined``."""
        return {id_: set(self._users.get(id_, ())) for id_ in conversation_ids}

    async def well(self) -> None:
        """Always."""

    def _forget(self, conversation_id: UUID, user_id: str, session: str) -> None:
        users = self._users[conversation_id]
        users[user_id].discard(session)
        if not users[user_id]:
            del users[user_id]
        if not users:
            del self._users[conversation_id]
        del self._conversations[session][conversation_id]
        if not self._conversations[session]:
            del self._conversations[session]

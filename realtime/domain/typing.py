"""Who is typing where on this node. Best effort: it lives in memory and stops by itself."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from realtime.domain.events import Announce, MessageSent, TypingStarted, TypingStopped
from realtime.domain.ports import Clock
from realtime.domain.records import Conversation, Person


@dataclass(slots=True)
class _Entry:
    person: Person
    conversation: Conversation
    quiet: asyncio.TimerHandle


class Typing:
    """The sessions of this node that are typing; each stops after ``timeout`` quiet seconds.

    ``elsewhere`` knows who types where on other nodes.
    """

    def __init__(self, announce: Announce, clock: Clock, timeout: float) -> None:
        self._announce = announce
        self._clock = clock
        self._timeout = timeout
        self._by_session: dict[str, dict[UUID, _Entry]] = {}
        self._sessions: dict[tuple[str, UUID], set[str]] = {}
        self.elsewhere: Callable[[str, UUID], bool] = lambda _user_id, _conversation_id: False

    def types(self, user_id: str, conversation_id: UUID) -> bool:
        """Whether somebody is typing there, with any session of hers."""
        here = (user_id, conversation_id) in self._sessions
        return here or self.elsewhere(user_id, conversation_id)

    def started(self, person: Person, conversation: Conversation, session: str) -> None:
        """Tell the others, and wait for the next keystroke."""
        self._forget(session, conversation.id)
        quiet = asyncio.get_running_loop().call_later(
            self._timeout, self.interrupted, session, conversation.id
        )
        entry = _Entry(person, conversation, quiet)
        self._by_session.setdefault(session, {})[conversation.id] = entry
        self._sessions.setdefault((person.id, conversation.id), set()).add(session)
        self._announce(TypingStarted(person, conversation, self._clock(), session))

    def stopped(self, person: Person, conversation: Conversation, session: str) -> None:
        """Tell the others, whether or not we knew that she was typing."""
        self._forget(session, conversation.id)
        self._announce(TypingStopped(person, conversation, self._clock(), session))

    def interrupted(self, session: str, conversation_id: UUID) -> None:
        """Typing ends for another reason: she left, sent what she typed, or went quiet."""
        entry = self._forget(session, conversation_id)
        if entry is not None:
            stopped = TypingStopped(entry.person, entry.conversation, self._clock(), session)
            self._announce(stopped)

    def sent(self, event: MessageSent) -> None:
        """A message has come: whatever session of its sender's was typing there has finished."""
        conversation_id = event.message.conversation_id
        for session in tuple(self._sessions.get((event.message.sender.id, conversation_id), ())):
            self.interrupted(session, conversation_id)

    def gone(self, session: str) -> None:
        """A session has ended."""
        for conversation_id in tuple(self._by_session.get(session, ())):
            self.interrupted(session, conversation_id)

    def _forget(self, session: str, conversation_id: UUID) -> _Entry | None:
        entries = self._by_session.get(session, {})
        entry = entries.pop(conversation_id, None)
        if entry is None:
            return None
        entry.quiet.cancel()
        if not entries:
            del self._by_session[session]
        sessions = self._sessions[entry.person.id, conversation_id]
        sessions.discard(session)
        if not sessions:
            del self._sessions[entry.person.id, conversation_id]
        return entry

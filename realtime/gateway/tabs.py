"""A connected socket as the dialects see it."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Protocol
from uuid import UUID

from realtime.dialects.base import NOTHING, Dialect, Json, Nothing, Wire
from realtime.dialects.rooms import EVERYONE
from realtime.dialects.words import Words
from realtime.domain.actor import Actor
from realtime.domain.errors import InvalidToken, UnknownConversation
from realtime.domain.events import Event
from realtime.domain.records import Conversation
from realtime.few import Few, less, more
from realtime.gateway.identity.callers import Callers
from realtime.gateway.settings import RecoverySection
from realtime.transport import Server

MOST_NOTED = 500
"""Conversations that a tab is in again when it comes back."""


@dataclass(frozen=True, slots=True)
class Expiry:
    """Whether a connection ends with its token, and how many seconds later."""

    closes: bool = False
    grace: float = 60.0


class Languages(Protocol):
    """Who counts in which dialects and namespaces somebody listens."""

    def heard(self, dialect: Dialect, namespace: str) -> None:
        """One more socket does."""

    def left(self, dialect: Dialect, namespace: str) -> None:
        """One socket less."""


@dataclass(frozen=True, slots=True)
class Means:
    """What every tab of a node works with."""

    server: Server
    callers: Callers
    words: Words
    expiry: Expiry
    languages: Languages
    recovery: RecoverySection


class Tab:
    """One connected browser tab, in one namespace: a dialect's `Connection`."""

    __slots__ = (
        *("_expiry", "_means", "actor", "joined", "namespace"),
        *("sid", "spoken", "told_since"),
    )

    def __init__(self, means: Means, sid: str, namespace: str, actor: Actor) -> None:
        self._means = means
        self.sid = sid
        self.namespace = namespace
        self.actor = actor
        self.spoken: tuple[Dialect, ...] = ()
        self.joined: Few[UUID] = ()
        self.told_since: datetime | None = None
        self._expiry: asyncio.TimerHandle | None = None

    @property
    def words(self) -> Words:
        return self._means.words

    def speak(self, dialect: Dialect) -> None:
        """Hear from now on what this dialect says to everybody, and to this user."""
        self.spoken = (*self.spoken, dialect)
        self._means.languages.heard(dialect, self.namespace)
        everyone = sys.intern(dialect.room(EVERYONE))  # one name, however many hear it
        for room in (everyone, dialect.room(f"user:{self.actor.user_id}")):
            self._means.server.join(self.sid, room, self.namespace)
        for conversation_id in self.joined:
            self._room(conversation_id, dialect)
        self._note()

    def ends(self) -> None:
        """It hears nothing more."""
        self.stays()
        for dialect in self.spoken:
            self._means.languages.left(dialect, self.namespace)

    def enter(self, conversation_id: UUID) -> None:
        self.joined = more(self.joined, conversation_id)
        for dialect in self.spoken:
            self._room(conversation_id, dialect)
        self._note()
        if not self._means.server.alone:
            self._means.server.start_background_task(self._may_stay, conversation_id)

    async def _may_stay(self, conversation_id: UUID) -> None:
        """Look once more from inside: what another node changed a moment ago may not have been
        heard of when she came in, and its step may have passed before she was in the room."""
        actor = self.actor
        if not await takes_part(actor, conversation_id, actor.node.memberships.reload):
            self.exit(conversation_id)
            await actor.node.joined.leave(conversation_id, actor.user_id, self.sid)

    def exit(self, conversation_id: UUID) -> None:
        self.joined = less(self.joined, conversation_id)
        for dialect in self.spoken:
            room = dialect.room(f"conversation:{conversation_id}")
            self._means.server.leave(self.sid, room, self.namespace)
        self._note()

    def say(self, event: str, payload: Json | Nothing = NOTHING) -> None:
        args = Wire((), payload).args
        self._means.server.tell(self.sid, event, *args, namespace=self.namespace)

    def hear(self, event: Event, rooms: Sequence[str]) -> None:
        """Tell it alone, in its words, what is told to one of these rooms."""
        for dialect in self.spoken:
            for name, wire in dialect.encode(event, self.words):
                if any(room in wire.to for room in rooms):
                    self.say(name, wire.payload)

    async def renew(self, token: str) -> datetime | None:
        claims = await self._means.callers.claims_of_token(token)
        if claims.user_id != self.actor.user_id:
            raise InvalidToken("another user")
        was = self.actor
        self.actor = await self._means.callers.admit(claims, was.session, was.socket)
        self.expires(claims.expires_at)
        return None if claims.expires_at is None else datetime.fromtimestamp(claims.expires_at, UTC)

    def expires(self, at: float | None) -> None:
        """Close the transport some time after this Unix time, where the deployment wants that."""
        self.stays()
        expiry = self._means.expiry
        if at is None or not expiry.closes:
            return
        delay = max(0.0, at + expiry.grace - datetime.now(UTC).timestamp())
        self._expiry = asyncio.get_running_loop().call_later(delay, self._expired)

    def stays(self) -> None:
        """Forget when to close."""
        if self._expiry is not None:
            self._expiry.cancel()
            self._expiry = None

    def _note(self) -> None:
        """Let it be known what to give back to her when she has lost her connection."""
        note = {
            "user": self.actor.user_id,
            "dialects": [dialect.name for dialect in self.spoken],
            "joined": [str(each) for each in islice(self.joined, MOST_NOTED)],
        }
        self._means.server.note(self.sid, note, self.namespace)

    def _expired(self) -> None:
        if self.actor.session is not None:
            self._means.server.close_session(self.actor.session, "token expired")

    def _room(self, conversation_id: UUID, dialect: Dialect) -> None:
        room = dialect.room(f"conversation:{conversation_id}")
        self._means.server.join(self.sid, room, self.namespace)


async def takes_part(
    actor: Actor, conversation_id: UUID, read: Callable[[UUID], Awaitable[Conversation]]
) -> bool:
    """Whether somebody is in a conversation, as `read` finds it."""
    try:
        conversation = await read(conversation_id)
    except UnknownConversation:
        return False
    return conversation.person(actor.user_id) is not None

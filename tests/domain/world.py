"""The domain with its memory ports, and a clock that a test moves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TypeVar
from uuid import UUID

from realtime.core import TYPING_TIMEOUT
from realtime.domain import announcements, conversations, messages
from realtime.domain.actor import Actor, Node, Rules
from realtime.domain.announcing import Announcer, connect_caches
from realtime.domain.events import BroadcastStored, Event, MessageSent
from realtime.domain.happened import Happened
from realtime.domain.memberships import Memberships
from realtime.domain.messages import Content
from realtime.domain.people import People
from realtime.domain.records import Conversation, Message
from realtime.domain.typing import Typing
from realtime.gateway.work import Work
from realtime.stores.database import Database
from realtime.stores.joined import SharedJoined
from realtime.stores.limits import MemoryLimits
from realtime.stores.presence import SharedPresence
from realtime.stores.visible import SharedVisible
from realtime.stores.writer import GroupWriter
from tests.patience import PATIENCE

Kind = TypeVar("Kind", bound=Event)


class World:
    """One node's domain; `told` is all that it announced, in order."""

    def __init__(self, database: Database, rules: Rules | None = None) -> None:
        rules = rules or Rules()
        self.database = database
        self.on_postgres = database.dialect == "postgres"
        self.told: list[Event] = []
        self.now = datetime(2026, 1, 5, 12, tzinfo=UTC)
        memberships, joined = Memberships(), SharedJoined()
        people = People(must_exist=rules.users.must_exist)
        self.announcer = announcer = Announcer()
        self.work = Work()
        announcer.listen(self.told.append)
        connect_caches(announcer, memberships, people, joined, self.work.start)
        typing = Typing(announcer.announce, lambda: self.now, TYPING_TIMEOUT)
        announcer.listen(typing.sent, MessageSent)
        writer = GroupWriter(
            database,
            joined,
            announcer.announce,
            memberships.remember,
            patience=PATIENCE,
            wakes=rules.pushing.for_messages,
            tells=rules.webhooks.get(Happened.MESSAGE_SENT, ()),
        )
        self.node = Node(
            writer=writer,
            presence=SharedPresence(0, lambda _user, _online: None),
            visible=SharedVisible(),
            joined=joined,
            limits=MemoryLimits({}),
            clock=lambda: self.now,
            announce=announcer.announce,
            memberships=memberships,
            people=people,
            typing=typing,
            rules=rules,
        )
        announcer.listen(self._tell_all, BroadcastStored)
        self._writer = writer
        writer.start()

    def _tell_all(self, event: BroadcastStored) -> None:
        self.work.start(announcements.tell(self.node, event.broadcast_id))

    async def stop(self) -> None:
        """Commit what waits."""
        await self.work.finish()
        await self._writer.stop()

    def actor(self, user_id: str, session: str | None = None) -> Actor:
        return Actor(user_id, self.node, session, socket=session)

    def later(self, **by: float) -> None:
        """Let time pass: `later(minutes=5)`."""
        self.now += timedelta(**by)

    def heard(self, kind: type[Kind]) -> list[Kind]:
        """What was announced of one kind."""
        return [event for event in self.told if isinstance(event, kind)]

    async def group(self, *user_ids: str) -> Conversation:
        made, _ = await conversations.create_group(self.actor("app"), user_ids, title="Choir")
        return made

    async def say(self, user_id: str, conversation_id: UUID, text: str) -> Message:
        return await messages.send(self.actor(user_id), conversation_id, Content(text))

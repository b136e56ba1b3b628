"""People, their conversations, and a writer whose announcements are collected."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import coroutine
from typing import Any

from realtime.domain import memberships
from realtime.domain.events import Event, MessageSent
from realtime.domain.ids import new_id
from realtime.domain.ports import Draft, Written
from realtime.domain.records import Attachment, Conversation
from realtime.models import Conversation as Row
from realtime.models import Message, Participant, User
from realtime.stores.database import Database
from realtime.stores.joined import SharedJoined
from realtime.stores.writer import GroupWriter
from tests.domain.world import World
from tests.patience import PATIENCE


def now() -> datetime:
    """UTC in whole milliseconds, as a node's clock says it."""
    at = datetime.now(UTC)
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


class Chat:
    """One node's writer over an open database."""

    def __init__(
        self,
        database: Database,
        *,
        patience: float = PATIENCE,
        wakes: timedelta | None = None,
        tells: Sequence[str] = (),
    ) -> None:
        self.database = database
        self.joined = SharedJoined()
        self.told: list[MessageSent] = []
        self.when_told: Callable[[], object] = lambda: None
        self.fresher: list[Conversation] = []
        self.writer = GroupWriter(
            database,
            self.joined,
            self._hear,
            self.fresher.append,
            patience=patience,
            wakes=wakes,
            tells=tells,
        )
        self.writer.start()

    async def between(self, *people: str) -> Conversation:
        """A new conversation: a pair's if they are two, else a group."""
        for person in people:
            await User.get_or_create(id=person, defaults={"name": person.title()})
        low, high = sorted(people) if len(people) == 2 else (None, None)
        conversation = await Row.create(id=new_id(), low_id=low, high_id=high)
        for person in people:
            await Participant.create(id=new_id(), conversation=conversation, user_id=person)
        conversation = await memberships.load(conversation.id)
        assert conversation is not None
        return conversation

    async def groups(self, count: int) -> list[Conversation]:
        """Many conversations of Ada and Bob at once."""
        first = await self.between("ada", "bob")
        rows = [Row(id=new_id()) for _ in range(count)]
        await Row.bulk_create(rows)
        await Participant.bulk_create(
            Participant(id=new_id(), conversation_id=row.id, user_id=person.id)
            for row in rows
            for person in first.people
        )
        return [replace(first, id=row.id, direct=False) for row in rows]

    def draft(
        self,
        conversation: Conversation,
        sender: str,
        content: str = "Hi",
        *,
        client_id: str | None = None,
        at: datetime | None = None,
        notify: bool = True,
        attachments: tuple[Attachment, ...] | None = None,
    ) -> Draft:
        """A message of somebody's, before it is stored."""
        person = conversation.person(sender)
        assert person is not None
        return Draft(
            id=new_id(),
            conversation=conversation,
            sender=person,
            kind="text",
            content=content,
            attachments=attachments,
            client_id=client_id,
            session=f"{sender}-session",
            created_at=at or now(),
            notify=notify,
        )

    async def send(
        self, conversation: Conversation, sender: str, content: str = "Hi", **more: Any
    ) -> Written:
        """Write one message."""
        return await self.writer.write(self.draft(conversation, sender, content, **more))

    async def send_all(self, drafts: Iterable[Draft]) -> list[Any]:
        """Write all at the same moment; each one's answer or exception, in their order."""
        writes = (self.writer.write(draft) for draft in drafts)
        return await asyncio.gather(*writes, return_exceptions=True)

    def told_of(self, conversation: Conversation) -> list[int]:
        """The numbers that were announced, in that order."""
        wanted = conversation.id
        return [told.message.seq for told in self.told if told.message.conversation_id == wanted]

    def _hear(self, event: Event) -> None:
        assert isinstance(event, MessageSent)
        self.told.append(event)
        self.when_told()


async def stored_seqs(conversation: Conversation) -> list[int]:
    """The numbers in the database, ascending; the conversation's row agrees with them."""
    rows = await Message.filter(conversation_id=conversation.id).order_by("seq")
    conversation = await Row.get(id=conversation.id)
    assert conversation.last_seq == len(rows)
    return [row.seq for row in rows]


async def waiting_for_a_lock(at: Chat | World) -> int:
    """How many in this PostgreSQL database wait for somebody else."""
    _, rows = await at.database.client.execute_query(
        "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
        "AND datname = current_database()"
    )
    return len(rows)


async def until_waiting(at: Chat | World, count: int = 1) -> None:
    """Until so many transactions wait for a lock that others hold."""
    while await waiting_for_a_lock(at) < count:  # noqa: ASYNC110 - another process knows
        await asyncio.sleep(0.01)


def without_gaps(count: int) -> list[int]:
    """1, 2, 3 … count."""
    return list(range(1, count + 1))


class Steps:
    """Runs a coroutine as if its task were cancelled in its nth await, if it has that many."""

    def __init__(self, nth: int) -> None:
        self._nth = nth
        self.taken = 0

    @property
    def finished(self) -> bool:
        """Whether the coroutine had fewer awaits."""
        return self.taken < self._nth

    async def run(self, work: Coroutine[Any, Any, Any]) -> None:
        """Drive it in a task of its own."""
        task = asyncio.ensure_future(self._drive(work))
        await asyncio.wait([task])
        if not task.cancelled():
            task.result()

    async def _drive(self, work: Coroutine[Any, Any, Any]) -> None:
        await self._stepped(work)

    @coroutine
    def _stepped(self, work: Coroutine[Any, Any, Any]) -> Any:
        step, value = work.send, None
        while True:
            try:
                awaited = step(value)
            except StopIteration:
                return
            self.taken += 1
            if self.taken == self._nth:
                task = asyncio.current_task()
                assert task is not None
                task.cancel()
            try:
                step, value = work.send, (yield awaited)
            except BaseException as error:  # noqa: BLE001 - the coroutine's to handle
                step, value = work.throw, error

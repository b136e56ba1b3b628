"""The record of every stored change: numbered when it is made, read back when it was never heard.

A conversation's changes count one after the other under the lock of its row, a user's own under
hers. A message is its own entry; everything else that changes stored things calls ``record`` or
``record_own`` in the transaction of the change. Who takes both locks takes conversations first.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from tortoise.expressions import F
from tortoise.transactions import in_transaction

from realtime.domain import epochs
from realtime.domain.ids import new_id
from realtime.domain.orders import OF_USER, Order
from realtime.domain.steps import portions
from realtime.models import Conversation as ConversationRow
from realtime.models import Journal, Message, User
from realtime.models.raw import on_postgres, places


class Kind(StrEnum):
    """What was changed. The first six are a conversation's, the others a user's own.

    A message sent has no entry of this kind: its own row is the entry. LEFT is a user's own where
    the conversation that she was in is no more. NOTIFICATIONS_CHANGED is another name of
    PREFERENCES, told apart by its ids: nodes of before it know no more kinds than these.
    """

    SENT = "sent"
    EDITED = "edited"
    DELETED = "deleted"
    READ = "read"
    JOINED = "joined"
    LEFT = "left"
    NOTIFIED = "notified"
    NOTIFICATION_READ = "notification_read"
    ALL_NOTIFICATIONS_READ = "all_notifications_read"
    NOTIFICATIONS_DELETED = "notifications_deleted"
    PREFERENCES = "preferences"
    NOTIFICATIONS_CHANGED = "preferences"


@dataclass(frozen=True, slots=True)
class Change:
    """One entry: which rows (``ids``), or which messages from ``first_seq`` to ``last_seq``.

    ``about_id`` is who read, joined or left, or with whom the messages were deleted; ``session``
    caused it, where a socket did.
    """

    kind: Kind
    ids: tuple[UUID | str, ...] = ()
    first_seq: int | None = None
    last_seq: int | None = None
    about_id: str | None = None
    session: str | None = None


OF_SENT = ("id", "change", "position", "committed_in", "sender_id", "session")
"""What of a message's row is its entry."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One change as it is read back, a message sent among them (``id`` is then the message's).

    ``about_id`` of a message is who sent it. A notification that is read back because its message
    cannot be has the message's ``change`` and conversation, and its user. All else is as in
    ``models/journal.py``.
    """

    kind: Kind
    id: UUID
    change: int
    position: int
    committed_in: int
    conversation_id: UUID | None = None
    user_id: str | None = None
    ids: tuple[str, ...] = ()
    first_seq: int | None = None
    last_seq: int | None = None
    about_id: str | None = None
    session: str | None = None

    @property
    def order(self) -> Order:
        """Its place among the changes of its conversation, else of its user."""
        if self.conversation_id is not None:
            return str(self.conversation_id), self.change
        return f"{OF_USER}{self.user_id}", self.change

    @property
    def is_broadcast(self) -> bool:
        """Whether it was said to everybody, who all have it in no order of their own."""
        return self.kind == Kind.NOTIFIED and self.conversation_id is None and not self.change

    @property
    def weight(self) -> int:
        """How many rows it is about, at most."""
        if self.first_seq is None or self.last_seq is None:
            return max(1, len(self.ids))
        return self.last_seq - self.first_seq + 1


async def locked(conversation_id: UUID) -> ConversationRow | None:
    """The row that numbers a conversation's messages and changes, until the transaction ends.

    Whoever holds it knows that nobody is writing, reading, editing or deleting there meanwhile.
    """
    found = ConversationRow.filter(id=conversation_id)
    return await found.select_for_update(no_key=True).first()


async def record(row: ConversationRow, change: Change, at: datetime) -> int:
    """Enter a change of a conversation whose row is locked; gives its number."""
    row.last_change += 1
    await ConversationRow.filter(id=row.id).update(last_change=row.last_change)
    (position,), committed_in = await places(1)
    entry = _entry(change, row.last_change, position, committed_in, at)
    entry.conversation_id = row.id
    await entry.save(force_create=True)
    return int(row.last_change)


async def hold(user_ids: Collection[str]) -> None:
    """Lock users before anything of theirs, in the transaction that will ``record_own``.

    Whoever has several rows of theirs to change locks nobody else so: all begin with the user.
    """
    for portion in portions(sorted(user_ids)):
        users = User.filter(id__in=portion).order_by("id")
        await users.select_for_update(no_key=True).only("id")


async def record_own(changes: Mapping[str, Change], at: datetime) -> dict[str, int]:
    """Enter a change of what is each of these users' own; gives each one's number.

    Users that do not exist have none. The users stay locked until the transaction ends.
    """
    users = await _locked_users(changes.keys())
    if not users:
        return {}
    positions, committed_in = await places(len(users))
    for portion in portions(zip(users, positions, strict=True)):
        entries = [
            _own_entry(user, changes[user.id], position, committed_in, at)
            for user, position in portion
        ]
        await Journal.bulk_create(entries)
    return {user.id: user.last_change + 1 for user in users}


async def of_conversation(conversation_id: UUID, first: int, last: int) -> list[Entry]:
    """A conversation's entries from one number to another, in order, the messages sent included."""
    these = {"conversation_id": conversation_id, "change__gte": first, "change__lte": last}
    sent = await Message.filter(**these).only(*OF_SENT)
    entries = [
        Entry(
            Kind.SENT,
            each.id,
            each.change,
            each.position,
            each.committed_in,
            conversation_id,
            about_id=each.sender_id,
            session=each.session,
        )
        for each in sent
    ]
    entries += [entry_of(each) for each in await Journal.filter(**these)]
    return sorted(entries, key=lambda entry: entry.change)


async def of_user(user_id: str, first: int, last: int) -> list[Entry]:
    """A user's own entries from one number to another."""
    found = Journal.filter(user_id=user_id, change__gte=first, change__lte=last)
    return [entry_of(each) for each in await found.order_by("change")]


async def forget(before: datetime, most: int) -> int:
    """Let go of entries from before a time, `most` at once; gives how many were found.

    What was let go of is remembered, so that nobody takes the rest for all that there was.
    """
    old = Journal.filter(at__lt=before).order_by("at").limit(most)
    place = "committed_in" if on_postgres() else "position"
    async with in_transaction():
        found = dict(await old.values_list("id", place))
        if found:
            await Journal.filter(id__in=list(found)).delete()
            await epochs.forgotten(max(found.values()))
    return len(found)


def entry_of(row: Any) -> Entry:
    """A row of the journal, the ORM's or any that has its columns by name."""
    return Entry(
        kind=Kind(row.kind),
        id=row.id,
        change=row.change,
        position=row.position,
        committed_in=row.committed_in,
        conversation_id=row.conversation_id,
        user_id=row.user_id,
        ids=tuple(row.ids or ()),
        first_seq=row.first_seq,
        last_seq=row.last_seq,
        about_id=row.about_id,
        session=row.session,
    )


async def _locked_users(user_ids: Collection[str]) -> list[User]:
    """In the order of their ids: two who lock the same users cannot lock each other."""
    users: list[User] = []
    for portion in portions(sorted(user_ids)):
        found = User.filter(id__in=portion).order_by("id")
        locked = await found.select_for_update(no_key=True).only("id", "last_change")
        those = User.filter(id__in=[user.id for user in locked])
        if locked:  # one statement, however different their numbers are
            await those.update(last_change=F("last_change") + 1)
        users += locked
    return users


def _own_entry(
    user: User, change: Change, position: int, committed_in: int, at: datetime
) -> Journal:
    entry = _entry(change, user.last_change + 1, position, committed_in, at)
    entry.user_id = user.id
    return entry


def _entry(change: Change, number: int, position: int, committed_in: int, at: datetime) -> Journal:
    return Journal(
        id=new_id(),
        change=number,
        position=position,
        committed_in=committed_in,
        kind=change.kind,
        ids=[str(each) for each in change.ids] or None,
        first_seq=change.first_seq,
        last_seq=change.last_seq,
        about_id=change.about_id,
        session=change.session,
        at=at,
    )

"""One batch of the writer, while its conversations are locked: who is answered what.

Pure: it decides, the writer reads and writes. Rows are built once; what is stored is announced.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from realtime.domain.errors import NotParticipant, UnknownConversation
from realtime.domain.events import MessageSent
from realtime.domain.ports import Draft, Written
from realtime.domain.records import (
    NEW_MESSAGE,
    PREVIEW_LENGTH,
    Membership,
    Message,
    Notification,
    Person,
)
from realtime.stores.writer_rows import (
    Key,
    Last,
    Locked,
    MessageRow,
    NotificationRow,
    Stored,
    attachments_of,
)


@dataclass(slots=True, eq=False)
class Entry:
    """A draft on its way: what comes of it is told by ``answer``.

    ``key`` makes it a retry of another, if it has a client id.
    """

    draft: Draft
    key: Key | None
    attachments: orjson.Fragment | None
    answer: Callable[[Written | Exception], None]
    deadline: float
    outcome: Written | Exception | None = None
    event: MessageSent | None = None


@dataclass(slots=True)
class Numbered:
    """A draft that is stored in this batch, and who is notified of it."""

    entry: Entry
    message: Message
    membership: Membership
    notifications: list[Notification] = field(default_factory=list)


class Batch:
    """Drafts in the order in which they came."""

    def __init__(self, entries: list[Entry]) -> None:
        self.entries = entries
        self.numbered: list[Numbered] = []
        self.reloaded: dict[UUID, Membership] = {}

    def forget(self) -> None:
        """What was decided has been rolled back."""
        for entry in self.entries:
            entry.outcome = entry.event = None

    def open(self) -> list[Entry]:
        """The entries of which nothing has been decided."""
        return [entry for entry in self.entries if entry.outcome is None]

    def conversation_ids(self) -> list[UUID]:
        """The conversations to lock, each once."""
        return sorted({entry.draft.membership.conversation_id for entry in self.entries})

    def keys(self) -> list[Key]:
        """The client ids to look up."""
        return [entry.key for entry in self.entries if entry.key is not None]

    def stale(self, locked: Mapping[UUID, Locked]) -> set[UUID]:
        """The conversations whose people have changed since somebody wrote here."""
        memberships = (entry.draft.membership for entry in self.entries)
        return {
            known.conversation_id
            for known in memberships
            if known.conversation_id in locked
            and locked[known.conversation_id].version != known.version
        }

    def number(self, locked: Mapping[UUID, Locked], stored: Mapping[Key, Stored]) -> None:
        """Refuse who may not write, answer retries from their rows, number the rest."""
        sent: dict[Key, Message] = {}
        for entry in self.entries:
            if entry.outcome is not None:
                continue
            draft = entry.draft
            conversation = locked.get(draft.membership.conversation_id)
            membership = self._membership(draft)
            if conversation is None:
                entry.outcome = UnknownConversation()
            elif membership.person(draft.sender.id) is None:
                entry.outcome = NotParticipant()
            else:
                self._store_once(entry, membership, conversation, stored, sent)

    def recognise(self, stored: list[Stored], notified: list[tuple[UUID, UUID, str]]) -> None:
        """A commit of which we had not heard has stored these: what it made is told now."""
        by_id = {row.id: row for row in stored}
        for entry in self.entries:
            row = by_id.get(entry.draft.id)
            if row is not None:
                made = [(id_, user) for id_, message_id, user in notified if message_id == row.id]
                message = stored_message(row, entry.draft)
                numbered = Numbered(entry, message, self._membership(entry.draft))
                numbered.notifications = [_notification(id_, user, message) for id_, user in made]
                numbered.entry.outcome = Written(message, fresh=True)
                numbered.entry.event = _event(numbered)

    def absent(self, present: Mapping[UUID, set[str]]) -> list[tuple[Numbered, Person]]:
        """Those who hear of a message without having joined its conversation."""
        return [
            (numbered, person)
            for numbered in self.numbered
            for person in absent(numbered.entry.draft, numbered.membership, present)
        ]

    def settle(self) -> None:
        """Everything is numbered and notified: what will be told once it is committed."""
        for numbered in self.numbered:
            numbered.entry.outcome = Written(numbered.message, fresh=True)
            numbered.entry.event = _event(numbered)

    def message_rows(self) -> list[MessageRow]:
        """The new rows of ``messages``."""
        return [
            MessageRow(
                id=(message := numbered.message).id,
                conversation_id=message.conversation_id,
                seq=message.seq,
                sender_id=message.sender.id,
                kind=message.kind,
                content=message.content,
                attachments=numbered.entry.attachments,
                client_id=message.client_id,
                created_at=message.created_at,
            )
            for numbered in self.numbered
        ]

    def notification_rows(self) -> list[NotificationRow]:
        """The new rows of ``notifications``."""
        return [
            NotificationRow(
                id=notification.id,
                user_id=notification.user_id,
                actor_id=numbered.message.sender.id,
                message_id=numbered.message.id,
                type=NEW_MESSAGE,
                text=notification.text or "",
                data=orjson.Fragment(orjson.dumps(notification.data)),
                created_at=notification.created_at,
            )
            for numbered in self.numbered
            for notification in numbered.notifications
        ]

    def lasts(self) -> list[Last]:
        """The last number and time of each conversation that has a new message."""
        last = {numbered.message.conversation_id: numbered.message for numbered in self.numbered}
        return [Last(id_, message.seq, message.created_at) for id_, message in last.items()]

    def events(self) -> Iterator[MessageSent]:
        """What to announce, in the order of the numbers."""
        return (entry.event for entry in self.entries if entry.event is not None)

    def _membership(self, draft: Draft) -> Membership:
        return self.reloaded.get(draft.membership.conversation_id, draft.membership)

    def _store_once(
        self,
        entry: Entry,
        membership: Membership,
        conversation: Locked,
        stored: Mapping[Key, Stored],
        sent: dict[Key, Message],
    ) -> None:
        key = entry.key
        if key is not None and key in stored:
            entry.outcome = Written(stored_message(stored[key], entry.draft), fresh=False)
        elif key is not None and key in sent:
            entry.outcome = Written(sent[key], fresh=False)
        else:
            conversation.last_seq += 1
            conversation.last_at = _not_before(conversation.last_at, entry.draft.created_at)
            new = number(entry, membership, conversation.last_seq, conversation.last_at)
            self.numbered.append(new)
            if key is not None:
                sent[key] = new.message


def stored_message(row: Stored, draft: Draft) -> Message:
    """A message that was there already, as the domain hands it out."""
    return Message(
        id=row.id,
        conversation_id=row.conversation_id,
        seq=row.seq,
        sender=draft.sender,
        receiver=draft.membership.partner(row.sender_id),
        kind=row.kind,
        content=row.content,
        attachments=attachments_of(row.attachments),
        client_id=row.client_id,
        created_at=row.created_at,
        updated_at=row.updated_at,
        edited_at=row.edited_at,
        read_at=row.read_at,
    )


def number(entry: Entry, membership: Membership, seq: int, at: datetime) -> Numbered:
    """A draft with its place in the conversation."""
    draft = entry.draft
    message = Message(
        id=draft.id,
        conversation_id=membership.conversation_id,
        seq=seq,
        sender=draft.sender,
        receiver=membership.partner(draft.sender.id),
        kind=draft.kind,
        content=draft.content,
        attachments=draft.attachments,
        client_id=draft.client_id,
        created_at=at,
        updated_at=at,
    )
    return Numbered(entry, message, membership)


def absent(draft: Draft, membership: Membership, present: Mapping[UUID, set[str]]) -> list[Person]:
    """Those who are to hear of a message without having joined its conversation."""
    if not draft.notify:
        return []
    here = present.get(membership.conversation_id, ())
    return [
        person
        for person in membership.people
        if person.id not in here and person.id != draft.sender.id
    ]


def notify(numbered: Numbered, user_id: str, notification_id: UUID) -> None:
    """Remember the notification that tells somebody of a message."""
    numbered.notifications.append(_notification(notification_id, user_id, numbered.message))


def preview(content: str) -> str:
    """What a notification shows of a message."""
    return content[:PREVIEW_LENGTH]


def notice_data(message_id: UUID, conversation_id: UUID, sender_id: str) -> dict[str, Any]:
    """What a notification of a message keeps of it."""
    return {
        "messageId": str(message_id),
        "conversationId": str(conversation_id),
        "senderId": sender_id,
    }


def _not_before(last: datetime | None, now: datetime) -> datetime:
    """Clocks of nodes differ; the times of a conversation never run backwards."""
    return now if last is None or last < now else last


def _notification(id_: UUID, user_id: str, message: Message) -> Notification:
    return Notification(
        id=id_,
        user_id=user_id,
        type=NEW_MESSAGE,
        title=None,
        text=preview(message.content),
        created_at=message.created_at,
        actor=message.sender,
        message_id=message.id,
        conversation_id=message.conversation_id,
        data=notice_data(message.id, message.conversation_id, message.sender.id),
    )


def _event(numbered: Numbered) -> MessageSent:
    return MessageSent(
        message=numbered.message,
        membership=numbered.membership,
        notifications=tuple(numbered.notifications),
        session=numbered.entry.draft.session,
    )

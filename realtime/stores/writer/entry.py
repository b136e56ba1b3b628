"""One draft on its way through the writer: what becomes of it, and whom it notifies."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from realtime.domain.events import MessageSent
from realtime.domain.ports import Draft, Written
from realtime.domain.records import (
    NEW_MESSAGE,
    PREVIEW_LENGTH,
    Conversation,
    Message,
    Notification,
    Person,
)
from realtime.stores.writer.rows import Key, Stored, attachments_of


@dataclass(slots=True, eq=False)
class Entry:
    """A draft on its way, and who waits to hear what comes of it.

    ``key`` makes it a retry of another, if it has a client id.
    """

    draft: Draft
    key: Key | None
    attachments: orjson.Fragment | None
    heard: asyncio.Future[Written]
    deadline: float
    outcome: Written | Exception | None = None
    event: MessageSent | None = None

    def answer(self, outcome: Written | Exception) -> None:
        """Tell who waits, unless she was cancelled or has been told."""
        if self.heard.done():
            return
        if isinstance(outcome, Exception):
            self.heard.set_exception(outcome)
        else:
            self.heard.set_result(outcome)


@dataclass(slots=True)
class Numbered:
    """A draft that is stored in this batch, and who is notified of it."""

    entry: Entry
    message: Message
    conversation: Conversation
    notifications: list[Notification] = field(default_factory=list)


def stored_message(row: Stored, draft: Draft) -> Message:
    """A message that was there already, as the domain hands it out."""
    return Message(
        id=row.id,
        conversation_id=row.conversation_id,
        seq=row.seq,
        sender=draft.sender,
        receiver=draft.conversation.partner(row.sender_id),
        kind=row.kind,
        content=row.content,
        attachments=attachments_of(row.attachments),
        client_id=row.client_id,
        created_at=row.created_at,
        updated_at=row.updated_at,
        edited_at=row.edited_at,
        read_at=row.read_at,
    )


def number(entry: Entry, conversation: Conversation, seq: int, at: datetime) -> Numbered:
    """A draft with its place in the conversation."""
    draft = entry.draft
    message = Message(
        id=draft.id,
        conversation_id=conversation.id,
        seq=seq,
        sender=draft.sender,
        receiver=conversation.partner(draft.sender.id),
        kind=draft.kind,
        content=draft.content,
        attachments=draft.attachments,
        client_id=draft.client_id,
        created_at=at,
        updated_at=at,
    )
    return Numbered(entry, message, conversation)


def absent(
    draft: Draft, conversation: Conversation, present: Mapping[UUID, set[str]]
) -> list[Person]:
    """Those who are to hear of a message without having joined its conversation."""
    if not draft.notify:
        return []
    here = present.get(conversation.id, ())
    return [
        person
        for person in conversation.people
        if person.id not in here and person.id != draft.sender.id
    ]


def notify(numbered: Numbered, user_id: str, notification_id: UUID) -> None:
    """Remember the notification that tells somebody of a message."""
    numbered.notifications.append(notification(notification_id, user_id, numbered.message))


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


def notification(id_: UUID, user_id: str, message: Message) -> Notification:
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


def event_of(numbered: Numbered) -> MessageSent:
    return MessageSent(
        message=numbered.message,
        conversation=numbered.conversation,
        notifications=tuple(numbered.notifications),
        session=numbered.entry.draft.session,
    )

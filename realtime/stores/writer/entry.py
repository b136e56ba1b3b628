"""One message on its way through the writer, from its draft to what is told of it."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import orjson

from realtime.domain.events import MessageSent
from realtime.domain.ports import Draft, Written
from realtime.domain.records import (
    NEW_MESSAGE,
    Attachment,
    Conversation,
    Message,
    Notification,
    Person,
    notice_data,
    preview,
)


@dataclass(slots=True, eq=False)
class Entry:
    """A draft, who waits to hear what comes of it, and what does.

    ``attachments`` is the column's JSON. ``conversation`` is as the sender knew it until the writer
    finds a fresher one. ``message`` is there once it has its numbers, ``outcome`` once it is
    decided; ``fresh`` tells a new message from the answer to a retry. ``pushed`` are those of the
    notifications that somebody's browser is to show.
    """

    draft: Draft
    attachments: orjson.Fragment | None
    heard: asyncio.Future[Written]
    deadline: float
    conversation: Conversation
    message: Message | None = None
    notifications: list[Notification] = field(default_factory=list)
    pushed: set[UUID] = field(default_factory=set)
    fresh: bool = False
    outcome: Written | Exception | None = None

    def number(self, seq: int, change: int, at: datetime) -> Message:
        """Give it its place in the conversation."""
        draft = self.draft
        self.fresh = True
        self.message = Message(
            id=draft.id,
            conversation_id=self.conversation.id,
            seq=seq,
            sender=draft.sender,
            receiver=self.conversation.partner(draft.sender.id),
            kind=draft.kind,
            content=draft.content,
            attachments=draft.attachments,
            client_id=draft.client_id,
            created_at=at,
            updated_at=at,
            change=change,
        )
        return self.message

    def absent(self, present: Collection[str]) -> list[Person]:
        """Those who are to hear of it without having joined its conversation."""
        if not self.draft.notify:
            return []
        sender_id = self.draft.sender.id
        return [
            person
            for person in self.conversation.people
            if person.id not in present and person.id != sender_id
        ]

    def notify(self, user_id: str, notification_id: UUID) -> None:
        """Remember the notification that tells somebody of it."""
        assert self.message is not None, "a message is numbered first"  # noqa: S101
        its = _notification(notification_id, user_id, self.draft.id, self.message)
        self.notifications.append(its)

    def settle(self) -> None:
        """It is numbered and its notifications are known: decided, once it is committed."""
        assert self.message is not None, "a message is numbered first"  # noqa: S101
        self.outcome = Written(self.message, fresh=self.fresh)

    def forget(self) -> None:
        """What was decided has been rolled back."""
        self.message = self.outcome = None
        self.notifications = []
        self.pushed = set()
        self.fresh = False

    def event(self) -> MessageSent | None:
        """What everybody is told of it: nothing of a retry or a refusal."""
        if self.message is None or not self.fresh:
            return None
        return MessageSent(
            message=self.message,
            conversation=self.conversation,
            notifications=tuple(self.notifications),
            session=self.draft.session,
        )

    def answer(self, outcome: Written | Exception) -> None:
        """Tell who waits, unless she was cancelled or has been told."""
        if self.heard.done():
            return
        if isinstance(outcome, Exception):
            self.heard.set_exception(outcome)
        else:
            self.heard.set_result(outcome)


def attachments_json(attachments: tuple[Attachment, ...] | None) -> orjson.Fragment | None:
    """Attachments as ``messages.attachments`` keeps them. Raises TypeError for a lone surrogate."""
    return None if attachments is None else orjson.Fragment(orjson.dumps(attachments))


def _notification(id_: UUID, user_id: str, message_id: UUID, message: Message) -> Notification:
    return Notification(
        id=id_,
        user_id=user_id,
        type=NEW_MESSAGE,
        title=None,
        text=preview(message.content),
        created_at=message.created_at,
        actor=message.sender,
        message_id=message_id,
        conversation_id=message.conversation_id,
        in_group=message.receiver is None,
        data=notice_data(message_id, message.conversation_id, message.sender.id),
    )

"""What was stored, as the events that told it: for a number that was never heard, and for who was
away.

A message is said in its present state. What says nothing any more (a message deleted since, a
notification removed since) has its number and no event; one that nobody stored has neither.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from uuid import UUID

from realtime.domain import journal
from realtime.domain.actor import Node
from realtime.domain.events import (
    AllNotificationsRead,
    Event,
    MembershipChanged,
    MessageDeleted,
    MessageEdited,
    MessagesDeleted,
    MessageSent,
    MessagesRead,
    NotificationChanged,
    NotificationCreated,
    NotificationRead,
    OwnChanged,
    ParticipantRemoved,
)
from realtime.domain.journal import Entry, Kind
from realtime.domain.recalled import Recalled, recall
from realtime.domain.records import Conversation
from realtime.models import Message as MessageRow

Changes = Mapping[int, Event | None]
"""What each number told; None for one that says nothing any more."""


async def of_conversation(node: Node, conversation_id: UUID, first: int, last: int) -> Changes:
    """A conversation's changes from one number to another, both included."""
    entries = await journal.of_conversation(conversation_id, first, last)
    recalled = await recall(node, entries)
    if conversation_id not in recalled.conversations:
        return {}  # it is gone, and with it all that could be said of it
    return {each.change: event_of(each, recalled) for each in entries}


async def of_user(node: Node, user_id: str, first: int, last: int) -> Changes:
    """The changes of what is a user's own, from one number to another, both included."""
    entries = await journal.of_user(user_id, first, last)
    recalled = await recall(node, entries)
    return {each.change: event_of(each, recalled) for each in entries}


def event_of(entry: Entry, recalled: Recalled) -> Event | None:
    """What an entry told, said as it is now."""
    if entry.user_id is not None:
        return _own(entry, entry.user_id, recalled)
    if entry.conversation_id is None:
        return None
    conversation = recalled.conversations.get(entry.conversation_id)
    if conversation is None:
        return None
    if entry.kind == Kind.LEFT:
        return ParticipantRemoved(conversation.id, entry.about_id or "", entry.change)
    say = OF_CONVERSATION.get(entry.kind)
    if say is None:
        return MembershipChanged(conversation.id, entry.change)
    return say(entry, conversation, recalled)


def event_since(
    entry: Entry, recalled: Recalled, at: datetime, is_new: Callable[[MessageRow], bool]
) -> Event | None:
    """What an entry tells somebody who was away until now.

    A message that ``is_new`` to her is told as it is now, so that its edits, and its deletion, say
    nothing more. A notification that has expired is not told.
    """
    if entry.kind in {Kind.EDITED, Kind.DELETED} and entry.ids:
        row = recalled.rows.get(entry.ids[0])
        if row is not None and is_new(row):
            return None
    event = event_of(entry, recalled)
    if isinstance(event, NotificationCreated):
        notification = event.notification
        message = recalled.rows.get(str(notification.message_id))
        if message is not None and is_new(message):
            return None  # it is told with its message
        expires_at = notification.expires_at
        return event if expires_at is None or expires_at > at else None
    return event


def _sent(entry: Entry, conversation: Conversation, recalled: Recalled) -> Event | None:
    message = recalled.messages.get(str(entry.id))
    if message is None:
        return None
    return MessageSent(message, conversation, recalled.made.get(entry.id, ()), entry.session)


def _edited(entry: Entry, conversation: Conversation, recalled: Recalled) -> Event | None:
    message = recalled.messages.get(entry.ids[0])
    return None if message is None else MessageEdited(message, conversation, entry.change)


def _deleted(entry: Entry, conversation: Conversation, recalled: Recalled) -> Event | None:
    if not entry.ids:
        ids = recalled.ranges.get(entry.id, ())
        return MessagesDeleted(conversation.id, ids, entry.change) if ids else None
    row = recalled.rows.get(entry.ids[0])
    if row is None:  # a deleted message keeps its row, but no longer than its conversation does
        return None
    return MessageDeleted(
        conversation.id, row.id, row.sender_id, conversation, row.created_at, entry.change
    )


def _read(entry: Entry, conversation: Conversation, recalled: Recalled) -> Event | None:
    """Naming a message that was read before does no harm."""
    ids = tuple(map(UUID, entry.ids)) or recalled.ranges.get(entry.id, ())
    if not ids:
        return None
    return MessagesRead(conversation.id, entry.about_id or "", ids, conversation, entry.change)


Say = Callable[[Entry, Conversation, Recalled], Event | None]

OF_CONVERSATION: Mapping[Kind, Say] = {
    Kind.SENT: _sent,
    Kind.EDITED: _edited,
    Kind.DELETED: _deleted,
    Kind.READ: _read,
}


def _own(entry: Entry, user_id: str, recalled: Recalled) -> Event | None:
    if entry.kind == Kind.NOTIFIED:
        view = recalled.views.get(entry.id)
        notification = recalled.notifications.get(entry.ids[0])
        if notification is None or notification.user_id != user_id:
            return view  # it was seen all the same
        change = entry.change if entry.conversation_id is None else 0
        return NotificationCreated(notification, change=change, view=view)
    if entry.kind == Kind.NOTIFICATIONS_CHANGED and len(entry.ids) == 1:
        changed = recalled.notifications.get(entry.ids[0])
        if changed is not None and changed.user_id == user_id:
            return NotificationChanged(changed, entry.session, entry.change)
    if entry.kind == Kind.NOTIFICATION_READ:
        return NotificationRead(UUID(entry.ids[0]), user_id, entry.session, entry.change)
    if entry.kind == Kind.ALL_NOTIFICATIONS_READ:
        return AllNotificationsRead(user_id, entry.session, entry.change)
    return OwnChanged(user_id, entry.change)

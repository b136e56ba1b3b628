"""What was stored, as the events that told it: for a number that was never heard.

A message is said in its present state. What says nothing any more (a message deleted since, a
notification removed since) has its number and no event; one that nobody stored has neither.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from tortoise.queryset import QuerySet

from realtime.domain import histories, journal, notifications
from realtime.domain.actor import Actor, Node
from realtime.domain.errors import UnknownConversation
from realtime.domain.events import (
    AllNotificationsRead,
    Event,
    MembershipChanged,
    MessageDeleted,
    MessageEdited,
    MessagesDeleted,
    MessageSent,
    MessagesRead,
    NotificationCreated,
    NotificationRead,
    OwnChanged,
    ParticipantRemoved,
)
from realtime.domain.journal import Kind
from realtime.domain.records import Conversation, Message, Notification
from realtime.domain.steps import portions
from realtime.models import Journal
from realtime.models import Message as MessageRow
from realtime.models import Notification as NotificationRow

Changes = Mapping[int, Event | None]
"""What each number told; None for one that says nothing any more."""


async def of_conversation(node: Node, conversation_id: UUID, first: int, last: int) -> Changes:
    """A conversation's changes from one number to another, both included."""
    try:
        conversation = await node.memberships.reload(conversation_id)
    except UnknownConversation:  # it is gone, and with it all that could be said of it
        return {}
    sent = await MessageRow.filter(
        conversation_id=conversation_id, change__gte=first, change__lte=last
    )
    told: dict[int, Event | None] = {row.change: None for row in sent}
    told |= await _sent(node, conversation, [row for row in sent if row.deleted_at is None])
    for entry in await journal.of_conversation(conversation_id, first, last):
        told[entry.change] = await _changed(node, conversation, entry)
    return told


async def of_user(node: Node, user_id: str, first: int, last: int) -> Changes:
    """The changes of what is a user's own, from one number to another, both included."""
    entries = await journal.of_user(user_id, first, last)
    created = await _notifications(node, user_id, entries)
    return {entry.change: _own(user_id, entry, created) for entry in entries}


async def _sent(
    node: Node, conversation: Conversation, rows: Sequence[MessageRow]
) -> dict[int, Event]:
    made: list[NotificationRow] = []
    for portion in portions([row.id for row in rows]):
        made += await NotificationRow.filter(message_id__in=portion)
    told: dict[int, Event] = {}
    for message in await histories.records(Actor("", node), conversation, rows):
        its = [row for row in made if row.message_id == message.id]
        notified = tuple(notifications.record(row, message.sender) for row in its)
        told[message.change] = MessageSent(message, conversation, notified)
    return told


async def _changed(node: Node, conversation: Conversation, entry: Journal) -> Event | None:
    if entry.kind == Kind.EDITED:
        message = await _message(node, conversation, UUID(entry.ids[0]))
        return MessageEdited(message, conversation, entry.change) if message else None
    if entry.kind == Kind.DELETED:
        return await (_deleted if entry.ids else _deleted_with_sender)(conversation, entry)
    if entry.kind == Kind.READ:
        ids, reader = await _read(entry), entry.about_id or ""
        return MessagesRead(conversation.id, reader, ids, conversation, entry.change)
    if entry.kind == Kind.LEFT:
        return ParticipantRemoved(conversation.id, entry.about_id or "", entry.change)
    return MembershipChanged(conversation.id, entry.change)


async def _deleted(conversation: Conversation, entry: Journal) -> Event | None:
    row = await MessageRow.filter(id=entry.ids[0]).first()
    if row is None:  # a deleted message keeps its row, but no longer than its conversation does
        return None
    return MessageDeleted(
        conversation.id, row.id, row.sender_id, conversation, row.created_at, entry.change
    )


async def _deleted_with_sender(conversation: Conversation, entry: Journal) -> Event | None:
    hers = MessageRow.filter(sender_id=entry.about_id, deleted_at__not_isnull=True)
    ids = await _ids(entry, hers)
    return MessagesDeleted(conversation.id, ids, entry.change) if ids else None


async def _message(node: Node, conversation: Conversation, message_id: UUID) -> Message | None:
    rows = await MessageRow.filter(id=message_id, deleted_at=None)
    found = await histories.records(Actor("", node), conversation, rows)
    return found[0] if found else None


async def _read(entry: Journal) -> tuple[UUID, ...]:
    """The messages that an entry says are read; naming one that was read before does no harm."""
    if entry.ids:
        return tuple(map(UUID, entry.ids))
    read = MessageRow.filter(read_at__not_isnull=True, deleted_at=None)
    return await _ids(entry, read.exclude(sender_id=entry.about_id))


async def _ids(entry: Journal, among: QuerySet[MessageRow]) -> tuple[UUID, ...]:
    """Those in an entry's range."""
    found = among.filter(
        conversation_id=entry.conversation_id, seq__gte=entry.first_seq, seq__lte=entry.last_seq
    )
    return tuple(row.id for row in await found.order_by("seq").only("id"))


async def _notifications(
    node: Node, user_id: str, entries: Sequence[Journal]
) -> dict[str, Notification]:
    ids = [each for entry in entries if entry.kind == Kind.NOTIFIED for each in entry.ids]
    rows: list[NotificationRow] = []
    for portion in portions(ids):
        rows += await NotificationRow.filter(id__in=portion, user_id=user_id)
    found = await notifications.records(Actor(user_id, node), rows)
    return {str(each.id): each for each in found}


def _own(user_id: str, entry: Journal, created: Mapping[str, Notification]) -> Event | None:
    if entry.kind == Kind.NOTIFIED:
        notification = created.get(entry.ids[0])
        if notification is None:
            return None
        return NotificationCreated(notification, change=entry.change)
    if entry.kind == Kind.NOTIFICATION_READ:
        return NotificationRead(UUID(entry.ids[0]), user_id, entry.session, entry.change)
    if entry.kind == Kind.ALL_NOTIFICATIONS_READ:
        return AllNotificationsRead(user_id, entry.session, entry.change)
    return OwnChanged(user_id, entry.change)

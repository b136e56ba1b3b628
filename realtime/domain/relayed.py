"""What the application itself keeps or has decided, and only wants told."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from tortoise.transactions import in_transaction

from realtime.domain import conversations, journal, messages, receipts, webhooks
from realtime.domain.actor import Actor, Node
from realtime.domain.events import MessageDeleted, MessageSent, MessagesRead
from realtime.domain.ids import new_id
from realtime.domain.journal import Change, Kind
from realtime.domain.messages import Content
from realtime.domain.records import Conversation, Message
from realtime.domain.steps import portions
from realtime.domain.texts import text_of
from realtime.models import Message as Row

UNNUMBERED = 0
"""The ``seq`` of a message that is not ours to keep."""


async def relay(
    actor: Actor,
    conversation_id: UUID,
    content: Content,
    *,
    message_id: str | None = None,
    created_at: datetime | None = None,
) -> Message:
    """Tell of a message that the application keeps; it is in no history, list or count of ours.

    Raises what ``messages.send`` raises.
    """
    text = text_of(content.text, actor.node.rules.messages.max_length)
    conversation = await conversations.access(actor, conversation_id)
    await conversations.refuse_blocked(actor, conversation)
    at = created_at or actor.node.clock()
    message = Message(
        id=new_id() if message_id is None else message_id,
        conversation_id=conversation_id,
        seq=UNNUMBERED,
        sender=conversations.part_of(actor, conversation),
        receiver=conversation.partner(actor.user_id),
        kind=content.kind,
        content=text,
        attachments=content.attachments,
        client_id=content.client_id,
        created_at=at,
        updated_at=at,
    )
    actor.node.announce(MessageSent(message, conversation))
    return message


async def read(node: Node, conversation_id: UUID, message_ids: Sequence[str]) -> None:
    """Tell that these messages are read; those of ours are from now on.

    So many at a time. Raises UnknownConversation.
    """
    conversation = await node.memberships.current(conversation_id)
    for portion in portions(message_ids):
        await _read(node, conversation, portion)


async def _read(node: Node, conversation: Conversation, message_ids: Sequence[str]) -> None:
    conversation_id = conversation.id
    change, now = 0, node.clock()
    async with in_transaction():
        held = await journal.locked(conversation_id)
        ours = await _ours(conversation_id, message_ids)
        unread = tuple(row.id for row in ours if row.read_at is None)
        if held is not None and unread:
            await receipts.mark_read_apart(held, unread, now)
            change = await journal.record(held, Change(Kind.READ, ids=unread), now)
            reader = _reader(conversation, ours)
            await webhooks.read(node, conversation_id, unread, by=reader, change=change, now=now)
    read_ids = tuple(message_ids)
    node.announce(
        MessagesRead(conversation_id, _reader(conversation, ours), read_ids, conversation, change)
    )


async def delete(node: Node, conversation_id: UUID, message_id: str) -> None:
    """Tell that a message is gone; if it is ours, its words are, and the notifications it made.

    Telling it twice of one of ours tells it once. Raises UnknownConversation.
    """
    conversation = await node.memberships.current(conversation_id)
    change, now = 0, node.clock()
    async with in_transaction():
        held = await journal.locked(conversation_id)
        ours = await _ours(conversation_id, [message_id], deleted=True)
        if held is not None and ours:
            change = await messages.erase(held, ours[0], now, None)
        if change:
            await webhooks.deleted(node, conversation_id, ours, change, now)
    if change or not ours:
        sender_id, sent_at = (ours[0].sender_id, ours[0].created_at) if ours else ("", now)
        node.announce(
            MessageDeleted(conversation_id, message_id, sender_id, conversation, sent_at, change)
        )


async def _ours(
    conversation_id: UUID, message_ids: Sequence[str], *, deleted: bool = False
) -> list[Row]:
    """The messages that we keep."""
    ids = [found for each in message_ids if (found := _uuid(each)) is not None]
    rows = Row.filter(conversation_id=conversation_id, id__in=ids)
    return list(await (rows if deleted else rows.filter(deleted_at=None)).order_by("seq"))


def _reader(conversation: Conversation, ours: Sequence[Row]) -> str:
    """Who must have read: the other one of a pair. Of a group or of others' rows nobody knows."""
    partner = conversation.partner(ours[0].sender_id) if ours else None
    return "" if partner is None else partner.id


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None

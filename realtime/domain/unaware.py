"""The notifications of messages that were sent to somebody who counted as present and was not."""

from collections.abc import Collection, Sequence
from uuid import UUID

from tortoise.transactions import in_transaction

from realtime.domain import journal, notifications, outbox
from realtime.domain.acquaintance import around
from realtime.domain.actor import Node
from realtime.domain.errors import UnknownConversation
from realtime.domain.events import NotificationCreated
from realtime.domain.ids import new_id
from realtime.domain.journal import Change, Kind
from realtime.domain.preferences import wanting
from realtime.domain.records import NEW_MESSAGE, Conversation, notice_data, preview
from realtime.domain.steps import portions
from realtime.models import Message, Notification, Participant
from realtime.models.raw import rows, uuid_of

STILL_UNREAD = """
    SELECT id FROM messages WHERE id IN uuids(?) AND deleted_at IS NULL AND read_at IS NULL
    FOR SHARE
"""

TOGETHER = 50
"""How many are made in one go: in between others have their turn."""


async def tell(node: Node, user_id: str, conversation_id: UUID, changes: Collection[int]) -> None:
    """Make and announce what she would have been told of these messages, had she not joined their
    conversation. Those that she has read or was told of make nothing, and so do other changes."""
    try:
        conversation = await node.memberships.current(conversation_id)
    except UnknownConversation:
        return
    if conversation.person(user_id) is None or not await wanting(NEW_MESSAGE, [user_id]):
        return
    strangers = await around(user_id)
    for portion in portions(sorted(changes), TOGETHER):
        for event in await _stored(node, user_id, conversation, portion, strangers):
            node.announce(event)


async def _stored(
    node: Node,
    user_id: str,
    conversation: Conversation,
    changes: Sequence[int],
    strangers: Collection[str],
) -> list[NotificationCreated]:
    async with in_transaction():
        await journal.hold([user_id])  # so that each is made once, whoever else is about to
        unread = await _unread(user_id, conversation.id, changes)
        told = await _told(user_id, unread)
        new = [
            row(each, user_id, conversation)
            for each in unread
            if each.id not in told and each.sender_id not in strangers
        ]
        await Notification.bulk_create(new)
        if node.rules.pushing.messages:
            await outbox.enter_pushes(node, new, node.clock())
        numbers = [await _recorded(node, each) for each in new]
    made = await notifications.records_of(node, new)
    return [NotificationCreated(each, number) for each, number in zip(made, numbers, strict=True)]


def row(message: Message, user_id: str, conversation: Conversation) -> Notification:
    """What tells a user of a message that is stored already."""
    return Notification(
        id=new_id(),
        user_id=user_id,
        actor_id=message.sender_id,
        message_id=message.id,
        in_group=not conversation.direct,
        type=NEW_MESSAGE,
        text=preview(message.content),
        data=notice_data(message.id, conversation.id, message.sender_id),
        created_at=message.created_at,
    )


async def _unread(user_id: str, conversation_id: UUID, changes: Sequence[int]) -> list[Message]:
    """Locked, so that who deletes one takes its notification away too; shared, as a hundred who
    have left a conversation are told of the same ones."""
    part = await Participant.get_or_none(conversation_id=conversation_id, user_id=user_id)
    if part is None:
        return []
    found = Message.filter(
        conversation_id=conversation_id,
        change__in=changes,
        seq__gt=part.read_seq,
        deleted_at=None,
        read_at=None,
    )
    others = await found.exclude(sender_id=user_id).order_by("seq")
    locked = await rows(STILL_UNREAD, [str(each.id) for each in others]) if others else []
    unread = {uuid_of(each["id"]) for each in locked}
    return [each for each in others if each.id in unread]


async def _told(user_id: str, messages: Sequence[Message]) -> set[UUID]:
    ids = [each.id for each in messages]
    found = Notification.filter(user_id=user_id, message_id__in=ids)
    return {UUID(str(each)) for each in await found.values_list("message_id", flat=True)}


async def _recorded(node: Node, made: Notification) -> int:
    change = {made.user_id: Change(Kind.NOTIFIED, ids=(made.id,))}
    return (await journal.record_own(change, node.clock())).get(made.user_id, 0)

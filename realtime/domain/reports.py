"""Messages that users found should not be, for the application to look at."""

from uuid import UUID

from tortoise.transactions import in_transaction

from realtime.domain.actor import Actor
from realtime.domain.errors import UnknownConversation, UnknownMessage
from realtime.domain.ids import new_id
from realtime.models import Message
from realtime.models import Report as Row

MAX_REASON = 2_000
"""Characters."""


async def report(actor: Actor, message_id: UUID, reason: str | None) -> Row:
    """Report a message of a conversation that the actor takes part in, with its words of now.

    A second time changes nothing. Raises UnknownMessage, for a message of her own too.
    """
    message = await Message.get_or_none(id=message_id, deleted_at=None)
    if message is None or message.sender_id == actor.user_id:
        raise UnknownMessage
    try:
        conversation = await actor.node.memberships.current(message.conversation_id)
    except UnknownConversation:
        raise UnknownMessage from None
    if conversation.person(actor.user_id) is None:
        raise UnknownMessage
    row = Row(
        id=new_id(),
        user_id=actor.user_id,
        about_id=message.sender_id,
        message_id=message.id,
        conversation_id=message.conversation_id,
        content=message.content,
        reason=reason,
        created_at=actor.node.clock(),
    )
    async with in_transaction():
        await Row.bulk_create([row], ignore_conflicts=True)
        return await Row.get(user_id=actor.user_id, message_id=message_id)


async def page(after: UUID, limit: int) -> list[Row]:
    """Reports in the order of their making."""
    return await Row.filter(id__gt=after).order_by("id").limit(limit)


async def settle(report_id: UUID) -> bool:
    """The application has dealt with it; False if there is none."""
    return bool(await Row.filter(id=report_id).delete())

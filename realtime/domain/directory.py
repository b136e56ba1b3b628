"""Everything that there is, page by page, for the application that may see it all.

A page goes on after a key of the last thing of the page before: nothing is skipped one by one, and
what is made meanwhile moves nothing.
"""

from collections.abc import Sequence
from uuid import UUID

from realtime.domain import histories
from realtime.domain.actor import Node
from realtime.domain.errors import UnknownConversation, UnknownMessage, UnknownUser
from realtime.domain.memberships import load, load_all
from realtime.domain.records import Conversation, Message
from realtime.models import Conversation as Row
from realtime.models import Message as MessageRow
from realtime.models import Participant, User


async def users(after: str, limit: int) -> list[User]:
    """Users in the order of their ids, but for those who were deleted."""
    return await User.filter(id__gt=after, deleted_at=None).order_by("id").limit(limit)


async def user(user_id: str) -> User:
    """One of them. Raises UnknownUser."""
    found = await User.get_or_none(id=user_id, deleted_at=None)
    if found is None:
        raise UnknownUser
    return found


async def conversations(after: UUID, limit: int) -> list[Conversation]:
    """Conversations in the order of their ids."""
    page = Row.filter(id__gt=after).order_by("id").limit(limit)
    return await _loaded(await page.values_list("id", flat=True))


async def of_user(user_id: str, after: UUID, limit: int) -> list[Conversation]:
    """Those that a user takes part in, in the order of their ids."""
    hers = Participant.filter(user_id=user_id, conversation_id__gt=after)
    page = hers.order_by("conversation_id").limit(limit)
    return await _loaded(await page.values_list("conversation_id", flat=True))


async def conversation(conversation_id: UUID) -> Conversation:
    """One conversation. Raises UnknownConversation."""
    found = await load(conversation_id)
    if found is None:
        raise UnknownConversation
    return found


async def messages(
    node: Node, conversation_id: UUID, limit: int, *, before: int | None, after: int
) -> tuple[Message, ...]:
    """Messages of a conversation: the newest first below a number, or else the oldest first above
    one. Deleted ones are left out. Raises UnknownConversation."""
    where = await conversation(conversation_id)
    if before is None:
        found = await histories.kept(where.id, limit, after=after)
    else:
        found = await histories.kept(where.id, limit, before=before)
    return await histories.records(node, where, found)


async def message(node: Node, message_id: UUID) -> Message:
    """One message. Raises UnknownMessage for one that is deleted too."""
    row = await MessageRow.get_or_none(id=message_id, deleted_at=None)
    where = None if row is None else await load(row.conversation_id)
    if row is None or where is None:
        raise UnknownMessage
    return (await histories.records(node, where, [row]))[0]


async def _loaded(ids: Sequence[object]) -> list[Conversation]:
    """In their order; one that has ended meanwhile is left out."""
    wanted = [UUID(str(each)) for each in ids]
    found = await load_all(wanted)
    return [found[each] for each in wanted if each in found]

"""A user's conversations at a glance: with whom, what was said last, how much is unread."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from realtime.domain import messages, receipts
from realtime.domain.actor import Actor
from realtime.domain.records import Conversation, Message, Page, Person
from realtime.models import Conversation as Row
from realtime.models import Message as MessageRow
from realtime.models.raw import marks, rows, uuid_of

LAST = """
    SELECT m.id FROM conversations c JOIN messages m
        ON m.conversation_id = c.id AND m.seq = c.newest_seq
    WHERE c.id IN ({})
"""

PARTNERS = """
    SELECT DISTINCT theirs.user_id FROM participants mine JOIN participants theirs
      ON theirs.conversation_id = mine.conversation_id
    WHERE mine.user_id = ? AND theirs.user_id <> ? ORDER BY theirs.user_id
"""


@dataclass(frozen=True, slots=True)
class Overview:
    """A conversation as its list shows it; ``updated_at`` is when something was last said."""

    conversation: Conversation
    last: Message | None
    unread: int
    last_message_at: datetime | None
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Chat:
    """A conversation to a frontend that names people: with whom, and what was said last."""

    partner: Person
    last: Message
    unread: int


async def mine(
    actor: Actor, *, limit: int, offset: int = 0, groups: bool = True, silent: bool = True
) -> Page[Overview]:
    """The actor's conversations, the latest first; ``silent`` ones have no message (yet)."""
    found = Row.filter(participants__user_id=actor.user_id)
    if not groups:
        found = found.filter(low_id__not_isnull=True)
    if not silent:
        found = found.filter(newest_seq__gt=0)
    page = await found.order_by("-updated_at", "-id").offset(offset).limit(limit)
    return Page(await _overviews(actor, page), await found.count())


async def chats(actor: Actor, *, limit: int) -> tuple[Chat, ...]:
    """The people with whom something was said that still stands, the latest first."""
    page = await mine(actor, limit=limit, groups=False, silent=False)
    return tuple(
        Chat(partner, each.last, each.unread)
        for each in page.items
        if each.last is not None
        and (partner := each.conversation.partner(actor.user_id)) is not None
    )


async def of(actor: Actor, conversation: Conversation) -> Overview:
    """One conversation of the actor's."""
    row = await Row.get(id=conversation.id)
    return (await _overviews(actor, [row]))[0]


async def _overviews(actor: Actor, page: Sequence[Row]) -> tuple[Overview, ...]:
    ids = [row.id for row in page]
    memberships = {each: await actor.node.memberships.current(each) for each in ids}
    last = await _last_messages(actor, memberships)
    unread = await receipts.unread_in(actor, ids)
    return tuple(
        Overview(
            conversation=memberships[each.id],
            last=last.get(each.id),
            unread=unread.get(each.id, 0),
            last_message_at=each.last_message_at,
            updated_at=each.updated_at,
        )
        for each in page
    )


async def _last_messages(
    actor: Actor, memberships: dict[UUID, Conversation]
) -> dict[UUID, Message]:
    if not memberships:
        return {}
    ids = [str(each) for each in memberships]
    found = [uuid_of(row["id"]) for row in await rows(LAST.format(marks(ids)), *ids)]
    last = await MessageRow.filter(id__in=found)
    return {
        row.conversation_id: record
        for row in last
        for record in await messages.records(actor, memberships[row.conversation_id], [row])
    }


async def partners(user_id: str) -> tuple[str, ...]:
    """Everybody who shares a conversation with this user."""
    return tuple(str(row["user_id"]) for row in await rows(PARTNERS, user_id, user_id))

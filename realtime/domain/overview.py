"""A user's conversations at a glance: with whom, what was said last, how much is unread."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from realtime.domain import histories
from realtime.domain.actor import Actor
from realtime.domain.errors import UnknownConversation
from realtime.domain.histories import COLUMNS
from realtime.domain.receipts import UNREAD
from realtime.domain.records import Conversation, Message, Page, Person
from realtime.models.raw import rows, time_of, uuid_of

MINE = """
    FROM participants p JOIN conversations c ON c.id = p.conversation_id
    WHERE p.user_id = ?
"""

PAIRS = " AND c.low_id IS NOT NULL"
SPOKEN = " AND c.newest_seq > 0"

LATEST = "ORDER BY c.updated_at DESC, c.id DESC"

# The page is chosen first: only its own rows are joined with messages and counted.
OVERVIEWS = f"""
    SELECT c.id AS place_id, c.version, c.last_message_at, c.updated_at AS spoken_at,
        {UNREAD} AS unread, {COLUMNS}
    FROM ({{page}}) page
    JOIN conversations c ON c.id = page.id
    JOIN participants p ON p.conversation_id = c.id AND p.user_id = ?
    LEFT JOIN messages m
        ON m.conversation_id = c.id AND m.seq = c.newest_seq AND m.deleted_at IS NULL
    {LATEST}
"""  # noqa: S608 - no value is part of it

ONE = "SELECT id FROM conversations WHERE id = ?"

People = Mapping[str, Person]


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


async def mine(actor: Actor, *, limit: int, offset: int = 0) -> Page[Overview]:
    """The actor's conversations, the latest first."""
    page = await _latest(actor, MINE, limit=limit, offset=offset)
    (counted,) = await rows(f"SELECT count(*) AS n {MINE}", actor.user_id)
    return Page(page, int(counted["n"]))


async def pairs(actor: Actor, *, limit: int) -> tuple[Overview, ...]:
    """The actor's conversations of two, the latest first; some may have no message (yet)."""
    return await _latest(actor, MINE + PAIRS, limit=limit)


async def chats(actor: Actor, *, limit: int) -> tuple[Chat, ...]:
    """The people with whom something was said that still stands, the latest first."""
    return tuple(
        Chat(partner, each.last, each.unread)
        for each in await _latest(actor, MINE + PAIRS + SPOKEN, limit=limit)
        if each.last is not None
        and (partner := each.conversation.partner(actor.user_id)) is not None
    )


async def of(actor: Actor, conversation: Conversation) -> Overview:
    """One conversation of the actor's. Raises UnknownConversation where it has just ended."""
    found = await _overviews(actor, ONE, str(conversation.id))
    if not found:
        raise UnknownConversation
    return found[0]


async def _latest(actor: Actor, which: str, *, limit: int, offset: int = 0) -> tuple[Overview, ...]:
    page = f"SELECT c.id {which} {LATEST} LIMIT ? OFFSET ?"
    return await _overviews(actor, page, actor.user_id, limit, offset)


async def _overviews(actor: Actor, page: str, *values: Any) -> tuple[Overview, ...]:
    """Those that a query for their ids finds; one that has ended meanwhile is left out."""
    found = await rows(OVERVIEWS.format(page=page), *values, actor.user_id)
    known = await actor.node.memberships.matching(
        {uuid_of(row["place_id"]): row["version"] for row in found}
    )
    former = await _former(actor, found, known)
    return tuple(
        _overview(row, conversation, former)
        for row in found
        if (conversation := known.get(uuid_of(row["place_id"]))) is not None
    )


async def _former(
    actor: Actor, found: Sequence[Mapping[str, Any]], known: Mapping[UUID, Conversation]
) -> People:
    """Who said something last and takes part no more."""
    gone = {
        row["sender_id"]
        for row in found
        if row["id"] is not None
        and (conversation := known.get(uuid_of(row["place_id"]))) is not None
        and conversation.person(row["sender_id"]) is None
    }
    return await actor.node.people.named(gone)


def _overview(row: Mapping[str, Any], conversation: Conversation, former: People) -> Overview:
    spoken_at = time_of(row["spoken_at"])
    assert spoken_at is not None, "a column that is never null"  # noqa: S101
    return Overview(
        conversation=conversation,
        last=None if row["id"] is None else _last(row, conversation, former),
        unread=int(row["unread"]),
        last_message_at=time_of(row["last_message_at"]),
        updated_at=spoken_at,
    )


def _last(row: Mapping[str, Any], conversation: Conversation, former: People) -> Message:
    sender_id = row["sender_id"]
    sender = conversation.person(sender_id) or former[sender_id]
    return histories.record(histories.read_row(row), conversation, sender)

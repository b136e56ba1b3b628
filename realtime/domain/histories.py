"""Reading what was said: a page of a conversation, or what stands next to one of its messages."""

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any, Literal
from uuid import UUID

from realtime.domain.actor import Actor, Node
from realtime.domain.errors import UnknownMessage
from realtime.domain.records import Attachment, Conversation, Message, Page, Person
from realtime.models import Message as Row
from realtime.models.raw import list_of, rows, time_of, uuid_of

Side = Literal["before", "after"]

Read = SimpleNamespace
"""A row of a query of one's own: hundreds of them cost the ORM more than the database."""

TIMES = ("created_at", "updated_at", "edited_at", "read_at")

COLUMNS = """
    m.id, m.conversation_id, m.seq, m.change, m.sender_id, m.kind, m.content, m.attachments,
    m.client_id, m.created_at, m.updated_at, m.edited_at, m.read_at
"""

BEFORE = f"""
    SELECT {COLUMNS} FROM messages m
    WHERE m.conversation_id = ? AND m.seq < ? AND m.deleted_at IS NULL
    ORDER BY m.seq DESC LIMIT ?
"""  # noqa: S608 - no value is part of it

AFTER = f"""
    SELECT {COLUMNS} FROM messages m
    WHERE m.conversation_id = ? AND m.seq > ? AND m.deleted_at IS NULL
    ORDER BY m.seq LIMIT ?
"""  # noqa: S608 - no value is part of it

# Numbers have no gaps: how many messages stand above a place follows from the deleted ones above
# it, which have an index of their own. Nothing is skipped one by one, however deep the page is.
PLACE = """
    SELECT c.last_seq, count(d.seq) AS deleted,
        count(CASE WHEN c.last_seq - d.seq - d.later <= ? THEN 1 END) AS deleted_above
    FROM conversations c LEFT JOIN (
        SELECT conversation_id, seq, row_number() OVER (ORDER BY seq DESC) - 1 AS later
        FROM messages INDEXED BY idx_messages_deleted
        WHERE conversation_id = ? AND deleted_at IS NOT NULL
    ) d ON d.conversation_id = c.id
    WHERE c.id = ? GROUP BY c.id
"""


async def page(
    actor: Actor, conversation: Conversation, *, limit: int, offset: int = 0
) -> Page[Message]:
    """The newest ``limit`` messages after skipping ``offset``, oldest first."""
    first, total = await _place(conversation.id, offset)
    found = await kept(conversation.id, limit, before=first + 1)
    return Page(await records(actor.node, conversation, found[::-1]), total)


async def around(
    actor: Actor, conversation: Conversation, message_id: UUID, side: Side, *, limit: int
) -> Page[Message]:
    """The ``limit`` messages next to one of this conversation, oldest first.

    Raises UnknownMessage.
    """
    at = await Row.get_or_none(id=message_id, conversation_id=conversation.id).only("seq")
    if at is None:
        raise UnknownMessage
    _, total = await _place(conversation.id)
    if side == "before":
        found = (await kept(conversation.id, limit, before=at.seq))[::-1]
    else:
        found = await kept(conversation.id, limit, after=at.seq)
    return Page(await records(actor.node, conversation, found), total)


async def records(
    node: Node, conversation: Conversation, found: Sequence[Row | Read]
) -> tuple[Message, ...]:
    """Rows of one conversation as the domain hands them out, former members' too."""
    gone = {row.sender_id for row in found} - {person.id for person in conversation.people}
    former = await node.people.named(gone)
    people = {person.id: person for person in conversation.people} | former
    return tuple(record(row, conversation, people[row.sender_id]) for row in found)


def read_row(row: Mapping[str, Any]) -> Read:
    """A row of a query of one's own, as the ORM would have made it of these columns."""
    times = {name: time_of(row[name]) for name in TIMES}
    ids = {name: uuid_of(row[name]) for name in ("id", "conversation_id")}
    return Read(**{**row, **times, **ids})


def record(row: Any, conversation: Conversation, sender: Person) -> Message:
    """A row as the domain hands it out: the ORM's, or any that has its columns by name."""
    return Message(
        id=row.id,
        conversation_id=row.conversation_id,
        seq=row.seq,
        sender=sender,
        receiver=conversation.partner(sender.id),
        kind=row.kind,
        content=row.content,
        attachments=_attachments(row.attachments),
        client_id=row.client_id,
        created_at=row.created_at,
        updated_at=row.updated_at,
        edited_at=row.edited_at,
        read_at=row.read_at,
        change=row.change,
    )


def _attachments(stored: Any) -> tuple[Attachment, ...] | None:
    """A JSON column as the domain hands it out: the ORM's value of it, or its text."""
    if stored is None:
        return None
    each_stored = list_of(stored) if isinstance(stored, str) else stored
    return tuple(Attachment(**each) for each in each_stored)


async def _place(conversation_id: UUID, offset: int = 0) -> tuple[int, int]:
    """The number at which a page begins that leaves out so many, and how many there are in all."""
    key = str(conversation_id)
    for found in await rows(PLACE, offset, key, key):
        last_seq = int(found["last_seq"])
        return last_seq - offset - int(found["deleted_above"]), last_seq - int(found["deleted"])
    return 0, 0  # it has ended meanwhile


async def kept(
    conversation_id: UUID, limit: int, *, before: int = 0, after: int | None = None
) -> list[Read]:
    """The next messages that are there: from a number upwards, or else downwards."""
    query, seq = (BEFORE, before) if after is None else (AFTER, after)
    return [read_row(row) for row in await rows(query, str(conversation_id), seq, limit)]

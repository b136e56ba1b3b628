"""Reading: up to where each participant has read, and which messages all others have."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from tortoise.queryset import QuerySet
from tortoise.transactions import in_transaction

from realtime.domain import conversations, journal, webhooks
from realtime.domain.actor import Actor
from realtime.domain.errors import UnknownConversation, UnknownMessage
from realtime.domain.events import MessagesRead
from realtime.domain.journal import Change, Kind
from realtime.domain.records import Conversation
from realtime.domain.steps import in_steps
from realtime.models import Conversation as Row
from realtime.models import Message, Participant
from realtime.models.raw import rows

# Numbers have no gaps, so what is unread is what came after, less what does not count. Each of the
# three is counted in an index of its own, and finds nothing or little: see models/messages.py.
UNREAD = """
    c.last_seq - p.read_seq - (
        SELECT count(*) FROM messages m WHERE m.conversation_id = p.conversation_id
            AND m.sender_id = p.user_id AND m.seq > p.read_seq
    ) - (
        SELECT count(*) FROM messages m INDEXED BY idx_messages_deleted
        WHERE m.conversation_id = p.conversation_id
            AND m.seq > p.read_seq AND m.sender_id <> p.user_id AND m.deleted_at IS NOT NULL
    ) - (
        SELECT count(*) FROM messages m INDEXED BY idx_messages_read_apart
        WHERE m.conversation_id = p.conversation_id
            AND m.seq > p.read_seq AND m.sender_id <> p.user_id
            AND m.read_apart AND m.deleted_at IS NULL
    )
"""
"""How many messages of others the participant ``p`` of the conversation ``c`` has not read."""

BEHIND = """
    FROM participants p JOIN conversations c
        ON c.id = p.conversation_id AND c.last_seq > p.read_seq
    WHERE p.user_id = ?
"""

# Only those are moved who have no more to read of the next message.
ADVANCE = """
    UPDATE participants SET read_seq = coalesce((
        SELECT m.seq - 1 FROM messages m WHERE m.conversation_id = participants.conversation_id
            AND m.seq > participants.read_seq AND m.sender_id <> participants.user_id
            AND m.read_at IS NULL AND m.deleted_at IS NULL
        ORDER BY m.seq LIMIT 1
    ), ?)
    WHERE conversation_id = ? AND EXISTS (
        SELECT 1 FROM messages m WHERE m.conversation_id = participants.conversation_id
            AND m.seq = participants.read_seq + 1 AND (
                m.sender_id = participants.user_id
                OR m.read_at IS NOT NULL OR m.deleted_at IS NOT NULL
            )
    )
"""


async def mark_read(
    actor: Actor, conversation_id: UUID, up_to: UUID | None = None
) -> tuple[UUID, ...]:
    """The actor has read all, or all up to a message; gives the messages that this changed.

    In steps, each of which is told if it changed any. Raises UnknownConversation, NotParticipant,
    UnknownMessage.
    """
    conversation = await conversations.access(actor, conversation_id)
    limit = None if up_to is None else await _seq_of(conversation_id, up_to)
    read: list[UUID] = []

    async def step(size: int) -> int:
        nonlocal limit
        async with in_transaction():
            # Whoever holds this row reads alone: two readers of a group must see each other
            row = await journal.locked(conversation_id)
            part = await Participant.get_or_none(
                conversation_id=conversation_id, user_id=actor.user_id
            )
            if row is None or part is None:  # gone since, with all that there was to read
                return 0
            limit = row.last_seq if limit is None else limit
            new = Message.filter(seq__gt=part.read_seq, seq__lte=limit)
            found = await _unread(row, new.exclude(sender_id=actor.user_id), size)
            await _advance(part, limit if len(found) < size else found[-1].seq)
            settled, change = await _settled(actor, row, found)
        _tell(actor, conversation, settled, change)
        read.extend(settled)
        return len(found)

    await in_steps(step)
    return tuple(read)


async def mark_read_from(actor: Actor, other_id: str) -> Conversation | None:
    """The actor has read all that a person wrote to her; gives their conversation, if there is
    one."""
    conversation = await conversations.with_person(actor, other_id)
    if conversation is None:
        return None
    try:
        await mark_read(actor, conversation.id)
    except UnknownConversation:  # the other one was deleted meanwhile
        return None
    return conversation


async def settle(actor: Actor, conversation_id: UUID) -> None:
    """Somebody has left: what only she had yet to read is read by all now."""
    conversation = await actor.node.memberships.get(conversation_id)
    after = 0

    async def step(size: int) -> int:
        nonlocal after
        async with in_transaction():
            row = await journal.locked(conversation_id)
            if row is None:
                return 0
            found = await _unread(row, Message.filter(seq__gt=after), size)
            after = found[-1].seq if found else after
            settled, change = await _settled(actor, row, found)
        _tell(actor, conversation, settled, change)
        return len(found)

    await in_steps(step)


async def unread_count(actor: Actor) -> int:
    """How many messages of others the actor has not read, in all conversations."""
    (counted,) = await rows(f"SELECT sum({UNREAD}) AS n {BEHIND}", actor.user_id)
    return int(counted["n"] or 0)


async def mark_read_apart(row: Row, ids: Sequence[UUID], at: datetime) -> None:
    """The application says that these are read by all, whatever comes before them.

    Everybody has then read as far as nothing comes that is unread by her. The row is locked.
    """
    await Message.filter(id__in=ids).update(read_at=at, read_apart=True)
    await rows(ADVANCE, row.last_seq, str(row.id))


async def _seq_of(conversation_id: UUID, message_id: UUID) -> int:
    message = await Message.get_or_none(id=message_id, conversation_id=conversation_id)
    if message is None:
        raise UnknownMessage
    return int(message.seq)


async def _advance(part: Participant, seq: int) -> None:
    if part.read_seq < seq:
        await Participant.filter(id=part.id).update(read_seq=seq)


async def _unread(row: Row, among: QuerySet[Message], size: int) -> list[Message]:
    """The first so many of those that somebody has yet to read."""
    unread = among.filter(conversation_id=row.id, read_at=None, deleted_at=None)
    return list(await unread.order_by("seq").limit(size).only("id", "seq", "sender_id"))


def _tell(actor: Actor, conversation: Conversation, read: tuple[UUID, ...], change: int) -> None:
    if read:
        event = MessagesRead(conversation.id, actor.user_id, read, conversation, change)
        actor.node.announce(event)


async def _settled(
    actor: Actor, row: Row, found: Sequence[Message]
) -> tuple[tuple[UUID, ...], int]:
    """Mark those that nobody but their sender has yet to read; gives them, and the change."""
    parts = await Participant.filter(conversation_id=row.id)
    read = [each for each in found if each.seq <= _floor(parts, each.sender_id)]
    if not read:
        return (), 0
    now, ids = actor.node.clock(), tuple(each.id for each in read)
    await Message.filter(id__in=ids).update(read_at=now)
    change = Change(
        Kind.READ,
        first_seq=read[0].seq,
        last_seq=read[-1].seq,
        about_id=actor.user_id,
        session=actor.session,
    )
    number = await journal.record(row, change, now)
    await webhooks.read(actor.node, row.id, ids, by=actor.user_id, change=number, now=now)
    return ids, number


def _floor(parts: Iterable[Participant], sender_id: str) -> int:
    """Up to where everybody but the sender has read."""
    return min((part.read_seq for part in parts if part.user_id != sender_id), default=0)

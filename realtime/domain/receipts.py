"""Reading: up to where each participant has read, and which messages all others have."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from tortoise.queryset import QuerySet
from tortoise.transactions import in_transaction

from realtime.domain import conversations, journal
from realtime.domain.actor import Actor
from realtime.domain.errors import UnknownConversation, UnknownMessage
from realtime.domain.events import MessagesRead
from realtime.domain.journal import Change, Kind
from realtime.models import Conversation as Row
from realtime.models import Message, Participant
from realtime.models.raw import marks, rows, uuid_of

CHUNK = 1_000
"""Ids in one statement: databases bound how many values it may have."""

UNREAD = """
    FROM participants p JOIN messages m
      ON m.conversation_id = p.conversation_id AND m.seq > p.read_seq
    WHERE p.user_id = ? AND m.sender_id <> ? AND m.deleted_at IS NULL
"""


async def mark_read(
    actor: Actor, conversation_id: UUID, up_to: UUID | None = None
) -> tuple[UUID, ...]:
    """The actor has read all, or all up to a message; gives the messages that this changed.

    Told only if it changed any. Raises UnknownConversation, NotParticipant, UnknownMessage.
    """
    conversation = await conversations.access(actor, conversation_id)
    limit = None if up_to is None else await _seq_of(conversation_id, up_to)
    async with in_transaction():
        # Whoever holds this row numbers and reads alone: two readers of a group must see each other
        row = await journal.locked(conversation_id)
        if row is None:
            raise UnknownConversation
        seq = row.last_seq if limit is None else limit
        before = await _advanced(conversation_id, actor.user_id, seq)
        new = Message.filter(seq__gt=before, seq__lte=seq).exclude(sender_id=actor.user_id)
        read, change = await _settled(actor, row, new)
    if read:
        event = MessagesRead(conversation_id, actor.user_id, read, conversation, change)
        actor.node.announce(event)
    return read


async def settle(actor: Actor, conversation_id: UUID) -> None:
    """Somebody has left: what only she had yet to read is read by all now."""
    conversation = await actor.node.memberships.get(conversation_id)
    async with in_transaction():
        row = await journal.locked(conversation_id)
        if row is None:
            return
        read, change = await _settled(actor, row, Message.all())
    if read:
        event = MessagesRead(conversation_id, actor.user_id, read, conversation, change)
        actor.node.announce(event)


async def unread_count(actor: Actor) -> int:
    """How many messages of others the actor has not read, in all conversations."""
    counted = await rows(f"SELECT count(*) AS n {UNREAD}", actor.user_id, actor.user_id)
    return int(counted[0]["n"])


async def unread_in(actor: Actor, conversation_ids: Sequence[UUID]) -> dict[UUID, int]:
    """How many messages of others the actor has not read, for each conversation that has any."""
    if not conversation_ids:
        return {}
    ids = [str(conversation_id) for conversation_id in conversation_ids]
    counted = await rows(
        f"SELECT p.conversation_id, count(*) AS n {UNREAD}"
        f" AND p.conversation_id IN ({marks(ids)}) GROUP BY p.conversation_id",
        actor.user_id,
        actor.user_id,
        *ids,
    )
    return {uuid_of(row["conversation_id"]): int(row["n"]) for row in counted}


async def _seq_of(conversation_id: UUID, message_id: UUID) -> int:
    message = await Message.get_or_none(id=message_id, conversation_id=conversation_id)
    if message is None:
        raise UnknownMessage
    return int(message.seq)


async def _advanced(conversation_id: UUID, user_id: str, seq: int) -> int:
    """Up to where she had read before she read up to ``seq``."""
    part = await Participant.get(conversation_id=conversation_id, user_id=user_id)
    if part.read_seq < seq:
        await Participant.filter(id=part.id).update(read_seq=seq)
    return int(part.read_seq)


async def _settled(
    actor: Actor, row: Row, among: QuerySet[Message]
) -> tuple[tuple[UUID, ...], int]:
    """Mark those that nobody but their sender has yet to read; gives them, and the change."""
    unread = among.filter(conversation_id=row.id, read_at=None, deleted_at=None)
    parts = await Participant.filter(conversation_id=row.id)
    found = await unread.order_by("seq").only("id", "seq", "sender_id")
    read = [each for each in found if each.seq <= _floor(parts, each.sender_id)]
    if not read:
        return (), 0
    now, ids = actor.node.clock(), tuple(each.id for each in read)
    for start in range(0, len(ids), CHUNK):
        await Message.filter(id__in=ids[start : start + CHUNK]).update(read_at=now)
    change = Change(
        Kind.READ,
        first_seq=read[0].seq,
        last_seq=read[-1].seq,
        about_id=actor.user_id,
        session=actor.session,
    )
    return ids, await journal.record(row, change, now)


def _floor(parts: Iterable[Participant], sender_id: str) -> int:
    """Up to where everybody but the sender has read."""
    return min((part.read_seq for part in parts if part.user_id != sender_id), default=0)

"""Who takes part in a conversation, as rows: for the transaction of whoever changes it."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from realtime.domain import journal, webhooks
from realtime.domain.actor import Node
from realtime.domain.errors import NotAGroup
from realtime.domain.ids import new_id
from realtime.domain.journal import Change, Kind
from realtime.models import Conversation, Participant


async def enrol(conversation_id: UUID, user_ids: Sequence[str], read_seq: int = 0) -> None:
    """Let them take part, with all read up to a number."""
    await Participant.bulk_create(
        Participant(
            id=new_id(), conversation_id=conversation_id, user_id=user_id, read_seq=read_seq
        )
        for user_id in user_ids
    )


async def renew(row: Conversation) -> None:
    """What is remembered anywhere of a locked conversation is void from now on."""
    row.version += 1
    await row.save(update_fields=["version"])


async def take_out(node: Node, conversation_id: UUID, user_id: str, at: datetime) -> int:
    """In a transaction, let somebody take part no more; gives the change's number, 0 for none.

    Raises NotAGroup.
    """
    row = await journal.locked(conversation_id)
    if row is not None and row.low_id is not None:
        raise NotAGroup
    gone = await Participant.filter(conversation_id=conversation_id, user_id=user_id).delete()
    if row is None or not gone:
        return 0
    await renew(row)
    change = await journal.record(row, Change(Kind.LEFT, about_id=user_id), at)
    await webhooks.left(node, conversation_id, user_id, change, at)
    return change

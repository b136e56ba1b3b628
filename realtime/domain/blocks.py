"""Who wants nothing of whom: between the two there are no messages, no typing, no presence and no
notifications. Groups go on: what is said there is said to all.

A conversation of two knows whether it is blocked, as it knows its people: by its version, which the
writer compares with the row that it locks. So no message passes by a memory that is late, on
whatever node, and none costs a question more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tortoise.transactions import in_transaction

from realtime.domain import journal, participants
from realtime.domain.acquaintance import around
from realtime.domain.actor import Actor, Node
from realtime.domain.errors import TooManyBlocks, ToOneself
from realtime.domain.events import MembershipChanged
from realtime.domain.ids import new_id
from realtime.domain.memberships import ordered
from realtime.models import Block as Row
from realtime.models import Conversation
from realtime.models.raw import rows, time_of

MOST = 5_000
"""People whom somebody may block: all are looked at wherever she asks who is online."""

MINE = "SELECT blocked_id, created_at FROM blocks WHERE user_id = ? ORDER BY id"


@dataclass(frozen=True, slots=True)
class Block:
    """Whom the actor blocks, and since when."""

    user_id: str
    at: datetime


async def without(user_ids: Sequence[str], *others: str | None) -> list[str]:
    """Those of these users who are to hear of the others."""
    strangers = {each for other in others if other for each in await around(other)}
    return [each for each in user_ids if each not in strangers]


async def pairs_of(node: Node, user_id: str) -> set[str]:
    """The ids of her conversations with those of whom she wants nothing, or who want nothing of
    her."""
    return await node.acquaintance.apart.of(user_id)


async def mine(actor: Actor) -> tuple[Block, ...]:
    """Whom the actor blocks, the first to be blocked first."""
    found = await rows(MINE, actor.user_id)
    at = ((row["blocked_id"], time_of(row["created_at"])) for row in found)
    return tuple(Block(user_id, since) for user_id, since in at if since is not None)


async def block(actor: Actor, other_id: str) -> None:
    """Want nothing of somebody from now on. Doing it twice changes nothing.

    Raises ToOneself, TooManyBlocks, and UnknownUser where users must exist.
    """
    if other_id == actor.user_id:
        raise ToOneself
    hers = Row.filter(user_id=actor.user_id)
    if await hers.count() >= MOST and not await hers.filter(blocked_id=other_id).exists():
        raise TooManyBlocks
    await actor.node.people.all_known([actor.user_id, other_id])
    row = Row(
        id=new_id(), user_id=actor.user_id, blocked_id=other_id, created_at=actor.node.clock()
    )
    async with in_transaction():
        await Row.bulk_create([row], ignore_conflicts=True)
        pair = await _renewed(actor.user_id, other_id)
    _tell(actor, pair or await _begun_meanwhile(actor.user_id, other_id))


async def unblock(actor: Actor, other_id: str) -> None:
    """Take it back; the other may still block the actor."""
    async with in_transaction():
        await Row.filter(user_id=actor.user_id, blocked_id=other_id).delete()
        pair = await _renewed(actor.user_id, other_id)
    _tell(actor, pair or await _begun_meanwhile(actor.user_id, other_id))


async def _renewed(one: str, other: str) -> UUID | None:
    """Their conversation, of which everything that is remembered is void from now on."""
    low, high = ordered(one, other)
    found = await Conversation.get_or_none(low_id=low, high_id=high).only("id")
    held = None if found is None else await journal.locked(found.id)
    if held is None:
        return None
    await participants.renew(held)
    return UUID(str(held.id))


async def _begun_meanwhile(one: str, other: str) -> UUID | None:
    """Their conversation, if there was none yet: whoever began it has not seen our change."""
    async with in_transaction():
        return await _renewed(one, other)


def _tell(actor: Actor, pair: UUID | None) -> None:
    if pair is not None:
        actor.node.announce(MembershipChanged(pair))

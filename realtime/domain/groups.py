"""Who takes part in what, as the application decides."""

from collections.abc import Sequence
from uuid import UUID

from tortoise.transactions import in_transaction

from realtime.domain import conversations, journal, receipts
from realtime.domain.actor import Actor, Node
from realtime.domain.errors import NotAGroup, UnknownConversation
from realtime.domain.events import MembershipChanged
from realtime.domain.ids import new_id
from realtime.domain.memberships import found_between
from realtime.domain.records import Conversation
from realtime.models import Conversation as Row


async def make(
    node: Node, user_ids: Sequence[str], title: str | None, conversation_id: UUID | None
) -> tuple[Conversation, bool]:
    """A conversation of these people; True if it is new.

    Two without a title have one conversation, whatever id is asked for; any others are a group,
    which is known by its id. Raises IdTaken, and UnknownUser where users must exist.
    """
    people = list(dict.fromkeys(user_ids))
    first = Actor(people[0], node)
    if title is not None or len(people) != 2:
        return await conversations.create_group(
            first, people, title=title, group_id=conversation_id
        )
    wanted = conversation_id or new_id()
    found = await found_between(*people)
    if found is None:
        await node.people.all_known(people)
        found = await conversations.made_between(first, people[1], wanted)
        return await node.memberships.reload(found), found == wanted
    return await node.memberships.reload(found), False


async def add(node: Node, conversation_id: UUID, user_id: str) -> Conversation:
    """Let somebody take part. Raises UnknownConversation, NotAGroup, UnknownUser."""
    row = await Row.get_or_none(id=conversation_id)
    if row is None:
        raise UnknownConversation
    pair = (row.low_id, row.high_id)
    if pair != (None, None) and user_id not in pair:
        raise NotAGroup
    return await conversations.add(Actor(user_id, node), conversation_id, user_id)


async def remove(node: Node, conversation_id: UUID, user_id: str) -> Conversation:
    """Let her take part no more. Raises UnknownConversation, NotAGroup."""
    left = Actor(user_id, node)
    conversation = await conversations.remove(left, conversation_id, user_id)
    await receipts.settle(left, conversation_id)
    return conversation


async def slow_down(node: Node, conversation_id: UUID, seconds: int) -> Conversation:
    """Let each wait so long from one message to the next (0: not at all), from now on.

    Raises UnknownConversation.
    """
    async with in_transaction():
        row = await journal.locked(conversation_id)
        if row is None:
            raise UnknownConversation
        row.slow_seconds, row.version = seconds, row.version + 1
        await row.save(update_fields=["slow_seconds", "version"])
    node.announce(MembershipChanged(conversation_id))
    return await node.memberships.reload(conversation_id)

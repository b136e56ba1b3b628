"""Starting, finding and joining conversations, and typing in them."""

from collections.abc import Sequence
from uuid import UUID

from tortoise.exceptions import IntegrityError
from tortoise.transactions import in_transaction

from realtime.domain import journal, participants, webhooks
from realtime.domain.acquaintance import around
from realtime.domain.actor import Actor
from realtime.domain.errors import (
    Blocked,
    IdTaken,
    NotParticipant,
    ToOneself,
    UnknownConversation,
)
from realtime.domain.events import (
    ConversationJoined,
    MembershipChanged,
    ParticipantRemoved,
    TypedTo,
)
from realtime.domain.ids import new_id
from realtime.domain.journal import Change, Kind
from realtime.domain.memberships import found_between, load, ordered
from realtime.domain.records import Conversation, Person
from realtime.models import Conversation as Row
from realtime.models import Participant


async def access(actor: Actor, conversation_id: UUID) -> Conversation:
    """A conversation the actor takes part in, as of at most a second ago.

    Raises UnknownConversation, NotParticipant.
    """
    conversation = await actor.node.memberships.current(conversation_id)
    if conversation.person(actor.user_id) is None:  # or she was added on another node just now
        conversation = await actor.node.memberships.reload(conversation_id)
    part_of(actor, conversation)
    return conversation


async def pair(actor: Actor, conversation_id: UUID) -> Conversation:
    """A conversation of two that the actor takes part in, as frontends without groups know them.

    Raises UnknownConversation, NotParticipant.
    """
    if not (await actor.node.memberships.current(conversation_id)).direct:
        raise UnknownConversation
    return await access(actor, conversation_id)


async def with_person(actor: Actor, other_id: str) -> Conversation | None:
    """The conversation with a person, if there is one; makes nobody and nothing."""
    memberships = actor.node.memberships
    conversation_id = memberships.pair(actor.user_id, other_id)
    if conversation_id is None:
        conversation_id = await memberships.between(actor.user_id, other_id)
    if conversation_id is None:
        return None
    try:
        return await access(actor, conversation_id)
    except UnknownConversation:
        return None


def part_of(actor: Actor, conversation: Conversation) -> Person:
    """The actor as a participant. Raises NotParticipant."""
    person = conversation.person(actor.user_id)
    if person is None:
        raise NotParticipant
    return person


async def start(actor: Actor, other_id: str) -> Conversation:
    """The one conversation of the actor and somebody else, made if there is none.

    Raises what ``may_begin`` raises, where there is none.
    """
    memberships = actor.node.memberships
    try:
        return await memberships.get(await direct_with(actor, other_id))
    except UnknownConversation:  # the one that we remembered went with a user who was deleted
        return await memberships.get(await direct_with(actor, other_id))


async def direct_with(actor: Actor, other_id: str) -> UUID:
    """The id of that conversation, from memory where we have met it."""
    memberships = actor.node.memberships
    known = memberships.pair(actor.user_id, other_id)
    if known is None:
        known = await memberships.between(actor.user_id, other_id)
    if known is not None:
        return known
    await may_begin(actor, other_id)
    conversation_id = await made_between(actor, other_id, new_id())
    memberships.remember_pair(actor.user_id, other_id, conversation_id)
    return conversation_id


async def may_begin(actor: Actor, other_id: str) -> None:
    """Know both of a conversation that is yet to be made; whoever is blocked makes none, since it
    would be in the other's list.

    Raises ToOneself, Blocked, and UnknownUser where users must exist.
    """
    if other_id == actor.user_id:
        raise ToOneself
    if other_id in await actor.node.acquaintance.around.of(actor.user_id):
        raise Blocked
    await actor.node.people.known(actor.user_id)
    await actor.node.people.known(other_id)


async def create_group(
    actor: Actor, user_ids: Sequence[str], *, title: str | None, group_id: UUID | None = None
) -> tuple[Conversation, bool]:
    """A group of these people, which need not include the actor; True if it is new.

    Raises UnknownUser where users must exist.
    """
    await actor.node.people.all_known(user_ids)
    group_id = group_id or new_id()
    try:
        async with in_transaction():
            now = actor.node.clock()
            people = list(dict.fromkeys(user_ids))
            row = await Row.create(id=group_id, title=title, created_at=now, updated_at=now)
            await participants.enrol(group_id, people)
            change = await journal.record(row, Change(Kind.JOINED, ids=tuple(people)), now)
            await webhooks.created(
                actor.node, group_id, people, change, now, title=title, is_group=True
            )
    except IntegrityError:  # the application gave an id that is taken: it is asking again
        return await actor.node.memberships.reload(group_id), False
    actor.node.announce(MembershipChanged(group_id, change))
    return await actor.node.memberships.reload(group_id), True


async def add(actor: Actor, conversation_id: UUID, user_id: str) -> Conversation:
    """Let somebody take part; what was said before counts as read. Adding twice changes nothing.

    Raises UnknownConversation, and UnknownUser where users must exist.
    """
    person = await actor.node.people.known(user_id)
    change, now = 0, actor.node.clock()
    async with in_transaction() as connection:
        row = await journal.locked(conversation_id)
        present = await Participant.exists(conversation_id=conversation_id, user_id=person.id)
        if row is not None and not present:
            await participants.enrol(conversation_id, [person.id], read_seq=row.last_seq)
            await participants.renew(row)
            joined = Change(Kind.JOINED, ids=(person.id,), about_id=person.id)
            change = await journal.record(row, joined, now)
            await webhooks.joined(actor.node, conversation_id, person.id, change, now)
        conversation = await load(conversation_id, connection)
    return _announced(actor, conversation_id, conversation, change)


async def remove(actor: Actor, conversation_id: UUID, user_id: str) -> Conversation:
    """Let somebody take part no more: from now on she can neither write nor hear.

    Raises UnknownConversation, NotAGroup. Removing who is not there changes nothing.
    """
    async with in_transaction() as connection:
        change = await participants.take_out(
            actor.node, conversation_id, user_id, actor.node.clock()
        )
        conversation = await load(conversation_id, connection)
    conversation = _announced(actor, conversation_id, conversation)
    actor.node.announce(ParticipantRemoved(conversation_id, user_id, change))
    return conversation


async def join(actor: Actor, conversation_id: UUID) -> Conversation:
    """Be in the room with the actor's socket. Raises UnknownConversation, NotParticipant."""
    conversation = await access(actor, conversation_id)
    await actor.node.joined.join(conversation_id, actor.user_id, _socket(actor))
    return conversation


async def join_aloud(actor: Actor, conversation_id: UUID) -> Conversation:
    """Be in a pair's room with the actor's socket; the other hears of it, each time.

    Raises UnknownConversation, NotParticipant.
    """
    await pair(actor, conversation_id)
    conversation = await join(actor, conversation_id)
    if conversation.blocked:
        return conversation
    now = actor.node.clock()
    event = ConversationJoined(conversation_id, actor.user_id, now, conversation, actor.session)
    actor.node.announce(event)
    return conversation


async def leave(actor: Actor, conversation_id: UUID) -> None:
    """Be in the room no more; whoever was typing there has stopped.

    Raises UnknownConversation, NotParticipant, but leaves in any case.
    """
    actor.node.typing.interrupted(_session(actor), conversation_id)
    await actor.node.joined.leave(conversation_id, actor.user_id, _socket(actor))
    await access(actor, conversation_id)


async def refuse_blocked(actor: Actor, conversation: Conversation) -> None:
    """Raises Blocked where one of the two wants nothing of the other.

    The database is asked first: this node may not have heard yet that it is no longer so.
    """
    if conversation.blocked and (await actor.node.memberships.reload(conversation.id)).blocked:
        raise Blocked


async def present(actor: Actor, conversation_id: UUID) -> list[str]:
    """The others who have joined, by any socket on any node, but for who appears offline, and those
    of whom one of the two wants nothing.

    Raises UnknownConversation, NotParticipant.
    """
    conversation = await access(actor, conversation_id)
    if conversation.blocked:
        return []
    others = {person.id for person in conversation.others(actor.user_id)}
    if not conversation.direct:
        others -= await actor.node.acquaintance.around.of(actor.user_id)
    joined = await actor.node.joined.users([conversation_id])
    there = joined.get(conversation_id, set()) & others
    return sorted(await actor.node.presence.online(there))


async def start_typing(actor: Actor, conversation_id: UUID) -> None:
    """Tell the others that the actor types. Raises UnknownConversation, NotParticipant."""
    conversation = await access(actor, conversation_id)
    if conversation.blocked:
        return
    actor.node.typing.started(part_of(actor, conversation), conversation, _session(actor))


async def stop_typing(actor: Actor, conversation_id: UUID) -> None:
    """Tell the others that she has stopped. Raises UnknownConversation, NotParticipant."""
    conversation = await access(actor, conversation_id)
    if conversation.blocked:
        return
    actor.node.typing.stopped(part_of(actor, conversation), conversation, _session(actor))


async def type_to(actor: Actor, other_id: str) -> None:
    """Tell a person that the actor types to her, conversation or not. Raises ToOneself."""
    if other_id == actor.user_id:
        raise ToOneself
    conversation = await with_person(actor, other_id)
    if conversation is not None and not conversation.blocked:
        actor.node.typing.started(part_of(actor, conversation), conversation, _session(actor))
    elif conversation is None and other_id not in await around(actor.user_id):
        await _type_to_stranger(actor, other_id)


async def _type_to_stranger(actor: Actor, other_id: str) -> None:
    person = (await actor.node.people.named([actor.user_id]))[actor.user_id]
    actor.node.announce(TypedTo(person, other_id, actor.node.clock(), actor.session))


def _session(actor: Actor) -> str:
    assert actor.session is not None, "only a socket can type"  # noqa: S101
    return actor.session


def _socket(actor: Actor) -> str:
    assert actor.socket is not None, "only a socket can join and leave"  # noqa: S101
    return actor.socket


async def made_between(actor: Actor, other_id: str, conversation_id: UUID) -> UUID:
    """The id of their conversation, which is this one unless there was one already.

    Both must be known. Raises IdTaken when something else has this id.
    """
    low, high = ordered(actor.user_id, other_id)
    try:
        async with in_transaction():
            now = actor.node.clock()
            row = await Row.create(
                id=conversation_id, low_id=low, high_id=high, created_at=now, updated_at=now
            )
            await participants.enrol(conversation_id, [low, high])
            change = await journal.record(row, Change(Kind.JOINED, ids=(low, high)), now)
            await webhooks.created(actor.node, conversation_id, (low, high), change, now)
    except IntegrityError:  # another node has made it meanwhile
        found = await found_between(low, high)
        if found is None:
            raise IdTaken from None
        return found
    actor.node.announce(MembershipChanged(conversation_id, change))
    return conversation_id


def _announced(
    actor: Actor, conversation_id: UUID, conversation: Conversation | None, change: int = 0
) -> Conversation:
    """The conversation as it is after a change of its people. Raises UnknownConversation."""
    actor.node.announce(MembershipChanged(conversation_id, change))
    if conversation is None:
        raise UnknownConversation
    actor.node.memberships.remember(conversation)
    return conversation

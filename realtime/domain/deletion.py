"""Forgetting a user, however much there is of her: in steps between which others have their turn.

A node that dies in between leaves the rest to whoever asks again: each step finds what is there.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from tortoise.expressions import Q
from tortoise.models import Model
from tortoise.transactions import in_transaction

from realtime.domain import clearing, journal, messages, participants, receipts, webhooks
from realtime.domain.actor import Actor, Node
from realtime.domain.events import (
    MembershipChanged,
    MessagesDeleted,
    OwnChanged,
    ParticipantRemoved,
    PeopleChanged,
    UserDeleted,
    UserDisconnected,
)
from realtime.domain.journal import Change, Kind
from realtime.domain.steps import ROWS, first_of, in_steps
from realtime.models import (
    Activity,
    Block,
    Broadcast,
    BroadcastTouch,
    Conversation,
    Decision,
    Journal,
    Message,
    Mute,
    Notification,
    Outbox,
    Participant,
    Preferences,
    PushSubscription,
    Report,
    RoomMember,
    User,
)


@dataclass(frozen=True, slots=True)
class Deleted:
    """How much of a user is gone."""

    conversations: int
    messages: int
    notifications: int
    sockets: int


async def delete(node: Node, user_id: str) -> Deleted:
    """Forget a user: all but her id, which stays so that no old token brings her back.

    Her conversations of two go with her. In groups her messages lose their words and keep their
    numbers. Deleting nobody deletes nothing.
    """
    sockets, now = await node.presence.sockets([user_id]), node.clock()
    said = await Message.filter(sender_id=user_id, deleted_at=None).count()
    await _bury(user_id, now)  # first: what she still does would outlive the steps
    node.announce(PeopleChanged((user_id,)))
    node.announce(UserDisconnected(user_id))
    await _leave_groups(node, user_id, now)
    pairs = await _end_pairs(node, user_id, now)
    await _unsay(node, user_id, now)
    told = await _forget_the_rest(user_id)
    node.announce(UserDeleted(user_id))
    return Deleted(pairs, said, told, sockets[user_id])


async def _bury(user_id: str, now: datetime) -> None:
    await User.filter(id=user_id).update(
        name=None,
        email=None,
        avatar=None,
        profile_at=None,
        last_seen_at=None,
        tokens_after=now,
        deleted_at=now,
    )
    for id_ in await _broadcasts_of(user_id):  # so that nobody makes one hers meanwhile
        await Broadcast.filter(id=id_).update(expires_at=now)


async def _leave_groups(node: Node, user_id: str, now: datetime) -> None:
    """A group at a time, as if she had been taken out of each."""
    leaver = Actor(user_id, node)
    hers = Participant.filter(user_id=user_id, conversation__low_id=None).order_by("id")

    async def step(size: int) -> int:
        found = await hers.limit(size).values_list("conversation_id", flat=True)
        groups = [UUID(str(group_id)) for group_id in found]
        changes = [(group_id, await _left(node, group_id, user_id, now)) for group_id in groups]
        for group_id, change in changes:  # together: what is shared by nodes is asked once
            node.announce(MembershipChanged(group_id))
            node.announce(ParticipantRemoved(group_id, user_id, change))
        for group_id in groups:
            await receipts.settle(leaver, group_id)
        return len(groups)

    await in_steps(step)


async def _left(node: Node, group_id: UUID, user_id: str, now: datetime) -> int:
    async with in_transaction():
        return await participants.take_out(node, group_id, user_id, now)


async def _end_pairs(node: Node, user_id: str, now: datetime) -> int:
    """Her conversations of two, one at a time, the messages of a long one before it."""
    hers = Conversation.filter(Q(low_id=user_id) | Q(high_id=user_id)).order_by("id")

    async def step(size: int) -> int:
        found = await hers.limit(size)
        for pair in found:
            if pair.last_change > ROWS:
                await _remove(Message, Q(conversation_id=pair.id), of=_two(pair))
                await _remove(Journal, Q(conversation_id=pair.id))
        changes = [(pair, await _end(pair, user_id, now)) for pair in found]
        for pair, changed in changes:
            _announce_end(node, pair, changed)
        return len(found)

    return await in_steps(step)


async def _end(pair: Conversation, user_id: str, now: datetime) -> dict[str, int]:
    """A conversation goes with its journal, so that the other one has to be told of it in hers."""
    other = pair.high_id if pair.low_id == user_id else pair.low_id
    left = Change(Kind.LEFT, ids=(pair.id,), about_id=user_id)
    async with in_transaction():
        if await journal.locked(pair.id) is None:
            return {}
        await journal.hold(_two(pair))
        await Conversation.filter(id=pair.id).delete()
        return await journal.record_own({other or "": left}, now)


def _two(pair: Conversation) -> list[str]:
    """Whose notifications its messages have made."""
    return [user_id for user_id in (pair.low_id, pair.high_id) if user_id is not None]


def _announce_end(node: Node, pair: Conversation, changed: Mapping[str, int]) -> None:
    """Both leave: the room that they would go on hearing is no more."""
    node.announce(MembershipChanged(pair.id))
    for leaver in sorted({pair.low_id or "", pair.high_id or ""}):
        node.announce(ParticipantRemoved(pair.id, leaver))
    for user_id, change in changed.items():
        node.announce(OwnChanged(user_id, change))


async def _unsay(node: Node, user_id: str, now: datetime) -> None:
    """What she has said in groups loses its words, and what told of it goes."""
    said = Message.filter(sender_id=user_id)
    for group_id in await said.distinct().values_list("conversation_id", flat=True):
        await _unsay_in(node, UUID(str(group_id)), user_id, now)


SAID = ("id", "seq", "sender_id", "deleted_at")
"""What of a message is looked at when its words go."""


async def _unsay_in(node: Node, group_id: UUID, user_id: str, now: datetime) -> None:
    after = 0

    async def step(size: int) -> int:
        nonlocal after
        said = Message.filter(conversation_id=group_id, sender_id=user_id, seq__gt=after)
        async with in_transaction():
            held = await journal.locked(group_id)
            if held is None:
                return 0
            found = await said.order_by("seq").limit(size).only(*SAID)
            after = found[-1].seq if found else after
            gone = await _erase(held, found, now)
            change = await _record(held, user_id, gone, now) if gone else 0
            if gone:
                await webhooks.deleted(node, group_id, gone, change, now)
        if gone:
            ids = tuple(message.id for message in gone)
            node.announce(MessagesDeleted(group_id, ids, change))
        return len(found)

    await in_steps(step)


async def _erase(held: Conversation, said: Sequence[Message], now: datetime) -> list[Message]:
    """Take the words of these, and what told of them; gives those that were there until now."""
    ids = [message.id for message in said]
    told = Notification.filter(message_id__in=ids)
    whose = await told.distinct().values_list("user_id", flat=True)
    await journal.hold([str(each) for each in whose])
    await told.delete()
    words = Message.filter(id__in=ids)
    await words.filter(deleted_at=None).update(deleted_at=now)
    await words.update(content="", attachments=None, client_id=None, updated_at=now)
    await messages.follow_newest(held, [message.seq for message in said])
    return [message for message in said if message.deleted_at is None]


async def _record(held: Conversation, user_id: str, gone: Sequence[Message], now: datetime) -> int:
    first, last = gone[0].seq, gone[-1].seq
    change = Change(Kind.DELETED, first_seq=first, last_seq=last, about_id=user_id)
    return await journal.record(held, change, now)


async def _forget_the_rest(user_id: str) -> int:
    """What others were told of her says her name, so it goes too; gives the notifications."""
    told = await _untell(Q(user_id=user_id) | Q(actor_id=user_id))
    told += await _untell(Q(actors__actor_id=user_id))
    await _remove(BroadcastTouch, Q(user_id=user_id))
    await _end_broadcasts(user_id)
    await _remove(Activity, Q(user_id=user_id) | Q(target_id=user_id))
    await _remove(Journal, Q(user_id=user_id))
    await PushSubscription.filter(user_id=user_id).delete()
    await _remove(Outbox, Q(user_id=user_id))
    await _remove(Decision, Q(user_id=user_id))
    await Mute.filter(user_id=user_id).delete()
    await _remove(Block, Q(user_id=user_id) | Q(blocked_id=user_id))
    await _remove(Report, Q(user_id=user_id) | Q(about_id=user_id))
    await RoomMember.filter(user_id=user_id).delete()
    await Preferences.filter(user_id=user_id).delete()
    return told


async def _end_broadcasts(user_id: str) -> None:
    """What everybody was told of her."""
    for id_ in await _broadcasts_of(user_id):  # before it: its touches, however many they are
        await _remove(BroadcastTouch, Q(broadcast_id=id_))
    await _remove(Broadcast, Q(actor_id=user_id))


async def _broadcasts_of(user_id: str) -> list[UUID]:
    """One is changed at a time: whoever reads several holds them until she has read all."""
    said = await Broadcast.filter(actor_id=user_id).values_list("id", flat=True)
    return [UUID(str(id_)) for id_ in said]


async def _untell(which: Q) -> int:
    """Delete these notifications in steps; gives how many."""
    return await in_steps(partial(clearing.clear, Notification.filter(which)))


async def _remove(rows: type[Model], which: Q, *, of: Collection[str] = ()) -> int:
    """Delete these rows in steps, each while nobody else changes what is these users'; gives how
    many."""

    async def step(size: int) -> int:
        async with in_transaction():
            await journal.hold(of)
            return int(await first_of(rows.filter(which), size).delete())

    return await in_steps(step)

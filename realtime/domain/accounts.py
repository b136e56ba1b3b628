"""All that is a user's own: to be handed out, or to be forgotten."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tortoise.expressions import Q
from tortoise.transactions import in_transaction

from realtime.domain import journal
from realtime.domain.actor import Node
from realtime.domain.errors import UnknownUser
from realtime.domain.events import (
    MembershipChanged,
    ParticipantRemoved,
    UserDeleted,
    UserDisconnected,
)
from realtime.domain.journal import Change, Kind
from realtime.models import (
    Activity,
    Conversation,
    Journal,
    Message,
    Notification,
    Participant,
    Preferences,
    PushSubscription,
    RoomMember,
    User,
)


@dataclass(frozen=True, slots=True)
class Export:
    """The rows that are about a user, each in the order of its making."""

    user: User
    participations: Sequence[Participant]
    messages: Sequence[Message]
    notifications: Sequence[Notification]
    activities: Sequence[Activity]
    subscriptions: Sequence[PushSubscription]
    rooms: Sequence[RoomMember]
    preferences: Preferences | None


@dataclass(frozen=True, slots=True)
class Deleted:
    """How much of a user is gone."""

    conversations: int
    messages: int
    notifications: int
    sockets: int


async def export(user_id: str) -> Export:
    """All that is kept of a user. Raises UnknownUser."""
    user = await User.get_or_none(id=user_id, deleted_at=None)
    if user is None:
        raise UnknownUser
    parts = Participant.filter(user_id=user_id).select_related("conversation")
    return Export(
        user=user,
        participations=await parts.order_by("joined_at", "id"),
        messages=await Message.filter(sender_id=user_id, deleted_at=None).order_by("id"),
        notifications=await Notification.filter(user_id=user_id).order_by("id"),
        activities=await Activity.filter(user_id=user_id).order_by("id"),
        subscriptions=await PushSubscription.filter(user_id=user_id).order_by("id"),
        rooms=await RoomMember.filter(user_id=user_id).order_by("id"),
        preferences=await Preferences.get_or_none(user_id=user_id),
    )


async def delete(node: Node, user_id: str) -> Deleted:
    """Forget a user: all but her id, which stays so that no old token brings her back.

    Her conversations of two go with her. In groups her messages lose their words and keep their
    numbers. Deleting nobody deletes nothing.
    """
    sockets, now = await node.presence.sockets([user_id]), node.clock()
    async with in_transaction():
        theirs = await _locked(user_id)
        pairs = [each.id for each in theirs if each.low_id is not None]
        said = await Message.filter(sender_id=user_id, deleted_at=None).count()
        await Conversation.filter(id__in=pairs).delete()
        await _leave([each for each in theirs if each.low_id is None], user_id, now)
        told = await _rest(user_id)
        await _bury(user_id, now)
    _announce(node, user_id, theirs)
    return Deleted(len(pairs), said, told, sockets[user_id])


async def _locked(user_id: str) -> list[Conversation]:
    """Every conversation that changes, in id order, as the writer locks them too."""
    parts = await Participant.filter(user_id=user_id).values_list("conversation_id", flat=True)
    hers = Q(id__in=list(parts)) | Q(low_id=user_id) | Q(high_id=user_id)
    return list(await Conversation.filter(hers).order_by("id").select_for_update())


async def _leave(groups: Sequence[Conversation], user_id: str, now: datetime) -> None:
    ids = [group.id for group in groups]
    await Participant.filter(user_id=user_id, conversation_id__in=ids).delete()
    for group in groups:
        await Conversation.filter(id=group.id).update(version=group.version + 1)
        await journal.record(group, Change(Kind.LEFT, about_id=user_id), now)
    written = Message.filter(sender_id=user_id)
    await Notification.filter(
        message_id__in=list(await written.values_list("id", flat=True))
    ).delete()
    await written.filter(deleted_at=None).update(deleted_at=now)
    await written.update(content="", attachments=None, client_id=None, updated_at=now)


async def _rest(user_id: str) -> int:
    """What others were told of her says her name, so it goes too; gives the notifications."""
    told = await Notification.filter(Q(user_id=user_id) | Q(actor_id=user_id)).delete()
    await Activity.filter(Q(user_id=user_id) | Q(target_id=user_id)).delete()
    await PushSubscription.filter(user_id=user_id).delete()
    await RoomMember.filter(user_id=user_id).delete()
    await Preferences.filter(user_id=user_id).delete()
    await Journal.filter(user_id=user_id).delete()
    return int(told)


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


def _announce(node: Node, user_id: str, theirs: Sequence[Conversation]) -> None:
    for conversation in theirs:
        group = conversation.low_id is None
        change = conversation.last_change if group else 0
        node.announce(MembershipChanged(conversation.id, change))
        for leaver in _leavers(conversation, user_id):
            node.announce(ParticipantRemoved(conversation.id, leaver))
    node.announce(UserDeleted(user_id))
    node.announce(UserDisconnected(user_id))


def _leavers(conversation: Conversation, user_id: str) -> set[str]:
    """Both of a pair: the room that they would go on hearing is no more."""
    return {user_id, conversation.low_id or user_id, conversation.high_id or user_id}

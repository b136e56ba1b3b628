"""All that is a user's own, to be handed out."""

from collections.abc import Sequence
from dataclasses import dataclass

from realtime.domain.errors import UnknownUser
from realtime.models import (
    Activity,
    Block,
    Message,
    Mute,
    Notification,
    Participant,
    Preferences,
    PushSubscription,
    Report,
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
    blocks: Sequence[Block]
    reports: Sequence[Report]
    preferences: Preferences | None
    mutes: Sequence[Mute]


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
        blocks=await Block.filter(user_id=user_id).order_by("id"),
        reports=await Report.filter(user_id=user_id).order_by("id"),
        preferences=await Preferences.get_or_none(user_id=user_id),
        mutes=await Mute.filter(user_id=user_id).order_by("id"),
    )

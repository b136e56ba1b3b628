"""All that is a user's own, to be handed out."""

from collections.abc import Sequence
from dataclasses import dataclass

from realtime.domain.errors import UnknownUser
from realtime.domain.steps import read_in_portions
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
    said = Message.filter(sender_id=user_id, deleted_at=None)
    return Export(
        user=user,
        participations=await read_in_portions(parts),
        messages=await read_in_portions(said),
        notifications=await read_in_portions(Notification.filter(user_id=user_id)),
        activities=await read_in_portions(Activity.filter(user_id=user_id)),
        subscriptions=await PushSubscription.filter(user_id=user_id).order_by("id"),
        rooms=await RoomMember.filter(user_id=user_id).order_by("id"),
        blocks=await read_in_portions(Block.filter(user_id=user_id)),
        reports=await read_in_portions(Report.filter(user_id=user_id)),
        preferences=await Preferences.get_or_none(user_id=user_id),
        mutes=await read_in_portions(Mute.filter(user_id=user_id)),
    )

"""What is kept: Tortoise tables, one noun per file. Ids are UUIDv7, made by the application."""

from realtime.models.activities import Activity
from realtime.models.broadcasts import Broadcast, BroadcastTouch
from realtime.models.conversations import Conversation, Participant
from realtime.models.epochs import Epoch
from realtime.models.idempotency import IdempotencyKey
from realtime.models.journal import Journal, Position
from realtime.models.messages import Message
from realtime.models.notifications import Notification, NotificationActor, Preferences
from realtime.models.outbox import Decision, Outbox
from realtime.models.push import Mute, PushSubscription
from realtime.models.rooms import RoomMember
from realtime.models.safety import Block, Report
from realtime.models.said import Said
from realtime.models.sessions import KnownSession
from realtime.models.users import User

__all__ = [
    "Activity",
    "Block",
    "Broadcast",
    "BroadcastTouch",
    "Conversation",
    "Decision",
    "Epoch",
    "IdempotencyKey",
    "Journal",
    "KnownSession",
    "Message",
    "Mute",
    "Notification",
    "NotificationActor",
    "Outbox",
    "Participant",
    "Position",
    "Preferences",
    "PushSubscription",
    "Report",
    "RoomMember",
    "Said",
    "User",
]

for _model in (
    Activity,
    Block,
    Broadcast,
    BroadcastTouch,
    Conversation,
    Decision,
    Epoch,
    IdempotencyKey,
    Journal,
    KnownSession,
    Message,
    Mute,
    Notification,
    NotificationActor,
    Outbox,
    Participant,
    Position,
    Preferences,
    PushSubscription,
    Report,
    RoomMember,
    Said,
    User,
):
    # Tortoise would make a table's comment of the docstring, and a migration of each edit.
    _model._meta.table_description = ""

"""Browsers that asked to be woken."""

from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from realtime.models.conversations import Conversation
from realtime.models.users import User


class PushSubscription(Model):
    """One browser's push endpoint, in the dialect whose frontend subscribed it.

    ``origin`` is where that frontend is served, as far as its browser said; ``vapid_key`` the
    fingerprint of the key it was subscribed with (None: before fingerprints were kept).
    ``last_seen_at`` is when its page last showed it to us, ``failing_since`` when the push service
    first failed after the last success.
    """

    id = fields.UUIDField(primary_key=True)
    user_id: str
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="push_subscriptions", on_delete=fields.CASCADE
    )
    endpoint = fields.CharField(max_length=2048, unique=True)
    p256dh = fields.CharField(max_length=255)
    auth = fields.CharField(max_length=255)
    dialect = fields.CharField(max_length=32)
    created_at = fields.DatetimeField(auto_now_add=True)
    origin = fields.CharField(max_length=255, null=True)
    vapid_key = fields.CharField(max_length=43, null=True)
    last_seen_at = fields.DatetimeField(null=True)
    failing_since = fields.DatetimeField(null=True)

    class Meta:
        table = "push_subscriptions"
        indexes = (("user_id",),)


class Mute(Model):
    """A conversation of which a user wants no pushes, until a time or for ever."""

    id = fields.UUIDField(primary_key=True)
    user_id: str
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="mutes", on_delete=fields.CASCADE
    )
    conversation_id: UUID
    conversation: fields.ForeignKeyRelation[Conversation] = fields.ForeignKeyField(
        "models.Conversation", related_name="mutes", on_delete=fields.CASCADE
    )
    until = fields.DatetimeField(null=True)

    class Meta:
        table = "mutes"
        unique_together = (("user_id", "conversation_id"),)
        indexes = (("conversation_id",),)

"""Browsers that asked to be woken."""

from tortoise import fields
from tortoise.models import Model

from realtime.models.users import User


class PushSubscription(Model):
    """One browser's push endpoint, in the dialect whose frontend subscribed it."""

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

    class Meta:
        table = "push_subscriptions"
        indexes = (("user_id",),)

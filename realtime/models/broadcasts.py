"""What everybody is told at once, kept once."""

from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from realtime.models.columns import JSONField
from realtime.models.users import User


class Broadcast(Model):
    """A notification for everybody who was known when it was stored (``stored_at``, by the same
    clock as ``users.created_at``). The columns are those of a notification; ``position`` and
    ``committed_in`` are described in ``models/journal.py``.
    """

    id = fields.UUIDField(primary_key=True)
    actor_id: str | None
    actor: fields.ForeignKeyNullableRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="broadcasts", on_delete=fields.SET_NULL, null=True
    )
    type = fields.CharField(max_length=64)
    title = fields.TextField(null=True)
    text = fields.TextField(null=True)
    link = fields.CharField(max_length=2048, null=True)
    action_label = fields.CharField(max_length=100, null=True)
    icon = fields.CharField(max_length=255, null=True)
    priority = fields.CharField(max_length=10, default="normal")
    data: Any = JSONField(null=True)
    reference: Any = JSONField(null=True)
    related_job_id: Any = JSONField(null=True)
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField(null=True)
    stored_at = fields.DatetimeField(auto_now_add=True)
    position = fields.BigIntField()
    committed_in = fields.BigIntField()

    class Meta:
        table = "broadcasts"
        indexes = (("position",), ("actor_id",))


class BroadcastTouch(Model):
    """A user has done something with a broadcast: it is a notification of hers from then on, or no
    more."""

    id = fields.UUIDField(primary_key=True)
    user_id: str
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="broadcast_touches", on_delete=fields.CASCADE
    )
    broadcast_id: UUID
    broadcast: fields.ForeignKeyRelation[Broadcast] = fields.ForeignKeyField(
        "models.Broadcast", related_name="touches", on_delete=fields.CASCADE
    )

    class Meta:
        table = "broadcast_touches"
        unique_together = (("user_id", "broadcast_id"),)
        indexes = (("broadcast_id",),)

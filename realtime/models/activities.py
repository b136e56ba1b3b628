"""What users did, as far as they told us."""

from typing import Any

from tortoise import fields
from tortoise.models import Model

from realtime.models.columns import JSONField
from realtime.models.users import User


class Activity(Model):
    """Something a user did, perhaps to another. Ids of jobs keep the JSON type they came with.

    ``once`` is unique where something counts only once (one profile view per viewer and hour).
    """

    id = fields.UUIDField(primary_key=True)
    user_id: str
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="activities", on_delete=fields.CASCADE
    )
    target_id: str | None
    target: fields.ForeignKeyNullableRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="targeted_by", on_delete=fields.CASCADE, null=True
    )
    action = fields.CharField(max_length=100)
    job_id: Any = JSONField(null=True)
    job_title = fields.CharField(max_length=255, null=True)
    metadata: Any = JSONField(null=True)
    once = fields.CharField(max_length=200, null=True, unique=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "activities"
        indexes = (("target_id", "id"), ("user_id", "target_id", "id"))

"""Who wants nothing of whom, and what somebody found that should not be."""

from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from realtime.models.users import User


class Block(Model):
    """A user wants nothing of another, and the other hears nothing of her."""

    id = fields.UUIDField(primary_key=True)
    user_id: str
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="blocks", on_delete=fields.CASCADE
    )
    blocked_id: str
    blocked: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="blocked_by", on_delete=fields.CASCADE
    )
    created_at = fields.DatetimeField()

    class Meta:
        table = "blocks"
        unique_together = (("user_id", "blocked_id"),)
        indexes = (("blocked_id",),)


class Report(Model):
    """A message that a user reported, with its words of then: it may be edited or deleted since.

    ``user`` reported it, ``about`` said it. The message and its conversation are known by id alone:
    a report outlives them.
    """

    id = fields.UUIDField(primary_key=True)
    user_id: str
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="reports", on_delete=fields.CASCADE
    )
    about_id: str
    about: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="reported", on_delete=fields.CASCADE
    )
    message_id: UUID = fields.UUIDField()
    conversation_id: UUID = fields.UUIDField()
    content = fields.TextField()
    reason = fields.TextField(null=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "reports"
        unique_together = (("user_id", "message_id"),)
        indexes = (("about_id",),)

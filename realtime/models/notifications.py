"""Notifications, and who wants which."""

from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from realtime.models.columns import JSONField, index_where
from realtime.models.messages import Message
from realtime.models.users import User


class Notification(Model):
    """Something a user should know. One that a message made names it and is told in each dialect,
    or only in those that know groups (``in_group``).

    ``reference``, ``related_job_id`` are the application's own ids, kept with their JSON type.
    ``shown_at`` is when it was first sent to a socket of hers or listed for her, ``seen_at`` when
    she saw it without reading. ``dismissed_at``, ``archived_at`` and ``snoozed_until`` exclude one
    another; what has one of them has a ``read_at`` too, so that unread is one column. One with a
    ``group_key`` stands for ``group_count`` of them. ``grouped_at`` is when the last of them came,
    or it came back to the inbox.
    """

    id = fields.UUIDField(primary_key=True)
    user_id: str
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="notifications", on_delete=fields.CASCADE
    )
    actor_id: str | None
    actor: fields.ForeignKeyNullableRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="caused", on_delete=fields.SET_NULL, null=True
    )
    message_id: UUID | None
    message: fields.ForeignKeyNullableRelation[Message] = fields.ForeignKeyField(
        "models.Message", related_name="notifications", on_delete=fields.CASCADE, null=True
    )
    in_group = fields.BooleanField(default=False, db_default=False)
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
    shown_at = fields.DatetimeField(null=True)
    seen_at = fields.DatetimeField(null=True)
    read_at = fields.DatetimeField(null=True)
    dismissed_at = fields.DatetimeField(null=True)
    archived_at = fields.DatetimeField(null=True)
    snoozed_until = fields.DatetimeField(null=True)
    expires_at = fields.DatetimeField(null=True)
    group_key = fields.CharField(max_length=255, null=True)
    group_count = fields.IntField(default=1, db_default=1)
    grouped_at = fields.DatetimeField(null=True)

    class Meta:
        table = "notifications"
        unique_together = (("message_id", "user_id"),)
        indexes = (
            ("user_id", "id"),
            ("user_id", "shown_at"),
            ("actor_id",),
            # All that a badge asks for: one look into one index, however much was read.
            index_where(
                "read_at IS NULL",
                "user_id",
                "priority",
                "seen_at",
                "expires_at",
                "message_id",
                "in_group",
                name="idx_notifications_unread",
            ),
            index_where("expires_at IS NOT NULL", "expires_at", name="idx_notifications_expiry"),
            index_where(
                "group_key IS NOT NULL AND read_at IS NULL",
                "user_id",
                "group_key",
                name="idx_notifications_open",
            ),
        )


class NotificationActor(Model):
    """Somebody who is counted in a notification of a group."""

    id = fields.UUIDField(primary_key=True)
    notification_id: UUID
    notification: fields.ForeignKeyRelation[Notification] = fields.ForeignKeyField(
        "models.Notification", related_name="actors", on_delete=fields.CASCADE
    )
    actor_id: str
    actor: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="counted_in", on_delete=fields.CASCADE
    )

    class Meta:
        table = "notification_actors"
        unique_together = (("notification_id", "actor_id"),)
        indexes = (("actor_id",),)


class Preferences(Model):
    """What a user has switched away from its default, by the preference's name; ``push`` is when
    and of what she wants no pushes (see ``domain/quiet.py``).
    """

    user: fields.OneToOneRelation[User] = fields.OneToOneField(
        "models.User", related_name="preferences", on_delete=fields.CASCADE, primary_key=True
    )
    user_id: str
    choices: Any = JSONField(default=dict)
    push: Any = JSONField(null=True)

    class Meta:
        table = "notification_preferences"

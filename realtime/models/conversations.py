"""Conversations and who takes part in them."""

from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from realtime.models.users import User


class Conversation(Model):
    """Two people (``low_id`` < ``high_id``, unique per pair) or a group (both null).

    ``last_seq`` numbers the messages without gaps, ``last_change`` everything that is stored about
    it (see ``models/journal.py``); ``version`` changes with every change of its people, so that
    whoever holds the row knows whether a remembered conversation still holds.

    ``newest_seq`` is the newest message that is not deleted, 0 where there is none. Lists show it;
    they are ordered by ``updated_at`` and dated by ``last_message_at``, which is when it was sent
    (null where there is none, and ``updated_at`` is then when the conversation was made).
    ``slow_seconds`` is how long each must wait from one message to the next; 0 is no time.
    """

    id = fields.UUIDField(primary_key=True)
    low_id: str | None
    low: fields.ForeignKeyNullableRelation[User] = fields.ForeignKeyField(
        "models.User", related_name=False, on_delete=fields.CASCADE, null=True
    )
    high_id: str | None
    high: fields.ForeignKeyNullableRelation[User] = fields.ForeignKeyField(
        "models.User", related_name=False, on_delete=fields.CASCADE, null=True
    )
    title = fields.CharField(max_length=255, null=True)
    last_seq = fields.BigIntField(default=0)
    newest_seq = fields.BigIntField(default=0, db_default=0)
    last_change = fields.BigIntField(default=0, db_default=0)
    version = fields.BigIntField(default=1)
    slow_seconds = fields.IntField(default=0, db_default=0)
    last_message_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)
    updated_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "conversations"
        unique_together = (("low_id", "high_id"),)
        indexes = (("high_id",),)


class Participant(Model):
    """One person's part in one conversation; ``read_seq`` is the last number she has read."""

    id = fields.UUIDField(primary_key=True)
    conversation_id: UUID
    conversation: fields.ForeignKeyRelation[Conversation] = fields.ForeignKeyField(
        "models.Conversation", related_name="participants", on_delete=fields.CASCADE
    )
    user_id: str
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="participations", on_delete=fields.CASCADE
    )
    read_seq = fields.BigIntField(default=0)
    joined_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "participants"
        unique_together = (("conversation_id", "user_id"),)
        indexes = (("user_id",),)

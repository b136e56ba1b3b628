"""What has happened to a conversation, or to what is a user's own, in the order of its commits."""

from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from realtime.models.columns import JSONField, index_where
from realtime.models.conversations import Conversation
from realtime.models.users import User


class Journal(Model):
    """One stored change; a message sent has its entry in its own row instead.

    ``change`` counts the changes of the conversation (``conversations.last_change``) or, where
    there is none, of the user (``users.last_change``), without gaps, under the lock of that row.
    ``position`` comes from one sequence for all, taken while the lock is held; ``committed_in`` is
    the PostgreSQL transaction that wrote it (0 on SQLite), by which a reader tells what its
    snapshot has seen.

    ``kind`` says what was changed (see ``domain/journal.py``); ``ids`` names the rows, or
    ``first_seq`` to ``last_seq`` the messages where they are many; ``about_id`` is the user who
    read, joined or left, or with whom they were deleted; ``session`` caused it, if a socket did.
    """

    id = fields.UUIDField(primary_key=True)
    conversation_id: UUID | None
    conversation: fields.ForeignKeyNullableRelation[Conversation] = fields.ForeignKeyField(
        "models.Conversation", related_name=False, on_delete=fields.CASCADE, null=True
    )
    user_id: str | None
    user: fields.ForeignKeyNullableRelation[User] = fields.ForeignKeyField(
        "models.User", related_name=False, on_delete=fields.CASCADE, null=True
    )
    change = fields.BigIntField()
    position = fields.BigIntField()
    committed_in = fields.BigIntField()
    kind = fields.CharField(max_length=32)
    ids: Any = JSONField(null=True)
    first_seq = fields.BigIntField(null=True)
    last_seq = fields.BigIntField(null=True)
    about_id = fields.CharField(max_length=64, null=True)
    session = fields.CharField(max_length=64, null=True)
    at = fields.DatetimeField()

    class Meta:
        table = "journal"
        unique_together = (("conversation_id", "change"), ("user_id", "change"))
        indexes = (
            ("at",),
            # Who was taken out of a conversation finds it by her id alone. They are few.
            index_where("kind = 'left'", "about_id", name="idx_journal_left"),
        )


class Position(Model):
    """Where positions come from: on PostgreSQL the sequence of this key, on SQLite its one row."""

    id = fields.BigIntField(primary_key=True, generated=True)

    class Meta:
        table = "positions"

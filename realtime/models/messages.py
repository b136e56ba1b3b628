"""Messages, numbered per conversation."""

from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from realtime.models.columns import index_where
from realtime.models.conversations import Conversation
from realtime.models.users import User


class Message(Model):
    """Something said in a conversation.

    ``read_at`` is when all the others had read it. A deleted message keeps its row and its
    ``seq``; its words are gone. ``read_apart`` is one that the application called read, whatever
    was said before it: no participant's ``read_seq`` tells. A message's own row is its entry in the
    conversation's journal: ``change``, ``position``, ``committed_in`` and ``session`` are described
    in ``models/journal.py``.
    """

    id = fields.UUIDField(primary_key=True)
    conversation_id: UUID
    conversation: fields.ForeignKeyRelation[Conversation] = fields.ForeignKeyField(
        "models.Conversation", related_name="messages", on_delete=fields.CASCADE
    )
    seq = fields.BigIntField()
    change = fields.BigIntField(default=0, db_default=0)
    position = fields.BigIntField(default=0, db_default=0)
    committed_in = fields.BigIntField(default=0, db_default=0)
    sender_id: str
    sender: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="messages", on_delete=fields.CASCADE
    )
    kind = fields.CharField(max_length=20, default="text")
    content = fields.TextField()
    attachments: Any = fields.JSONField(null=True)
    client_id = fields.CharField(max_length=64, null=True)
    session = fields.CharField(max_length=64, null=True)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()
    edited_at = fields.DatetimeField(null=True)
    deleted_at = fields.DatetimeField(null=True)
    read_at = fields.DatetimeField(null=True)
    read_apart = fields.BooleanField(default=False, db_default=False)

    class Meta:
        table = "messages"
        unique_together = (
            ("conversation_id", "seq"),
            # The sender first: it serves her deletion too, and saves an index per message.
            ("sender_id", "conversation_id", "client_id"),
        )
        indexes = (
            ("conversation_id", "change"),
            # What is not unread after a number: one's own, and the few of the other two, which cost
            # a new message nothing. With the sender, so that nobody need look at the rows.
            ("conversation_id", "sender_id", "seq"),
            index_where(
                "deleted_at IS NOT NULL",
                "conversation_id",
                "seq",
                "sender_id",
                name="idx_messages_deleted",
            ),
            index_where(
                "read_apart AND deleted_at IS NULL",
                "conversation_id",
                "seq",
                "sender_id",
                name="idx_messages_read_apart",
            ),
        )

"""What must leave this house later, and what came of it."""

from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from realtime.models.columns import JSONField, index_where

FAILED = "verdict IN ('again', 'wrong_key', 'refused', 'given_up')"
"""Where it was the push service, or our key, that kept a push from a browser; see
``domain/waking.py`` for the verdicts."""

UNTAKEN = "kind IN ('webhook', 'webhook_dead') AND attempts > 0"
"""What an endpoint was sent and did not take; see ``domain/outbox.py`` for the kinds."""


class Outbox(Model):
    """Something to be sent, committed with what causes it, until it is done.

    ``kind`` says whose work it is (see ``domain/outbox.py``). ``due_at`` is when it is looked at
    next; whoever looks at it (``holder``) moves that on, so that it is due again if she dies.
    ``order_key`` is whose order a webhook has a place in, and ``order_no`` which: of a target's,
    the next of a key waits for the one before.

    A push first stands for a user, with the id of her notification; ``subscription_id`` is there
    once it is for one browser. A webhook's ``target`` is the name of its endpoint, ``body`` what is
    sent, ``answer`` what the endpoint said last, and ``user_id`` whose words are in it. None of
    them refers by a foreign key: what is gone meanwhile needs no sending.
    """

    id = fields.UUIDField(primary_key=True)
    kind = fields.CharField(max_length=16)
    user_id = fields.CharField(max_length=64, null=True)
    notification_id: UUID | None = fields.UUIDField(null=True)
    message_id: UUID | None = fields.UUIDField(null=True)
    subscription_id: UUID | None = fields.UUIDField(null=True)
    order_key = fields.CharField(max_length=64, null=True)
    order_no = fields.BigIntField(null=True)
    target = fields.CharField(max_length=2048, null=True)
    body: Any = JSONField(null=True)
    answer: Any = JSONField(null=True)
    attempts = fields.IntField(default=0, db_default=0)
    looks = fields.IntField(default=0, db_default=0)
    holder = fields.CharField(max_length=32, null=True)
    due_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    created_at = fields.DatetimeField()

    class Meta:
        table = "outbox"
        indexes = (
            ("user_id",),
            # Apart, so that an endpoint that is down, with all that waits for it, slows no push.
            index_where("kind <> 'webhook'", "due_at", name="idx_outbox_due"),
            index_where(
                "kind = 'webhook'", "target", "order_key", "order_no", name="idx_outbox_turns"
            ),
            index_where("kind = 'webhook_dead'", "order_key", name="idx_outbox_dead"),
            index_where(UNTAKEN, "id", name="idx_outbox_untaken"),
        )


class Decision(Model):
    """What was decided about a push, kept for a day for whoever asks why.

    ``verdict`` is one of ``domain/decisions.py``; ``detail`` what its sentence needs. It names a
    browser where it is about one.
    """

    id = fields.UUIDField(primary_key=True)
    user_id = fields.CharField(max_length=64)
    notification_id = fields.UUIDField()
    message_id: UUID | None = fields.UUIDField(null=True)
    subscription_id: UUID | None = fields.UUIDField(null=True)
    verdict = fields.CharField(max_length=32)
    detail: Any = JSONField(null=True)
    at = fields.DatetimeField()

    class Meta:
        table = "push_decisions"
        indexes = (
            ("at",),
            ("user_id", "notification_id"),
            ("user_id", "message_id"),
            # Of the few that failed: what went well costs nothing.
            index_where(FAILED, "id", name="idx_push_decisions_failed"),
        )

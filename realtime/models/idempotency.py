"""First answers, kept so that a retried write of the server API changes nothing."""

from typing import Any

from tortoise import fields
from tortoise.models import Model

from realtime.models.columns import JSONField


class IdempotencyKey(Model):
    """What one ``Idempotency-Key`` of one server key was answered; kept for 24 hours."""

    id = fields.CharField(primary_key=True, max_length=320)
    fingerprint = fields.CharField(max_length=64)
    status = fields.IntField()
    answer: Any = JSONField(null=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "idempotency_keys"
        indexes = (("created_at",),)

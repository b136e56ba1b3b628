"""What was said when: by which a client that was away for hours is told what it missed."""

from tortoise import fields
from tortoise.models import Model


class Said(Model):
    """A short while in the life of all nodes, and which stored changes were said in it.

    Places (times in ms and numbers, as text) are those of the order in which nodes hear one
    another, and mean something within their ``epoch``. All that was said from ``since``, which is
    left out, up to ``upto`` is in ``changes`` (packed, see ``domain/sayings.py``). ``moment`` is
    one of the database soon after that. ``number`` is in the order of the rows; nodes that say the
    same use the same, so that one of them is kept.
    """

    id = fields.BigIntField(primary_key=True, generated=True)
    epoch = fields.CharField(max_length=16)
    number = fields.BigIntField()
    since = fields.CharField(max_length=64)
    upto = fields.CharField(max_length=64)
    moment = fields.TextField()
    changes = fields.BinaryField(null=True)
    at = fields.DatetimeField()

    class Meta:
        table = "said"
        unique_together = (("epoch", "number"),)
        indexes = (("at",),)

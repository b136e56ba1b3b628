"""Pages that may come back: what a node knows of them, so that it survives the node."""

from tortoise import fields
from tortoise.models import Model


class KnownSession(Model):
    """A session of a page, by the digest of the secret that the page would bring.

    ``record`` is the transport's (JSON); nobody else reads it. Nothing here lets anybody in.
    """

    id = fields.CharField(primary_key=True, max_length=64)
    record = fields.BinaryField()
    until = fields.DatetimeField()

    class Meta:
        table = "known_sessions"
        indexes = (("until",),)

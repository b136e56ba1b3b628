"""What makes this database this one, so that whoever comes back knows whether it still is."""

from tortoise import fields
from tortoise.models import Model


class Epoch(Model):
    """The one row that says which history of changes this database has.

    ``name`` is new whenever positions and transactions of before mean nothing any more: when
    ``origin`` (on PostgreSQL the server's identifier and the database's number, on SQLite nothing)
    shows that the rows were restored somewhere else. ``secret`` signs the cursors that are given
    out. ``forgotten`` is the last transaction (on SQLite the last position) of which an entry of
    the journal has been let go.
    """

    id = fields.SmallIntField(primary_key=True, generated=False)
    name = fields.CharField(max_length=16)
    origin = fields.CharField(max_length=64)
    secret = fields.CharField(max_length=64)
    forgotten = fields.BigIntField(default=0)

    class Meta:
        table = "epochs"

"""People, as the application's own database knows them; we keep what our pages show."""

from tortoise import fields
from tortoise.models import Model


class User(Model):
    """A person. The id is issued elsewhere: in a token, by the server API, or in a message to her.

    ``profile_at`` is when the server API last changed the profile: an older token changes nothing.
    ``last_change`` counts the changes of what is hers (see ``models/journal.py``).
    ``tokens_after`` refuses tokens issued before it. Of who was deleted (``deleted_at``) only the
    id is left, so that an old token cannot bring her back.
    """

    id = fields.CharField(primary_key=True, max_length=64)
    name = fields.CharField(max_length=255, null=True)
    email = fields.CharField(max_length=320, null=True)
    avatar = fields.CharField(max_length=2048, null=True)
    profile_at = fields.DatetimeField(null=True)
    tokens_after = fields.DatetimeField(null=True)
    last_change = fields.BigIntField(default=0, db_default=0)
    last_seen_at = fields.DatetimeField(null=True)
    deleted_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "users"

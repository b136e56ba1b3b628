"""Custom rooms: names that only the application gives."""

from tortoise import fields
from tortoise.models import Model

from realtime.models.users import User


class RoomMember(Model):
    """A user whose sockets, present and future, hear a custom room."""

    id = fields.UUIDField(primary_key=True)
    room = fields.CharField(max_length=255)
    user_id: str
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="rooms", on_delete=fields.CASCADE
    )

    class Meta:
        table = "room_members"
        unique_together = (("room", "user_id"),)
        indexes = (("user_id",),)

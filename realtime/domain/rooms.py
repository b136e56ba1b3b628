"""Custom rooms: the application names them and says whose sockets hear them."""

from collections.abc import Sequence

from realtime.domain.actor import Node
from realtime.domain.events import RoomJoined, RoomLeft
from realtime.domain.ids import new_id
from realtime.models import RoomMember
from realtime.models.raw import lists_of

ROOMS = "SELECT user_id AS whose, room AS id FROM room_members WHERE user_id IN texts(?)"


async def join(node: Node, room: str, user_id: str) -> None:
    """Let a user's sockets, present and future, hear a room. Joining twice changes nothing.

    Raises UnknownUser where users must exist.
    """
    await node.people.known(user_id)
    member = RoomMember(id=new_id(), room=room, user_id=user_id)
    await RoomMember.bulk_create([member], ignore_conflicts=True)
    node.announce(RoomJoined(room, user_id))


async def leave(node: Node, room: str, user_id: str) -> None:
    """Let her sockets hear it no more."""
    await RoomMember.filter(room=room, user_id=user_id).delete()
    node.announce(RoomLeft(room, user_id))


async def of_each(user_ids: Sequence[str]) -> list[list[str]]:
    """The rooms that the sockets of each of these users hear.

    Nothing is remembered, so that nothing another node changes is ever missed.
    """
    return await lists_of(ROOMS, user_ids)

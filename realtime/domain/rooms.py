"""Custom rooms: the application names them and says whose sockets hear them."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from realtime.domain.actor import Node
from realtime.domain.events import RoomJoined, RoomLeft
from realtime.domain.ids import new_id
from realtime.domain.steps import portions
from realtime.models import RoomMember

Rooms = Mapping[str, list[str]]


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


@dataclass(slots=True)
class _Batch:
    answer: asyncio.Task[Rooms]
    user_ids: set[str] = field(default_factory=set)


class RoomsOfUsers:
    """The rooms of users who connect, asked for together: after a restart everyone comes at once.

    Nothing is remembered, so that nothing another node changes is ever missed.
    """

    def __init__(self) -> None:
        self._asking = asyncio.Lock()
        self._next: _Batch | None = None

    async def of(self, user_id: str) -> list[str]:
        """The rooms that this user's sockets hear, as of a moment after the call."""
        if self._next is None:
            self._next = _Batch(asyncio.get_running_loop().create_task(self._ask()))
        batch = self._next
        batch.user_ids.add(user_id)
        rooms = await asyncio.shield(batch.answer)
        return rooms.get(user_id, [])

    async def _ask(self) -> Rooms:
        async with self._asking:  # those who come while one query runs share the next
            batch, self._next = self._next, None
            found: defaultdict[str, list[str]] = defaultdict(list)
            for portion in portions(batch.user_ids if batch else ()):
                members = RoomMember.filter(user_id__in=portion)
                for user_id, room in await members.values_list("user_id", "room"):
                    found[str(user_id)].append(str(room))
            return found

"""Seed 003's `ChatRoom` component, re-enacted: it emits before it is connected."""

from __future__ import annotations

from typing import Any

from tests.cluster import Cluster, Node
from tests.frontend import Frontend


class ChatRoom:
    """The seed's component of that name: a socket of its own, and what it shows."""

    def __init__(self, socket: Frontend, room_id: str) -> None:
        self.socket = socket
        self.room_id = room_id
        self.messages: list[Any] = []

    @classmethod
    async def mounts(cls, cluster: Cluster, node: Node, user: str, room_id: str) -> ChatRoom:
        """Connect; `join_room` and `get_history` are emitted before the connection is there."""
        early = [
            ["join_room", {"chatRoomId": room_id}],
            ["get_history", {"chatRoomId": room_id, "limit": 50}],
        ]
        socket = await cluster.frontend(node, user, dialect="linsta", early=early)
        room = cls(socket, room_id)
        room.messages = (await socket.hears("message_history"))["messages"]
        return room

    async def sends(self, text: str) -> None:
        if text.strip():
            await self.socket.emit("send_message", {"chatRoomId": self.room_id, "text": text})

    async def receives(self) -> None:
        self.messages = [*self.messages, await self.socket.hears("receive_message")]

    @property
    def shows(self) -> list[tuple[str, str]]:
        return [(each["senderId"], each["text"]) for each in self.messages]

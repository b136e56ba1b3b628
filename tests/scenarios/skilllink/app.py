"""Seed 001's hook and services, re-enacted: one variable is the base of REST and of the socket."""

from __future__ import annotations

from typing import Any

from tests.cluster import Cluster, Node
from tests.frontend import Frontend
from tests.rest import Answer


class SkillLink:
    """One tab: `useWebSocket(token)`, `messageService`, and the calls of seed 004.

    With `VITE_API_URL` ending in `/api`, the socket joins namespace `/api` and REST calls have the
    prefix; without it neither does.
    """

    def __init__(self, socket: Frontend, base: str) -> None:
        self.socket = socket
        self.base = base
        self.notifications: list[Any] = []

    @classmethod
    async def opens(
        cls, cluster: Cluster, node: Node, user: str | int, base: str, **options: Any
    ) -> SkillLink:
        """`io(VITE_API_URL, {auth: {token}})`."""
        socket = await cluster.frontend(node, user, dialect="skilllink", namespace=base, **options)
        return cls(socket, base)

    async def listens(self) -> tuple[str, str]:
        """What the hook does with a notification: title and body of `new Notification`."""
        notification = await self.socket.hears("notification")
        self.notifications = [notification, *self.notifications]
        return notification["title"], notification["message"]

    # messageService

    async def send_message(self, receiver_id: str | int, content: str) -> Any:
        answer = await self.post("/messages", receiverId=receiver_id, content=content)
        assert answer.status == 201, answer.text
        return answer["data"]

    async def get_conversations(self) -> Any:
        return (await self.get("/messages/conversations"))["data"]

    async def get_conversation(self, partner_id: str, query: str = "") -> Any:
        return (await self.get(f"/messages/conversation/{partner_id}{query}"))["data"]

    async def mark_as_read(self, partner_id: str) -> Any:
        return (await self.put(f"/messages/read/{partner_id}")).json

    # axios

    async def get(self, path: str, **options: Any) -> Answer:
        return await self.socket.get(self.base + path, **options)

    async def post(self, path: str, json: Any = None, /, **fields: Any) -> Answer:
        return await self.socket.post(self.base + path, json, **fields)

    async def put(self, path: str) -> Answer:
        return await self.socket.put(self.base + path)

    async def delete(self, path: str, json: Any = None, /) -> Answer:
        return await self.socket.delete(self.base + path, json)


class ChatWindow:
    """The seed's component of that name."""

    def __init__(self, app: SkillLink, partner: dict[str, Any]) -> None:
        self.app = app
        self.partner = partner
        self.messages: list[Any] = []

    async def mounts(self) -> None:
        self.messages = await self.app.get_conversation(self.partner["id"])
        await self.app.mark_as_read(self.partner["id"])

    async def sends(self, text: str) -> None:
        if text.strip():
            message = await self.app.send_message(self.partner["id"], text)
            self.messages = [*self.messages, message]

    async def receives(self) -> None:
        message = await self.app.socket.hears("new_message")
        if message["senderId"] == self.partner["id"]:
            self.messages = [*self.messages, message]

    @property
    def initial(self) -> str:
        """The partner's picture: fails for a name that is null."""
        return str(self.partner["name"])[0].upper()

    @property
    def shows(self) -> list[tuple[Any, str]]:
        return [(each["senderId"], each["content"]) for each in self.messages]

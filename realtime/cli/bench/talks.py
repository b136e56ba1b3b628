"""How each dialect's frontend writes to somebody, and how that one hears of it."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

UserId = str | int
Call = Callable[[str, str, Any], Any]
"""A REST call as somebody: method, path, body; gives the JSON of a good answer."""


class Talk(ABC):
    """A dialect between two people. `hears` is the event that brings a message."""

    hears: ClassVar[str]
    text: ClassVar[str]
    """The key of the text in it."""

    async def opened(self, call: Call, other: UserId) -> tuple[Any, list[list[Any]]]:
        """What the two have open, and the events that enter it."""
        return other, []

    @abstractmethod
    def event(self, opened: Any, text: str) -> list[Any] | None:
        """The event that says something, which is acked; None where it is said by REST."""

    def call(self, opened: Any, text: str) -> tuple[str, Any] | None:
        """The path and the body of what says it by REST."""
        return None


class Conversations(Talk):
    hears, text = "message:new", "content"

    async def opened(self, call: Call, other: UserId) -> tuple[Any, list[list[Any]]]:
        found = await call("POST", "/api/messages/start-conversation", {"otherUserId": other})
        opened = found["data"]["conversationId"] if "data" in found else found["id"]
        return opened, [["join:conversation", opened]]

    def event(self, opened: Any, text: str) -> list[Any]:
        return ["message:send", {"conversationId": opened, "content": text}]


class Jobs(Talk):
    hears, text = "message_received", "message"

    def event(self, opened: Any, text: str) -> list[Any]:
        return ["send_message", {"recipientId": opened, "message": text}]


class Skilllink(Talk):
    hears, text = "new_message", "content"

    def event(self, opened: Any, text: str) -> None:
        return None

    def call(self, opened: Any, text: str) -> tuple[str, Any]:
        return "/messages", {"receiverId": opened, "content": text}


class Linsta(Talk):
    hears, text = "receive_message", "text"

    async def opened(self, call: Call, other: UserId) -> tuple[Any, list[list[Any]]]:
        opened = (await call("POST", "/api/chat/rooms", {"otherUserId": other}))["chatRoomId"]
        return opened, [["join_room", {"chatRoomId": opened}]]

    def event(self, opened: Any, text: str) -> list[Any]:
        return ["send_message", {"chatRoomId": opened, "text": text}]


TALKS: Mapping[str, Talk] = {
    "conversations": Conversations(),
    "jobs": Jobs(),
    "skilllink": Skilllink(),
    "linsta": Linsta(),
}

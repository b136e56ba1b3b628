"""Seed 000's `realtimeService` and its three components, re-enacted call by call.

The service maps the wire's names to the frontend's local ones; the components keep what the seed's
React components keep in their state.
"""

from __future__ import annotations

from typing import Any

from tests.frontend import Frontend
from tests.rest import Answer

LOCAL_NAMES = {
    "notification_received": "notification",
    "message_received": "message_received",
    "user_typing": "user_typing",
    "profile_viewed": "profile_viewed",
    "user_status_changed": "user_status",
}


class RealtimeService:
    """One browser tab's service, over a socket that is connected."""

    def __init__(self, frontend: Frontend) -> None:
        self.frontend = frontend

    async def hears(self, local_name: str) -> Any:
        """What `addEventListener(local_name, …)` is called with next."""
        return await self.frontend.hears(LOCAL_NAMES[local_name])

    # Over the socket

    async def send_message(self, recipient_id: str, message: str, kind: str = "text") -> None:
        await self.frontend.emit(
            "send_message",
            {
                "recipientId": recipient_id,
                "message": message,
                "messageType": kind,
                "timestamp": "2026-01-05T12:00:00.000Z",
            },
        )

    async def send_typing_indicator(self, recipient_id: str) -> None:
        await self.frontend.emit(
            "typing", {"recipientId": recipient_id, "timestamp": "2026-01-05T12:00:00.000Z"}
        )

    async def send_online_status(self) -> None:
        await self.frontend.emit("user_online")

    async def send_offline_status(self) -> None:
        await self.frontend.emit("user_offline")

    # Over REST

    async def get_notifications(self, query: str = "") -> Answer:
        return await self.frontend.get(f"/api/realtime/notifications{query}")

    async def get_unread_count(self) -> Answer:
        return await self.frontend.get("/api/realtime/notifications/unread/count")

    async def mark_notification_as_read(self, notification_id: str) -> Answer:
        return await self.frontend.put(f"/api/realtime/notifications/{notification_id}/read")

    async def mark_all_notifications_as_read(self) -> Answer:
        return await self.frontend.put("/api/realtime/notifications/mark-all-read")

    async def delete_notification(self, notification_id: str) -> Answer:
        return await self.frontend.delete(f"/api/realtime/notifications/{notification_id}")

    async def clear_read_notifications(self) -> Answer:
        return await self.frontend.delete("/api/realtime/notifications/clear-read")

    async def get_chat_messages(self, recipient_id: str, query: str = "") -> Answer:
        return await self.frontend.get(f"/api/realtime/chat/{recipient_id}{query}")

    async def get_conversations(self) -> Answer:
        return await self.frontend.get("/api/realtime/chat/conversations")

    async def send_chat_message(self, recipient_id: str, message: str, **more: Any) -> Answer:
        return await self.frontend.post(
            "/api/realtime/chat/send", recipientId=recipient_id, message=message, **more
        )

    async def delete_message(self, message_id: str) -> Answer:
        return await self.frontend.delete(f"/api/realtime/chat/{message_id}")

    async def get_activity_feed(self, query: str = "") -> Answer:
        return await self.frontend.get(f"/api/realtime/activity-feed{query}")

    async def log_activity(self, action: str, target: str | None = None, **more: Any) -> Answer:
        return await self.frontend.post(
            "/api/realtime/activity/log", action=action, targetUserId=target, **more
        )


class NotificationCenter:
    """The seed's component of that name: a list and a badge."""

    def __init__(self, service: RealtimeService) -> None:
        self.service = service
        self.notifications: list[Any] = []
        self.unread = 0

    async def mounts(self) -> None:
        data = await self.service.get_notifications("?isRead=false")
        self.notifications, self.unread = data["notifications"], data["unread"]

    async def listens(self) -> Any:
        notification = await self.service.hears("notification_received")
        self.notifications = [notification, *self.notifications]
        self.unread += 1
        return notification

    async def marks_as_read(self, notification_id: str) -> None:
        await self.service.mark_notification_as_read(notification_id)
        self.unread = max(0, self.unread - 1)

    @property
    def shows(self) -> list[tuple[str, str]]:
        return [(each["title"], each["content"]) for each in self.notifications]


class ChatWindow:
    """The seed's component of that name: one chat, with its own copies of what was sent."""

    def __init__(self, service: RealtimeService, user_id: str, recipient_id: str) -> None:
        self.service = service
        self.user_id = user_id
        self.recipient_id = recipient_id
        self.messages: list[Any] = []
        self.is_typing = False

    async def mounts(self) -> None:
        self.messages = (await self.service.get_chat_messages(self.recipient_id))["messages"]

    async def sends(self, text: str) -> None:
        await self.service.send_message(self.recipient_id, text)
        self.messages = [*self.messages, {"message": text, "senderId": self.user_id}]

    async def types(self) -> None:
        await self.service.send_typing_indicator(self.recipient_id)

    async def listens_for_a_message(self) -> None:
        message = await self.service.hears("message_received")
        if message["senderId"] == self.recipient_id:
            self.messages = [*self.messages, message]

    async def listens_for_typing(self) -> None:
        if (await self.service.hears("user_typing"))["userId"] == self.recipient_id:
            self.is_typing = True

    @property
    def shows(self) -> list[tuple[str, str]]:
        return [(each["senderId"], each["message"]) for each in self.messages]


class ActivityFeed:
    """The seed's component of that name: who looked at me."""

    def __init__(self, service: RealtimeService) -> None:
        self.service = service
        self.activities: list[Any] = []

    async def mounts(self) -> None:
        self.activities = (await self.service.get_activity_feed())["activities"]

    async def listens(self) -> None:
        seen = await self.service.hears("profile_viewed")
        shown = {
            "action": "view_profile",
            "userId": seen["userId"],
            "userName": seen["userName"],
            "userAvatar": seen["userAvatar"],
            "createdAt": seen["viewedAt"],
        }
        self.activities = [shown, *self.activities]

    @property
    def shows(self) -> list[tuple[str, str]]:
        return [(each["userName"], each["action"]) for each in self.activities]

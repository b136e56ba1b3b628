"""Every event and call that a frontend can make, with what it names and who is kept out.

``{room}``, ``{message}`` and ``{notification}`` stand for Ada's; a refusal of 0 means that the row
names nothing of another's: everybody may, and sees her own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

OWN = 0


@dataclass(frozen=True)
class Row:
    """What is sent, the status of whoever has no business there, and the call that comes first."""

    refused: int = OWN
    body: Any = None
    needs: str | None = None


@dataclass(frozen=True)
class Heard:
    """What is emitted, and whether whoever has no business there is refused."""

    payload: Any = None
    refused: bool = True
    answers_list: bool = False


TO_BOB = {"receiverId": "bob", "content": "Hi"}
SUBSCRIPTION = {
    "endpoint": "https://push.example/send/{user}",
    "expirationTime": None,
    "keys": {"p256dh": "{point}", "auth": "AAAAAAAAAAAAAAAAAAAAAA"},
}

_SKILLLINK = {
    "POST /messages": Row(body=TO_BOB),
    "GET /messages/conversations": Row(),
    "GET /messages/conversation/{partnerId}": Row(),
    "PUT /messages/read/{partnerId}": Row(),
    "GET /notifications": Row(),
    "GET /notifications/unread-count": Row(),
    "PUT /notifications/{id}/read": Row(404),
    "PUT /notifications/mark-all-read": Row(),
    "DELETE /notifications/{id}": Row(404),
    "POST /notifications/subscribe": Row(body=SUBSCRIPTION),
    "DELETE /notifications/subscribe": Row(
        404, {"endpoint": "https://push.example/send/ada"}, needs="POST /notifications/subscribe"
    ),
    "GET /notifications/vapid-public-key": Row(),
    "GET /health": Row(),
}

CALLS: dict[str, dict[str, Row]] = {
    "conversations": {
        "POST /api/messages": Row(403, {"conversationId": "{room}", "content": "Hi"}),
        "POST /api/messages/start-conversation": Row(body={"otherUserId": "bob"}),
        "GET /api/messages/conversations": Row(),
        "GET /api/messages/conversations/{id}": Row(403),
        "PUT /api/messages/conversations/{id}/read": Row(403),
        "GET /api/messages/unread-count": Row(),
        "DELETE /api/messages/{messageId}": Row(404),
        "PUT /api/messages/{messageId}": Row(404, {"content": "Other words"}),
        "GET /api/notifications": Row(),
        "GET /api/notifications/unread-count": Row(),
        "GET /api/notifications/preferences": Row(),
        "PUT /api/notifications/preferences": Row(body={"notifyOnNewMessage": True}),
        "PUT /api/notifications/{id}/read": Row(403),
        "GET /api/notifications/centre": Row(),
        "GET /api/notifications/counts": Row(),
        "PUT /api/notifications/seen": Row(),
        "PUT /api/notifications/{id}": Row(403, {"seen": True}),
        "GET /api/notifications/push": Row(),
        "PUT /api/notifications/push": Row(body={"timeZone": "Europe/Berlin"}),
        "GET /api/notifications/mutes": Row(),
        "PUT /api/notifications/mutes/{conversationId}": Row(403, {}),
        "DELETE /api/notifications/mutes/{conversationId}": Row(403),
        "PUT /api/notifications/read-all": Row(),
        "DELETE /api/notifications/read": Row(),
        "DELETE /api/notifications/{id}": Row(403),
    },
    "jobs": {
        "GET /api/realtime/notifications": Row(),
        "GET /api/realtime/notifications/unread/count": Row(),
        "PUT /api/realtime/notifications/{id}/read": Row(404),
        "PUT /api/realtime/notifications/mark-all-read": Row(),
        "DELETE /api/realtime/notifications/{id}": Row(404),
        "DELETE /api/realtime/notifications/clear-read": Row(),
        "GET /api/realtime/chat/{recipientId}": Row(),
        "GET /api/realtime/chat/conversations": Row(),
        "POST /api/realtime/chat/send": Row(body={"recipientId": "bob", "message": "Hi"}),
        "DELETE /api/realtime/chat/{messageId}": Row(404),
        "GET /api/realtime/activity-feed": Row(),
        "POST /api/realtime/activity/log": Row(body={"action": "save_job"}),
    },
    "linsta": {
        "POST /api/chat/rooms": Row(body={"otherUserId": "bob"}),
        "GET /api/chat/rooms": Row(),
        "GET /api/chat/messages/{chatRoomId}": Row(403),
        "POST /api/chat/messages": Row(403, {"chatRoomId": "{room}", "text": "Hi"}),
        "POST /api/chat/rooms/{id}/read": Row(403),
        "DELETE /api/chat/messages/{id}": Row(404),
        "GET /api/users/status/{userId}": Row(),
        "GET /api/notifications": Row(),
        "GET /api/notifications/unread/count": Row(),
        "PUT /api/notifications/{id}/read": Row(404),
        "PUT /api/notifications/mark-all/read": Row(),
    },
    "skilllink": {
        **_SKILLLINK,
        **{call.replace(" /", " /api/", 1): row for call, row in _SKILLLINK.items()},
    },
}

_VISIBLE = {"client:visibility": Heard({"visible": True}, refused=False)}

EVENTS: dict[str, dict[str, Heard]] = {
    "conversations": {
        "join:conversation": Heard("{room}"),
        "leave:conversation": Heard("{room}", refused=False),
        "typing:start": Heard({"conversationId": "{room}"}),
        "typing:stop": Heard({"conversationId": "{room}"}),
        "conversation:get-online-users": Heard("{room}", answers_list=True),
        "notification:read": Heard("{notification}"),
        "notifications:read-all": Heard(refused=False),
        "user:get-status": Heard("bob", refused=False),
        "users:get-status": Heard(["bob"], refused=False),
        "message:send": Heard({"conversationId": "{room}", "content": "Hi"}),
        "messages:mark-read": Heard({"conversationId": "{room}"}),
        "message:edit": Heard({"messageId": "{message}", "content": "Other words"}),
        "message:delete": Heard({"messageId": "{message}"}),
        "auth:refresh": Heard({"token": "{token}"}),
        **_VISIBLE,
    },
    "jobs": {
        "send_message": Heard({"recipientId": "bob", "message": "Hi"}, refused=False),
        "typing": Heard({"recipientId": "bob"}, refused=False),
        "user_online": Heard(refused=False),
        "user_offline": Heard(refused=False),
        **_VISIBLE,
    },
    "linsta": {
        "join_room": Heard({"chatRoomId": "{room}"}),
        "send_message": Heard({"chatRoomId": "{room}", "text": "Hi"}),
        "get_history": Heard({"chatRoomId": "{room}"}),
        "subscribe_notifications": Heard(refused=False),
        "unsubscribe_notifications": Heard(refused=False),
        **_VISIBLE,
    },
    "skilllink": _VISIBLE,
}

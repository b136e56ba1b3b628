"""What other backends are told and asked, for OpenAPI; `docs/webhooks.md` says what holds."""

from collections.abc import Mapping
from typing import Any, Literal, TypedDict

from realtime.dialects.words import WireUserId
from realtime.domain.happened import Happened
from realtime.gateway.descriptions.schemas import Schema, Schemas

OWNER = "webhooks"

BEFORE = "message.before"


class AttachmentJson(TypedDict):
    url: str
    name: str | None
    type: str | None
    size: int | None


class MessageSentJson(TypedDict):
    conversationId: str
    messageId: str
    seq: int
    senderId: WireUserId
    receiverId: WireUserId | None
    type: str
    content: str
    attachments: list[AttachmentJson] | None
    clientId: str | None


class MessageEditedJson(TypedDict):
    conversationId: str
    messageId: str
    seq: int
    senderId: WireUserId
    type: str
    content: str


class MessageDeletedJson(TypedDict):
    conversationId: str
    senderId: WireUserId
    messageIds: list[str]


class MessageReadJson(TypedDict):
    conversationId: str
    readerId: WireUserId | None
    messageIds: list[str]


class ConversationCreatedJson(TypedDict):
    conversationId: str
    title: str | None
    isGroup: bool
    participantIds: list[WireUserId]


class ParticipantJson(TypedDict):
    conversationId: str
    userId: WireUserId


class NoticeJson(TypedDict):
    actorId: WireUserId | None
    type: str
    title: str | None
    text: str | None
    link: str | None
    priority: str
    data: Any


class NotificationCreatedJson(NoticeJson):
    notificationId: str
    userId: WireUserId


class BroadcastCreatedJson(NoticeJson):
    broadcastId: str


class StatusJson(TypedDict):
    userId: WireUserId


class PushFailedJson(TypedDict):
    userId: WireUserId
    notificationId: str
    subscriptionId: str
    reason: str
    service: str | None
    status: int | None


class BeforeSendJson(TypedDict):
    """The first message to somebody has no conversation yet, and no id."""

    action: Literal["send"]
    conversationId: str | None
    messageId: str | None
    senderId: WireUserId
    receiverId: WireUserId | None
    type: str
    content: str
    attachments: list[AttachmentJson] | None
    clientId: str | None


class BeforeEditJson(TypedDict):
    action: Literal["edit"]
    conversationId: str
    messageId: str
    senderId: WireUserId
    receiverId: WireUserId | None
    type: str
    content: str


class AllowJson(TypedDict):
    action: Literal["allow"]


class RefuseJson(TypedDict):
    action: Literal["refuse"]
    reason: str


class ChangeJson(TypedDict):
    action: Literal["change"]
    content: str


TOLD: Mapping[Happened, Any] = {
    Happened.MESSAGE_SENT: MessageSentJson,
    Happened.MESSAGE_EDITED: MessageEditedJson,
    Happened.MESSAGE_DELETED: MessageDeletedJson,
    Happened.MESSAGE_READ: MessageReadJson,
    Happened.CONVERSATION_CREATED: ConversationCreatedJson,
    Happened.PARTICIPANT_ADDED: ParticipantJson,
    Happened.PARTICIPANT_REMOVED: ParticipantJson,
    Happened.NOTIFICATION_CREATED: NotificationCreatedJson,
    Happened.BROADCAST_CREATED: BroadcastCreatedJson,
    Happened.USER_ONLINE: StatusJson,
    Happened.USER_OFFLINE: StatusJson,
    Happened.PUSH_FAILED: PushFailedJson,
}


def webhooks(schemas: Schemas) -> dict[str, Schema]:
    """OpenAPI's section of that name: what a backend must be able to receive."""
    found = {str(kind): _told(kind, data, schemas) for kind, data in TOLD.items()}
    asked = _called(BEFORE, BeforeSendJson | BeforeEditJson, schemas)
    answer = schemas.outgoing(AllowJson | RefuseJson | ChangeJson, OWNER)
    asked["responses"] = {
        "200": {"description": "What holds", "content": {"application/json": {"schema": answer}}},
        "204": {"description": "It is allowed"},
    }
    return {**found, BEFORE: {"post": asked}}


def _told(kind: str, data: Any, schemas: Schemas) -> Schema:
    told = _called(kind, data, schemas)
    told["responses"] = {"2XX": {"description": "Taken; with any other status it comes again"}}
    return {"post": told}


def _called(kind: str, data: Any, schemas: Schemas) -> Schema:
    body: Schema = {
        "type": "object",
        "properties": {
            "type": {"const": str(kind)},
            "timestamp": {"type": "string", "format": "date-time"},
            "data": schemas.outgoing(data, OWNER),
        },
        "required": ["type", "timestamp", "data"],
    }
    return {
        "operationId": f"{OWNER}.{kind}",
        "summary": str(kind),
        "tags": [OWNER],
        "security": [],
        "parameters": [_header(name, about) for name, about in HEADERS.items()],
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
    }


HEADERS = {
    "webhook-id": "The same one whenever it comes again",
    "webhook-timestamp": "When it was sent, in seconds since 1970",
    "webhook-signature": "v1, and HMAC-SHA256 in base64, for each secret, with spaces between them",
}


def _header(name: str, about: str) -> Schema:
    schema = {"type": "string"}
    return {"name": name, "in": "header", "required": True, "description": about, "schema": schema}

"""How the application sees our things: the plainest JSON that says it."""

from typing import Literal, TypedDict

from realtime.dialects.words import WireUserId, Words, iso, iso_or_none
from realtime.domain.records import Conversation, Message
from realtime.domain.users import Attendance
from realtime.models import User


class AttachmentJson(TypedDict):
    url: str
    name: str | None
    type: str | None
    size: int | None


class MessageJson(TypedDict):
    """``seq`` is 0 for a message that is not kept."""

    id: str
    conversationId: str
    seq: int
    senderId: WireUserId
    receiverId: WireUserId | None
    type: str
    content: str
    attachments: list[AttachmentJson] | None
    clientId: str | None
    isRead: bool
    readAt: str | None
    editedAt: str | None
    createdAt: str
    updatedAt: str


class BroadcastJson(TypedDict):
    """What everybody is told; it has another id for each user."""

    id: str
    createdAt: str
    expiresAt: str | None


class ConversationJson(TypedDict):
    id: str
    title: str | None
    isGroup: bool
    participantIds: list[WireUserId]
    slowSeconds: int
    """How long each must wait from one message to the next; 0 is no time."""
    createdAt: str


class UserJson(TypedDict):
    id: WireUserId
    name: str | None
    email: str | None
    avatar: str | None
    createdAt: str
    lastSeenAt: str | None


class PresenceJson(TypedDict):
    userId: WireUserId
    status: Literal["online", "offline"]
    lastSeenAt: str | None
    sockets: int


def message_json(message: Message, words: Words) -> MessageJson:
    """A message."""
    receiver = message.receiver
    attachments = message.attachments
    return {
        "id": str(message.id),
        "conversationId": str(message.conversation_id),
        "seq": message.seq,
        "senderId": words.user_id(message.sender.id),
        "receiverId": None if receiver is None else words.user_id(receiver.id),
        "type": message.kind,
        "content": message.content,
        "attachments": None
        if attachments is None
        else [
            {"url": each.url, "name": each.name, "type": each.type, "size": each.size}
            for each in attachments
        ],
        "clientId": message.client_id,
        "isRead": message.read_at is not None,
        "readAt": iso_or_none(message.read_at),
        "editedAt": iso_or_none(message.edited_at),
        "createdAt": iso(message.created_at),
        "updatedAt": iso(message.updated_at),
    }


def conversation_json(conversation: Conversation, words: Words) -> ConversationJson:
    """A conversation and who takes part now."""
    return {
        "id": str(conversation.id),
        "title": conversation.title,
        "isGroup": not conversation.direct,
        "participantIds": [words.user_id(person.id) for person in conversation.people],
        "slowSeconds": conversation.slow_seconds,
        "createdAt": iso(conversation.created_at),
    }


def user_json(user: User, words: Words) -> UserJson:
    """Somebody, as she is known."""
    return {
        "id": words.user_id(user.id),
        "name": user.name,
        "email": user.email,
        "avatar": user.avatar,
        "createdAt": iso(user.created_at),
        "lastSeenAt": iso_or_none(user.last_seen_at),
    }


def presence_json(presence: Attendance, words: Words) -> PresenceJson:
    """Whether somebody is there."""
    return {
        "userId": words.user_id(presence.user_id),
        "status": "online" if presence.online else "offline",
        "lastSeenAt": iso_or_none(presence.last_seen_at),
        "sockets": presence.sockets,
    }

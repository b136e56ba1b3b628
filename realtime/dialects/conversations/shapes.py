"""How this dialect shows our things: exactly these keys, explicit nulls."""

from collections.abc import Iterable
from typing import Literal, NotRequired, TypedDict
from uuid import UUID

from realtime.dialects.conversations.tables import ConversationsSettings
from realtime.dialects.words import WireUserId, Words, iso, iso_or_none
from realtime.domain.ids import id_text
from realtime.domain.overview import Overview
from realtime.domain.records import (
    Attachment,
    Conversation,
    ForeignId,
    Message,
    Person,
)

Status = Literal["online", "offline"]


class Success(TypedDict):
    success: Literal[True]
    data: object


class StatusJson(TypedDict):
    userId: WireUserId
    status: Status


class TypingJson(TypedDict):
    conversationId: str
    userId: WireUserId


class ReadJson(TypedDict):
    conversationId: str
    messageIds: list[str]


class DeletedJson(TypedDict):
    conversationId: str
    messageId: str


class PersonJson(TypedDict):
    id: WireUserId
    name: str
    email: str | None
    avatar: str | None


class BarePersonJson(TypedDict):
    id: WireUserId
    name: str
    email: str | None
    avatarUrl: str | None


class AttachmentJson(TypedDict):
    url: str
    name: NotRequired[str]
    type: NotRequired[str]
    size: NotRequired[int]


class MessageJson(TypedDict):
    id: str
    conversationId: str
    senderId: WireUserId
    receiverId: WireUserId | None
    content: str
    isRead: bool
    readAt: str | None
    attachments: list[AttachmentJson] | None
    createdAt: str
    updatedAt: str
    sender: PersonJson
    receiver: PersonJson | None
    seq: int
    clientId: str | None
    editedAt: str | None


class ListedMessageJson(MessageJson):
    isMine: bool


class LastMessageJson(TypedDict):
    id: str
    content: str
    isRead: bool
    createdAt: str
    senderId: WireUserId


class OverviewJson(TypedDict):
    id: str
    otherUser: PersonJson | None
    participants: list[PersonJson]
    lastMessage: LastMessageJson | None
    unreadCount: int
    lastMessageAt: str | None
    createdAt: str
    participant: NotRequired[BarePersonJson | None]


class ConversationJson(TypedDict):
    id: str
    otherUser: PersonJson | None
    createdAt: str


class Said(TypedDict):
    message: str


class Unread(TypedDict):
    unreadCount: int
    count: int


class PaginationJson(TypedDict):
    page: int
    limit: int
    total: int
    totalPages: int


def person_json(person: Person, words: Words, viewer_id: str | None = None) -> PersonJson:
    """Somebody as others see her; her own address she sees in any case."""
    return {
        "id": words.user_id(person.id),
        "name": person.name,
        "email": words.email(person, viewer_id),
        "avatar": person.avatar,
    }


def attachment_json(attachment: Attachment) -> AttachmentJson:
    """Only what was given."""
    shown: AttachmentJson = {"url": attachment.url}
    if attachment.name is not None:
        shown["name"] = attachment.name
    if attachment.type is not None:
        shown["type"] = attachment.type
    if attachment.size is not None:
        shown["size"] = attachment.size
    return shown


def message_json(message: Message, words: Words, viewer_id: str | None = None) -> MessageJson:
    """A message with both people; in a group there is no receiver."""
    receiver = message.receiver
    created_at = iso(message.created_at)
    unchanged = message.updated_at == message.created_at
    return {
        "id": str(message.id),
        "conversationId": id_text(message.conversation_id),
        "senderId": words.user_id(message.sender.id),
        "receiverId": None if receiver is None else words.user_id(receiver.id),
        "content": message.content,
        "isRead": message.read_at is not None,
        "readAt": iso_or_none(message.read_at),
        "attachments": None
        if message.attachments is None
        else [attachment_json(each) for each in message.attachments],
        "createdAt": created_at,
        "updatedAt": created_at if unchanged else iso(message.updated_at),
        "sender": person_json(message.sender, words, viewer_id),
        "receiver": None if receiver is None else person_json(receiver, words, viewer_id),
        "seq": message.seq,
        "clientId": message.client_id,
        "editedAt": iso_or_none(message.edited_at),
    }


def listed_json(message: Message, words: Words, viewer_id: str) -> ListedMessageJson:
    """A message as a history shows it."""
    shown = message_json(message, words, viewer_id)
    return {**shown, "isMine": message.sender.id == viewer_id}


def other_json(conversation: Conversation, words: Words, viewer_id: str) -> PersonJson | None:
    """The other one of a pair."""
    partner = conversation.partner(viewer_id)
    return None if partner is None else person_json(partner, words, viewer_id)


def conversation_json(conversation: Conversation, words: Words, viewer_id: str) -> ConversationJson:
    """A conversation at the head of its history."""
    return {
        "id": str(conversation.id),
        "otherUser": other_json(conversation, words, viewer_id),
        "createdAt": iso(conversation.created_at),
    }


def overview_json(overview: Overview, words: Words, viewer_id: str) -> OverviewJson:
    """A conversation as the list shows it."""
    conversation = overview.conversation
    shown: OverviewJson = {
        "id": str(conversation.id),
        "otherUser": other_json(conversation, words, viewer_id),
        "participants": [person_json(each, words, viewer_id) for each in conversation.people],
        "lastMessage": None if overview.last is None else last_json(overview.last, words),
        "unreadCount": overview.unread,
        "lastMessageAt": iso_or_none(overview.last_message_at),
        "createdAt": iso(conversation.created_at),
    }
    if words.of(ConversationsSettings).lists == "bare":
        shown["participant"] = bare_person_json(shown["otherUser"])
    return shown


def bare_person_json(person: PersonJson | None) -> BarePersonJson | None:
    """What the frontend that shipped with the seed calls the other one."""
    if person is None:
        return None
    return {
        "id": person["id"],
        "name": person["name"],
        "email": person["email"],
        "avatarUrl": person["avatar"],
    }


def last_json(message: Message, words: Words) -> LastMessageJson:
    """The last message as the list shows it."""
    return {
        "id": str(message.id),
        "content": message.content,
        "isRead": message.read_at is not None,
        "createdAt": iso(message.created_at),
        "senderId": words.user_id(message.sender.id),
    }


def pagination_json(total: int, number: int, limit: int) -> PaginationJson:
    """Where in the whole a page is."""
    return {
        "page": number,
        "limit": limit,
        "total": total,
        "totalPages": -(-total // limit),
    }


def done(data: object) -> Success:
    """The ack of an event that did what was asked."""
    return {"success": True, "data": data}


def status_json(user_id: str, words: Words, *, is_online: bool) -> StatusJson:
    """Whether somebody looks online."""
    return {"userId": words.user_id(user_id), "status": "online" if is_online else "offline"}


def read_json(conversation_id: UUID, message_ids: Iterable[ForeignId]) -> ReadJson:
    """Messages that are now read."""
    return {
        "conversationId": str(conversation_id),
        "messageIds": [str(message_id) for message_id in message_ids],
    }


def deleted_json(conversation_id: UUID, message_id: ForeignId) -> DeletedJson:
    """A message that is no more."""
    return {"conversationId": str(conversation_id), "messageId": str(message_id)}

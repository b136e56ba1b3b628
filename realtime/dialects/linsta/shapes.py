"""How this dialect shows our things: exactly these keys, explicit nulls."""

from dataclasses import replace
from typing import Literal, TypedDict

from realtime.dialects.pushed import PushWords, pushed_as_it_is
from realtime.dialects.words import WireUserId, Words, iso
from realtime.domain.events import MessageDeleted
from realtime.domain.overview import Overview
from realtime.domain.records import Conversation, Message, Notification, Person


class MessageJson(TypedDict):
    _id: str
    chatRoomId: str
    senderId: WireUserId
    text: str
    createdAt: str


class DeletedJson(MessageJson):
    deleted: Literal[True]


class PersonJson(TypedDict):
    _id: WireUserId
    name: str
    email: str | None


class ListedMessageJson(TypedDict):
    _id: str
    chatRoomId: str
    senderId: PersonJson
    text: str
    createdAt: str


class HistoryJson(TypedDict):
    chatRoomId: str
    messages: list[MessageJson]


class RoomJson(TypedDict):
    chatRoomId: str
    participants: list[WireUserId]
    createdAt: str


class ListedRoomJson(TypedDict):
    _id: str
    participants: list[PersonJson]
    createdAt: str
    updatedAt: str


class JoinedJson(TypedDict):
    userId: WireUserId
    timestamp: str


class NotificationJson(TypedDict):
    _id: str
    userId: WireUserId
    type: str
    message: str
    referenceId: object
    isRead: bool
    createdAt: str


class StatusJson(TypedDict):
    userId: WireUserId
    online: bool
    lastSeen: str | None


def message_json(message: Message, words: Words) -> MessageJson:
    """A message as it arrives; its sender is an id."""
    return {
        "_id": str(message.id),
        "chatRoomId": str(message.conversation_id),
        "senderId": words.user_id(message.sender.id),
        "text": message.content,
        "createdAt": iso(message.created_at),
    }


def listed_json(message: Message, words: Words, viewer_id: str) -> ListedMessageJson:
    """A message as REST lists it; its sender is a person."""
    return {
        "_id": str(message.id),
        "chatRoomId": str(message.conversation_id),
        "senderId": person_json(message.sender, words, viewer_id),
        "text": message.content,
        "createdAt": iso(message.created_at),
    }


def deleted_json(deleted: MessageDeleted, words: Words) -> DeletedJson:
    """What is left of a message."""
    return {
        "_id": str(deleted.message_id),
        "chatRoomId": str(deleted.conversation_id),
        "senderId": words.user_id(deleted.sender_id),
        "text": "",
        "createdAt": iso(deleted.sent_at),
        "deleted": True,
    }


def person_json(person: Person, words: Words, viewer_id: str) -> PersonJson:
    """Somebody as others see her; her own address she sees in any case."""
    return {
        "_id": words.user_id(person.id),
        "name": person.name,
        "email": words.email(person, viewer_id),
    }


def room_json(conversation: Conversation, words: Words, viewer_id: str) -> RoomJson:
    """A room as it is opened."""
    return {
        "chatRoomId": str(conversation.id),
        "participants": [words.user_id(each.id) for each in other_first(conversation, viewer_id)],
        "createdAt": iso(conversation.created_at),
    }


def listed_room_json(overview: Overview, words: Words, viewer_id: str) -> ListedRoomJson:
    """A room as the list shows it."""
    conversation = overview.conversation
    people = other_first(conversation, viewer_id)
    return {
        "_id": str(conversation.id),
        "participants": [person_json(each, words, viewer_id) for each in people],
        "createdAt": iso(conversation.created_at),
        "updatedAt": iso(overview.updated_at),
    }


def other_first(conversation: Conversation, viewer_id: str) -> list[Person]:
    """Both people; the frontend takes the first for the other one."""
    return sorted(conversation.people, key=lambda person: person.id == viewer_id)


def push_words(notification: Notification, words: Words) -> PushWords:
    """A notification has no title here, and no link; a message leads to its room."""
    own = pushed_as_it_is(notification, words)
    return (
        own
        if notification.message_id is None
        else replace(own, link=f"/chat/{notification.conversation_id}")
    )


def notification_json(notification: Notification, words: Words) -> NotificationJson:
    """A notification; without a title its text must do, and the other way round."""
    return {
        "_id": str(notification.id),
        "userId": words.user_id(notification.user_id),
        "type": notification.type,
        "message": notification.text or notification.title or "",
        "referenceId": notification.reference,
        "isRead": notification.read_at is not None,
        "createdAt": iso(notification.created_at),
    }

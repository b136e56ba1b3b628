"""How this dialect shows our things: exactly these keys, explicit nulls."""

from dataclasses import replace
from typing import Literal, TypedDict

from realtime.dialects.pushed import PushWords, pushed_as_it_is
from realtime.dialects.words import WireUserId, Words, iso
from realtime.domain.overview import Chat
from realtime.domain.records import Message, Notification, Person
from realtime.domain.texts import isolated


class PersonJson(TypedDict):
    id: WireUserId
    name: str
    avatar: str | None


class MessageJson(TypedDict):
    id: str
    senderId: WireUserId
    receiverId: WireUserId
    content: str
    read: bool
    createdAt: str
    updatedAt: str
    sender: PersonJson
    receiver: PersonJson


class PartnerJson(TypedDict):
    partner: PersonJson
    lastMessage: MessageJson
    unreadCount: int


class NotificationJson(TypedDict):
    id: str
    userId: WireUserId
    title: str
    message: str
    type: str
    read: bool
    link: str | None
    createdAt: str


class MessageNoticeJson(TypedDict):
    type: Literal["NEW_MESSAGE"]
    title: str
    message: MessageJson


def person_json(person: Person, words: Words) -> PersonJson:
    """Somebody; the frontend shows the first letter of the name."""
    return {"id": words.user_id(person.id), "name": person.name, "avatar": person.avatar}


def message_json(message: Message, receiver: Person, words: Words) -> MessageJson:
    """A message with both people."""
    return {
        "id": str(message.id),
        "senderId": words.user_id(message.sender.id),
        "receiverId": words.user_id(receiver.id),
        "content": message.content,
        "read": message.read_at is not None,
        "createdAt": iso(message.created_at),
        "updatedAt": iso(message.updated_at),
        "sender": person_json(message.sender, words),
        "receiver": person_json(receiver, words),
    }


def partner_json(chat: Chat, words: Words) -> PartnerJson:
    """What was said with somebody, as the list shows it."""
    return {
        "partner": person_json(chat.partner, words),
        "lastMessage": message_json(chat.last, chat.last.receiver or chat.partner, words),
        "unreadCount": chat.unread,
    }


def notification_json(notification: Notification, words: Words) -> NotificationJson:
    """A notification; title and message go into a browser's ``Notification``, never null."""
    text = notification.text or ""
    return {
        "id": str(notification.id),
        "userId": words.user_id(notification.user_id),
        "title": notification.title or text,
        "message": text,
        "type": notification.type,
        "read": notification.read_at is not None,
        "link": notification.link,
        "createdAt": iso(notification.created_at),
    }


def push_words(notification: Notification, words: Words) -> PushWords:
    """A notification as the list shows it; a message leads to the page of all messages."""
    own = pushed_as_it_is(notification, words)
    return own if notification.message_id is None else replace(own, link="/messages")


def message_notice_json(message: Message, receiver: Person, words: Words) -> MessageNoticeJson:
    """A message told the way of seed 001, as a notification that holds it."""
    return {
        "type": "NEW_MESSAGE",
        "title": f"New message from {isolated(message.sender.name)}",
        "message": message_json(message, receiver, words),
    }

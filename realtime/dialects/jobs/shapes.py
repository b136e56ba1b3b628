"""How this dialect shows our things: exactly these keys, explicit nulls."""

from dataclasses import replace
from datetime import datetime
from typing import Literal, TypedDict

from realtime.dialects.pushed import PushWords, pushed_as_it_is
from realtime.dialects.words import WireUserId, Words, iso, iso_or_none
from realtime.domain.overview import Chat
from realtime.domain.records import (
    NEW_MESSAGE,
    Activity,
    Message,
    Notification,
    Person,
)
from realtime.domain.texts import isolated

MESSAGE_RECEIVED = "message_received"
"""What these frontends call the type of a notification that a message made."""

PROFILE_VIEWED = "profile_viewed"


class ReceivedJson(TypedDict):
    id: str
    senderId: WireUserId
    senderName: str
    senderAvatar: str | None
    recipientId: WireUserId | None
    message: str
    messageType: str
    attachmentUrl: str | None
    createdAt: str


class MessageJson(ReceivedJson):
    attachmentType: str | None
    isRead: bool
    readAt: str | None
    isEdited: bool
    editedAt: str | None


class ChatJson(TypedDict):
    userId: WireUserId
    userName: str
    userAvatar: str | None
    lastMessage: str
    lastMessageAt: str
    unreadCount: int


class TypingJson(TypedDict):
    userId: WireUserId
    userName: str
    recipientId: WireUserId
    timestamp: str


class StatusJson(TypedDict):
    userId: WireUserId
    status: Literal["online", "offline"]
    timestamp: str


class ViewJson(TypedDict):
    userId: WireUserId
    userName: str
    userAvatar: str | None
    viewedAt: str


class ActivityJson(TypedDict):
    id: str
    userId: WireUserId
    userName: str
    userAvatar: str | None
    action: str
    targetUserId: WireUserId | None
    jobId: object
    jobTitle: str | None
    metadata: object
    createdAt: str


class NotificationJson(TypedDict):
    id: str
    userId: WireUserId
    type: str
    title: str
    content: str
    relatedUserId: WireUserId | None
    relatedJobId: object
    relatedId: object
    actionUrl: str | None
    actionLabel: str
    icon: str | None
    isRead: bool
    readAt: str | None
    isDismissed: bool
    dismissedAt: str | None
    priority: str
    createdAt: str
    expiresAt: str | None


def received_json(message: Message, words: Words) -> ReceivedJson:
    """A message as it arrives."""
    first = (message.attachments or (None,))[0]
    return {
        "id": str(message.id),
        "senderId": words.user_id(message.sender.id),
        "senderName": message.sender.name,
        "senderAvatar": message.sender.avatar,
        "recipientId": None if message.receiver is None else words.user_id(message.receiver.id),
        "message": message.content,
        "messageType": message.kind,
        "attachmentUrl": None if first is None else first.url,
        "createdAt": iso(message.created_at),
    }


def message_json(message: Message, words: Words) -> MessageJson:
    """A message as a chat's history shows it."""
    first = (message.attachments or (None,))[0]
    return {
        **received_json(message, words),
        "attachmentType": None if first is None else first.type,
        "isRead": message.read_at is not None,
        "readAt": iso_or_none(message.read_at),
        "isEdited": message.edited_at is not None,
        "editedAt": iso_or_none(message.edited_at),
    }


def chat_json(chat: Chat, words: Words) -> ChatJson:
    """A chat as the list shows it."""
    return {
        "userId": words.user_id(chat.partner.id),
        "userName": chat.partner.name,
        "userAvatar": chat.partner.avatar,
        "lastMessage": chat.last.content,
        "lastMessageAt": iso(chat.last.created_at),
        "unreadCount": chat.unread,
    }


def typing_json(person: Person, recipient_id: str, at: datetime, words: Words) -> TypingJson:
    """Somebody types."""
    return {
        "userId": words.user_id(person.id),
        "userName": person.name,
        "recipientId": words.user_id(recipient_id),
        "timestamp": iso(at),
    }


def activity_json(activity: Activity, words: Words) -> ActivityJson:
    """What somebody did."""
    target = activity.target_id
    return {
        "id": str(activity.id),
        "userId": words.user_id(activity.user.id),
        "userName": activity.user.name,
        "userAvatar": activity.user.avatar,
        "action": activity.action,
        "targetUserId": None if target is None else words.user_id(target),
        "jobId": activity.job_id,
        "jobTitle": activity.job_title,
        "metadata": activity.metadata,
        "createdAt": iso(activity.created_at),
    }


def notification_json(notification: Notification, words: Words) -> NotificationJson:
    """A notification; title and content go into a browser's ``Notification`` and are never null."""
    text = notification.text or ""
    row: NotificationJson = {
        "id": str(notification.id),
        "userId": words.user_id(notification.user_id),
        "type": notification.type,
        "title": notification.title or text,
        "content": text,
        "relatedUserId": None,
        "relatedJobId": notification.related_job_id,
        "relatedId": notification.reference,
        "actionUrl": notification.link,
        "actionLabel": notification.action_label or "View",
        "icon": notification.icon,
        "isRead": notification.read_at is not None,
        "readAt": iso_or_none(notification.read_at),
        "isDismissed": notification.dismissed_at is not None,
        "dismissedAt": iso_or_none(notification.dismissed_at),
        "priority": notification.priority,
        "createdAt": iso(notification.created_at),
        "expiresAt": iso_or_none(notification.expires_at),
    }
    if notification.actor is not None:
        row["relatedUserId"] = words.user_id(notification.actor.id)
        if notification.message_id is not None:
            _tell_of_message(row, notification.actor)
    if notification.type == NEW_MESSAGE:
        row["type"] = MESSAGE_RECEIVED
    return row


def push_words(notification: Notification, words: Words) -> PushWords:
    """As the list shows it; the icon is a name that only the frontend knows."""
    shown, own = notification_json(notification, words), pushed_as_it_is(notification, words)
    return replace(
        own, title=shown["title"], link=shown["actionUrl"], action_label=shown["actionLabel"]
    )


def _tell_of_message(row: NotificationJson, sender: Person) -> None:
    """The words for a notification that a message made."""
    row["title"] = f"New message from {isolated(sender.name)}"
    row["icon"] = "chat"
    row["priority"] = "high"
    row["actionUrl"] = f"/chat/{sender.id}"

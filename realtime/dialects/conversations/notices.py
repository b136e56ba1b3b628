"""Notifications in this dialect: how they look, and what is asked of them over REST."""

from dataclasses import replace
from typing import Annotated, TypedDict

from realtime.dialects.base import Reply, Request
from realtime.dialects.conversations.shapes import PaginationJson, Said, Unread, pagination_json
from realtime.dialects.conversations.tables import ConversationsSettings, dialect
from realtime.dialects.fields import (
    Flag,
    NotificationId,
    NotificationType,
    PageNumber,
    Payload,
    whole,
)
from realtime.dialects.pushed import PushWords, pushed_as_it_is
from realtime.dialects.words import WireUserId, Words, iso, iso_or_none
from realtime.domain import errors, notifications, preferences
from realtime.domain.choosing import Choice
from realtime.domain.records import NEW_MESSAGE, Notification
from realtime.domain.texts import isolated


class NotificationJson(TypedDict):
    id: str
    userId: WireUserId
    type: str
    title: str
    message: str
    link: str | None
    data: object
    isRead: bool
    readAt: str | None
    createdAt: str


class Notifications(TypedDict):
    data: list[NotificationJson]
    pagination: PaginationJson


class NotificationSaid(TypedDict):
    message: str
    data: NotificationJson


class DeletedCount(TypedDict):
    message: str
    deletedCount: int


class Preferred(TypedDict):
    preferences: dict[str, bool]


class PreferredNow(Preferred):
    message: str


class NotificationPath(Payload):
    id: NotificationId


class NotificationPage(Payload):
    page: PageNumber = 1
    offset: Annotated[int | None, whole(None)] = None
    limit: Annotated[int, whole(20, most=100, least=1)] = 20
    unreadOnly: Flag = None
    type: NotificationType | None = None


def notification_json(notification: Notification, words: Words) -> NotificationJson:
    """A notification; title and text go into a browser's ``Notification`` and are never null."""
    about = message_notice(notification, words) if notification.type == NEW_MESSAGE else None
    title, link, data = about or (
        notification.title or notification.text or "",
        notification.link,
        notification.data,
    )
    return {
        "id": str(notification.id),
        "userId": words.user_id(notification.user_id),
        "type": notification.type,
        "title": title,
        "message": notification.text or "",
        "link": link,
        "data": data,
        "isRead": notification.read_at is not None,
        "readAt": iso_or_none(notification.read_at),
        "createdAt": iso(notification.created_at),
    }


def message_notice(
    notification: Notification, words: Words
) -> tuple[str, str, dict[str, object]] | None:
    """Title, link and data of a notification that a message made."""
    sender = notification.actor
    if notification.message_id is None or sender is None:
        return None
    data: dict[str, object] = {
        "messageId": str(notification.message_id),
        "conversationId": str(notification.conversation_id),
        "senderId": words.user_id(sender.id),
    }
    return (
        f"New message from {isolated(sender.name)}",
        f"/messages/{notification.conversation_id}",
        data,
    )


def push_words(notification: Notification, words: Words) -> PushWords:
    """As the list shows it."""
    shown = notification_json(notification, words)
    own = pushed_as_it_is(notification, words)
    return replace(own, title=shown["title"], link=shown["link"])


dialect.pushes, dialect.groups = push_words, True


@dialect.route("GET", "/api/notifications", NotificationPage)
async def list_notifications(
    request: Request, query: NotificationPage
) -> Reply[Notifications | list[NotificationJson]]:
    offset = (query.page - 1) * query.limit if query.offset is None else query.offset
    types = (query.type,) if query.type else ()
    choice = Choice(types=types, read=False if query.unreadOnly else None)
    page = await notifications.listed(request.actor, choice, limit=query.limit, offset=offset)
    shown = [notification_json(each, request.words) for each in page]
    if request.words.of(ConversationsSettings).lists == "bare":
        return Reply(shown)
    total = await notifications.count(request.actor, choice)
    number = offset // query.limit + 1
    return Reply({"data": shown, "pagination": pagination_json(total, number, query.limit)})


@dialect.route("GET", "/api/notifications/unread-count")
async def unread_notifications(request: Request) -> Reply[Unread]:
    count = await notifications.count(request.actor, Choice(read=False))
    return Reply({"unreadCount": count, "count": count})


@dialect.route("GET", "/api/notifications/preferences")
async def get_preferences(request: Request) -> Reply[Preferred]:
    return Reply({"preferences": await preferences.of(request.actor)})


@dialect.route(
    "PUT",
    "/api/notifications/preferences",
    dict[str, object],
    refuses={errors.Malformed: (400, "{field} is not a preference or not a boolean")},
)
async def put_preferences(request: Request, body: dict[str, object]) -> Reply[PreferredNow]:
    preferred = await preferences.change(request.actor, body)
    message = "Notification preferences updated successfully"
    return Reply({"preferences": preferred, "message": message})


@dialect.route("PUT", "/api/notifications/{id}/read", NotificationPath)
async def read_notification(request: Request, path: NotificationPath) -> Reply[NotificationSaid]:
    # The clients emit notification:read themselves; a second event would count the badge down twice
    read = await notifications.mark_read(request.actor, path.id, tell=False)
    shown = notification_json(read, request.words)
    return Reply({"message": "Notification marked as read", "data": shown})


@dialect.route("PUT", "/api/notifications/read-all")
async def read_all(request: Request) -> Reply[Said]:
    await notifications.mark_all_read(request.actor, tell=False)
    return Reply({"message": "All notifications marked as read"})


@dialect.route("DELETE", "/api/notifications/read")
async def delete_read(request: Request) -> Reply[DeletedCount]:
    deleted = await notifications.delete_read(request.actor)
    return Reply({"message": "Read notifications deleted successfully", "deletedCount": deleted})


@dialect.route("DELETE", "/api/notifications/{id}", NotificationPath)
async def delete_notification(request: Request, path: NotificationPath) -> Reply[Said]:
    await notifications.delete(request.actor, path.id)
    return Reply({"message": "Notification deleted successfully"})

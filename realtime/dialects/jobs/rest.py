"""What these frontends ask over REST, and what they are answered."""

from typing import Annotated, TypedDict

from pydantic import Field

from realtime.dialects.base import Reply, Request
from realtime.dialects.fields import (
    Flag,
    ForeignId,
    Label,
    Link,
    MessageId,
    NotificationId,
    NotificationType,
    Offset,
    Payload,
    Seen,
    Somebody,
    SomeJson,
    UserId,
    whole,
)
from realtime.dialects.jobs.events import Sending
from realtime.dialects.jobs.shapes import (
    MESSAGE_RECEIVED,
    PROFILE_VIEWED,
    ActivityJson,
    ChatJson,
    MessageJson,
    NotificationJson,
    activity_json,
    chat_json,
    message_json,
    notification_json,
)
from realtime.dialects.jobs.tables import dialect
from realtime.domain import (
    activity,
    errors,
    histories,
    messages,
    notifications,
    overview,
    receipts,
)
from realtime.domain.activity import Deed
from realtime.domain.choosing import Choice
from realtime.domain.errors import Refused
from realtime.domain.messages import Content
from realtime.domain.records import NEW_MESSAGE, Attachment, Notice, Person
from realtime.domain.texts import isolated

MOST_CHATS = 1_000

# Bodies, queries and answers


class Done(TypedDict):
    success: bool


class Said(Done):
    message: str


class Notifications(Done):
    notifications: list[NotificationJson]
    total: int
    unread: int


class Unread(Done):
    unreadCount: int


class ReadNotification(Done):
    notification: NotificationJson


class Chat(Done):
    messages: list[MessageJson]
    total: int


class Chats(Done):
    conversations: list[ChatJson]


class Sent(Done):
    message: MessageJson


class Feed(Done):
    activities: list[ActivityJson]
    total: int


class Logged(Done):
    activity: ActivityJson


class NotificationPage(Payload):
    isRead: Flag = None
    type: NotificationType | None = None
    limit: Annotated[int, whole(20, most=100, least=1)] = 20
    offset: Offset = 0


class NotificationPath(Payload):
    id: NotificationId


class ChatPage(Payload):
    recipientId: Somebody
    limit: Annotated[int, whole(50, most=100, least=1)] = 50
    offset: Offset = 0


class Posting(Sending):
    attachmentUrl: Link | None = None


class MessagePath(Payload):
    messageId: MessageId


class FeedPage(Payload):
    limit: Annotated[int, whole(20, most=100, least=1)] = 20
    offset: Offset = 0


class Logging(Payload):
    action: Annotated[Label, Field(max_length=100), Seen]
    targetUserId: UserId | None = None
    jobId: ForeignId | None = None
    jobTitle: Annotated[Label | None, Field(max_length=255)] = None
    metadata: SomeJson = None


# Notifications


def types_of(wanted: str | None) -> tuple[str, ...]:
    """The types we store for the one that was asked for."""
    if wanted == MESSAGE_RECEIVED:
        return NEW_MESSAGE, MESSAGE_RECEIVED
    return (wanted,) if wanted else ()


@dialect.route("GET", "/api/realtime/notifications", NotificationPage)
async def list_notifications(request: Request, query: NotificationPage) -> Reply[Notifications]:
    choice = Choice(groups=False, dismissed=True, types=types_of(query.type), read=query.isRead)
    page = await notifications.listed(request.actor, choice, limit=query.limit, offset=query.offset)
    total = await notifications.count(request.actor, choice)
    listed: Notifications = {
        "success": True,
        "notifications": [notification_json(each, request.words) for each in page],
        "total": total,
        "unread": await notifications.count(request.actor, Choice(groups=False, read=False)),
    }
    return Reply(listed)


@dialect.route("GET", "/api/realtime/notifications/unread/count")
async def count_unread(request: Request) -> Reply[Unread]:
    unread = await notifications.count(request.actor, Choice(groups=False, read=False))
    return Reply({"success": True, "unreadCount": unread})


@dialect.route("PUT", "/api/realtime/notifications/{id}/read", NotificationPath)
async def read_notification(request: Request, path: NotificationPath) -> Reply[ReadNotification]:
    read = await notifications.mark_read(request.actor, path.id)
    return Reply({"success": True, "notification": notification_json(read, request.words)})


@dialect.route("PUT", "/api/realtime/notifications/mark-all-read")
async def read_all(request: Request) -> Reply[Said]:
    await notifications.mark_all_read(request.actor, groups=False)
    return Reply({"success": True, "message": "All notifications marked as read"})


@dialect.route("DELETE", "/api/realtime/notifications/{id}", NotificationPath)
async def delete_notification(request: Request, path: NotificationPath) -> Reply[Said]:
    await notifications.delete(request.actor, path.id)
    return Reply({"success": True, "message": "Notification deleted"})


@dialect.route("DELETE", "/api/realtime/notifications/clear-read")
async def clear_read(request: Request) -> Reply[Said]:
    await notifications.delete_read(request.actor, groups=False, dismissed=True)
    return Reply({"success": True, "message": "Read notifications cleared"})


# Chat


@dialect.route("GET", "/api/realtime/chat/{recipientId}", ChatPage)
async def chat(request: Request, query: ChatPage) -> Reply[Chat]:
    conversation = await receipts.mark_read_from(request.actor, query.recipientId)
    if conversation is None:
        return Reply({"success": True, "messages": [], "total": 0})
    page = await histories.page(request.actor, conversation, limit=query.limit, offset=query.offset)
    shown = [message_json(each, request.words) for each in page.items]
    return Reply({"success": True, "messages": shown, "total": page.total})


@dialect.route("GET", "/api/realtime/chat/conversations")
async def chats(request: Request) -> Reply[Chats]:
    found = await overview.chats(request.actor, limit=MOST_CHATS)
    shown = [chat_json(each, request.words) for each in found]
    return Reply({"success": True, "conversations": shown})


def posting_refused(refused: Refused) -> str:
    """What is wrong with a message that was not sent."""
    named = getattr(refused, "field", "")
    missing = named in {"", "recipientId", "message"}
    return "recipientId and message are required" if missing else f"Invalid {named}"


@dialect.route(
    "POST",
    "/api/realtime/chat/send",
    Posting,
    refuses={errors.Malformed: (400, posting_refused)},
)
async def post_message(request: Request, body: Posting) -> Reply[Sent]:
    attached = None if body.attachmentUrl is None else (Attachment(body.attachmentUrl),)
    said = Content(body.message, kind=body.messageType, attachments=attached)
    message = await messages.send_to(request.actor, body.recipientId, said)
    return Reply({"success": True, "message": message_json(message, request.words)})


@dialect.route("DELETE", "/api/realtime/chat/{messageId}", MessagePath)
async def delete_message(request: Request, path: MessagePath) -> Reply[Said]:
    await messages.delete(request.actor, path.messageId, groups=False)
    return Reply({"success": True, "message": "Message deleted"})


# Activity


@dialect.route("GET", "/api/realtime/activity-feed", FeedPage)
async def activity_feed(request: Request, query: FeedPage) -> Reply[Feed]:
    page = await activity.feed(request.actor, limit=query.limit, offset=query.offset)
    shown = [activity_json(each, request.words) for each in page.items]
    return Reply({"success": True, "activities": shown, "total": page.total})


def logging_refused(refused: Refused) -> str:
    """What is wrong with an activity that was not logged."""
    named = getattr(refused, "field", "")
    return "action is required" if named in {"", "action"} else f"Invalid {named}"


def viewed(viewer: Person) -> Notice:
    """How a look at somebody's profile is told to her."""
    return Notice(
        PROFILE_VIEWED,
        title=f"{isolated(viewer.name)} viewed your profile",
        actor_id=viewer.id,
        link=f"/profile/{viewer.id}",
        icon="eye",
        priority="low",
    )


@dialect.route(
    "POST",
    "/api/realtime/activity/log",
    Logging,
    refuses={errors.Malformed: (400, logging_refused)},
)
async def log_activity(request: Request, body: Logging) -> Reply[Logged]:
    deed = Deed(body.action, body.targetUserId, body.jobId, body.jobTitle, body.metadata)
    logged = await activity.log(request.actor, deed, viewed)
    return Reply({"success": True, "activity": activity_json(logged, request.words)})

"""What these frontends ask over REST, and what they are answered."""

from typing import Annotated, TypedDict

from realtime.dialects.base import Reply, Request
from realtime.dialects.fields import (
    ConversationId,
    MessageId,
    NotificationId,
    Offset,
    Payload,
    UserId,
    whole,
)
from realtime.dialects.linsta.events import HistoryPage, SaidJson, Sending, say
from realtime.dialects.linsta.shapes import (
    DeletedJson,
    ListedMessageJson,
    ListedRoomJson,
    MessageJson,
    NotificationJson,
    RoomJson,
    StatusJson,
    deleted_json,
    listed_json,
    listed_room_json,
    message_json,
    notification_json,
    room_json,
)
from realtime.dialects.linsta.tables import LinstaSettings, dialect
from realtime.dialects.words import iso_or_none
from realtime.domain import (
    conversations,
    errors,
    histories,
    messages,
    notifications,
    overview,
    presence,
    receipts,
)
from realtime.domain.choosing import Choice

MOST_ROOMS = 1_000
ROOM_AND_TEXT = "chatRoomId and non-empty text are required"

# Bodies, queries and answers


class Done(TypedDict):
    success: bool


class Unread(TypedDict):
    unreadCount: int


class Opening(Payload):
    otherUserId: UserId


class RoomPath(Payload):
    id: ConversationId


class MessagePath(Payload):
    id: MessageId


class PersonPath(Payload):
    userId: UserId


class NotificationPage(Payload):
    limit: Annotated[int, whole(20, most=100, least=1)] = 20
    skip: Offset = 0


class NotificationPath(Payload):
    id: NotificationId


# Rooms and messages


@dialect.route(
    "POST",
    "/api/chat/rooms",
    Opening,
    refuses={errors.Malformed: (400, "otherUserId is required")},
)
async def open_room(request: Request, body: Opening) -> Reply[RoomJson]:
    conversation = await conversations.start(request.actor, body.otherUserId)
    return Reply(room_json(conversation, request.words, request.actor.user_id))


@dialect.route("GET", "/api/chat/rooms")
async def list_rooms(request: Request) -> Reply[list[ListedRoomJson]]:
    viewer = request.actor.user_id
    rooms = await overview.pairs(request.actor, limit=MOST_ROOMS)
    return Reply([listed_room_json(each, request.words, viewer) for each in rooms])


@dialect.route("GET", "/api/chat/messages/{chatRoomId}", HistoryPage)
async def history(request: Request, query: HistoryPage) -> Reply[list[ListedMessageJson]]:
    actor = request.actor
    conversation = await conversations.pair(actor, query.chatRoomId)
    page = await histories.page(actor, conversation, limit=query.limit, offset=query.skip)
    return Reply([listed_json(each, request.words, actor.user_id) for each in page.items])


@dialect.route(
    "POST",
    "/api/chat/messages",
    Sending,
    statuses=(201,),
    refuses={
        errors.Malformed: (400, ROOM_AND_TEXT),
        errors.BlankMessage: (400, ROOM_AND_TEXT),
    },
)
async def post_message(request: Request, body: Sending) -> Reply[MessageJson]:
    return Reply(message_json(await say(request.actor, body), request.words), 201)


@dialect.route("POST", "/api/chat/rooms/{id}/read", RoomPath)
async def read_room(request: Request, path: RoomPath) -> Reply[Done]:
    await conversations.pair(request.actor, path.id)
    await receipts.mark_read(request.actor, path.id)
    return Reply({"success": True})


@dialect.route("DELETE", "/api/chat/messages/{id}", MessagePath)
async def delete_message(request: Request, path: MessagePath) -> Reply[DeletedJson]:
    if not request.words.of(LinstaSettings).delete_messages:
        raise errors.DeletionForbidden
    deleted = await messages.delete(request.actor, path.id, groups=False)
    return Reply(deleted_json(deleted, request.words))


@dialect.route(
    "GET",
    "/api/users/status/{userId}",
    PersonPath,
    refuses={errors.Malformed: (400, "Invalid userId")},
)
async def status(request: Request, path: PersonPath) -> Reply[StatusJson]:
    online = path.userId in await presence.online(request.actor, [path.userId])
    seen = None if online else await presence.last_seen(request.actor, path.userId)
    shown: StatusJson = {
        "userId": request.words.user_id(path.userId),
        "online": online,
        "lastSeen": iso_or_none(seen),
    }
    return Reply(shown)


# Notifications: those that messages made are not among them, the frontend shows the message


@dialect.route("GET", "/api/notifications", NotificationPage)
async def list_notifications(
    request: Request, query: NotificationPage
) -> Reply[list[NotificationJson]]:
    page = await notifications.listed(
        request.actor, Choice(messages=False), limit=query.limit, offset=query.skip
    )
    return Reply([notification_json(each, request.words) for each in page])


@dialect.route("GET", "/api/notifications/unread/count")
async def count_unread(request: Request) -> Reply[Unread]:
    unread = await notifications.count(request.actor, Choice(messages=False, read=False))
    return Reply({"unreadCount": unread})


@dialect.route("PUT", "/api/notifications/{id}/read", NotificationPath)
async def read_notification(request: Request, path: NotificationPath) -> Reply[NotificationJson]:
    read = await notifications.mark_read(request.actor, path.id, messages=False)
    return Reply(notification_json(read, request.words))


@dialect.route("PUT", "/api/notifications/mark-all/read")
async def read_all(request: Request) -> Reply[SaidJson]:
    await notifications.mark_all_read(request.actor, messages=False)
    return Reply({"message": "All notifications marked as read"})

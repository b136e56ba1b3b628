"""What these frontends ask over REST, but for web push, and what they are answered."""

from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Annotated, NotRequired, TypedDict

from realtime.dialects.base import Reply, Request
from realtime.dialects.fields import (
    Flag,
    MessageId,
    NotificationId,
    Payload,
    Seen,
    Somebody,
    Text,
    UserId,
    whole,
)
from realtime.dialects.skilllink.shapes import (
    MessageJson,
    NotificationJson,
    PartnerJson,
    message_json,
    notification_json,
    partner_json,
)
from realtime.dialects.skilllink.tables import route
from realtime.dialects.words import Words, iso
from realtime.domain import (
    conversations,
    errors,
    histories,
    messages,
    notifications,
    overview,
    receipts,
)
from realtime.domain.choosing import Choice
from realtime.domain.errors import Malformed, Refused, Wrong
from realtime.domain.messages import Content
from realtime.domain.records import Message

VERSION = version("realtime")
MOST_PARTNERS = 1_000
MOST_MESSAGES = 1_000
MOST_NOTIFICATIONS = 50

INVALID = "Invalid value"
REASONS: dict[type[Refused], str] = {
    errors.MessageTooLong: "Message is too long",
    errors.InvalidText: "Invalid text",
}
"""Why a text was refused, where that is more than that it was."""

# Bodies, queries and answers


class Done(TypedDict):
    success: bool


class Said(Done):
    message: str


class Sent(Done):
    data: MessageJson


class Messages(Done):
    data: list[MessageJson]


class Partners(Done):
    data: list[PartnerJson]


class Notifications(Done):
    data: list[NotificationJson]


class OneNotification(Done):
    data: NotificationJson


class Count(TypedDict):
    count: int


class Unread(Done):
    data: Count


class Health(Said):
    timestamp: str
    version: str


class FieldErrorJson(TypedDict):
    type: str
    msg: str
    path: str
    location: str
    value: NotRequired[object]


class InvalidJson(Done):
    errors: list[FieldErrorJson]


class Sending(Payload):
    receiverId: UserId
    content: Annotated[Text, Seen]


class ConversationPage(Payload):
    partnerId: Somebody
    limit: Annotated[int, whole(MOST_MESSAGES, most=100, least=1)] = MOST_MESSAGES
    before: MessageId | None = None


class PartnerPath(Payload):
    partnerId: Somebody


class NotificationPage(Payload):
    unreadOnly: Flag = None


class NotificationPath(Payload):
    id: NotificationId


def invalid(refused: Refused) -> InvalidJson:
    """What is wrong with a body, as the frontend's validator used to say it."""
    wrong = refused.wrong if isinstance(refused, Malformed) else ()
    return {"success": False, "errors": [_field_error(each, INVALID) for each in wrong]}


def unfit(refused: Refused) -> InvalidJson:
    """What is wrong with a text that is one."""
    content = Wrong("content", (getattr(refused, "text", ""),))
    return {"success": False, "errors": [_field_error(content, REASONS[type(refused)])]}


def _field_error(wrong: Wrong, reason: str) -> FieldErrorJson:
    found: FieldErrorJson = {
        "type": "field",
        "msg": reason,
        "path": wrong.field,
        "location": "body",
    }
    if wrong.given:
        (given,) = wrong.given
        found["value"] = given.strip() if isinstance(given, str) else given
    return found


# Messages


@route(
    "POST",
    "/messages",
    Sending,
    statuses=(201,),
    refuses={
        errors.Malformed: (400, invalid),
        errors.MessageTooLong: (400, unfit),
        errors.InvalidText: (400, unfit),
    },
)
async def post_message(request: Request, body: Sending) -> Reply[Sent]:
    if body.receiverId == request.actor.user_id:
        own = Wrong("receiverId", (request.words.user_id(body.receiverId),))
        raise Malformed("receiverId", wrong=(own,))
    message = await messages.send_to(request.actor, body.receiverId, Content(body.content))
    assert message.receiver is not None, "a pair keeps its two"  # noqa: S101
    shown = message_json(message, message.receiver, request.words)
    return Reply({"success": True, "data": shown}, 201)


@route("GET", "/messages/conversations")
async def partners(request: Request) -> Reply[Partners]:
    found = await overview.chats(request.actor, limit=MOST_PARTNERS)
    return Reply({"success": True, "data": [partner_json(each, request.words) for each in found]})


@route("GET", "/messages/conversation/{partnerId}", ConversationPage)
async def conversation(request: Request, query: ConversationPage) -> Reply[Messages]:
    actor, limit = request.actor, query.limit
    conversation = await conversations.with_person(actor, query.partnerId)
    if conversation is None:
        return Reply({"success": True, "data": []})
    if query.before is None:
        page = await histories.page(actor, conversation, limit=limit)
    else:
        page = await histories.around(actor, conversation, query.before, "before", limit=limit)
    return Reply({"success": True, "data": messages_json(page.items, request.words)})


@route("PUT", "/messages/read/{partnerId}", PartnerPath)
async def read_messages(request: Request, path: PartnerPath) -> Reply[Done]:
    await receipts.mark_read_from(request.actor, path.partnerId)
    return Reply({"success": True})


def messages_json(found: Iterable[Message], words: Words) -> list[MessageJson]:
    """Messages between two people."""
    return [message_json(each, each.receiver, words) for each in found if each.receiver is not None]


# Notifications: those that messages made are not among them, the frontend shows the message


@route("GET", "/notifications", NotificationPage)
async def list_notifications(request: Request, query: NotificationPage) -> Reply[Notifications]:
    choice = Choice(messages=False, read=False if query.unreadOnly else None)
    page = await notifications.listed(request.actor, choice, limit=MOST_NOTIFICATIONS)
    shown = [notification_json(each, request.words) for each in page]
    return Reply({"success": True, "data": shown})


@route("GET", "/notifications/unread-count")
async def count_unread(request: Request) -> Reply[Unread]:
    unread = await notifications.count(request.actor, Choice(messages=False, read=False))
    return Reply({"success": True, "data": {"count": unread}})


@route("PUT", "/notifications/{id}/read", NotificationPath)
async def read_notification(request: Request, path: NotificationPath) -> Reply[OneNotification]:
    read = await notifications.mark_read(request.actor, path.id, messages=False)
    return Reply({"success": True, "data": notification_json(read, request.words)})


@route("PUT", "/notifications/mark-all-read")
async def read_all(request: Request) -> Reply[Said]:
    await notifications.mark_all_read(request.actor, messages=False)
    return Reply({"success": True, "message": "All notifications marked as read"})


@route("DELETE", "/notifications/{id}", NotificationPath)
async def delete_notification(request: Request, path: NotificationPath) -> Reply[Said]:
    await notifications.delete(request.actor, path.id, messages=False)
    return Reply({"success": True, "message": "Notification deleted successfully"})


# The server itself


@route("GET", "/health", token=False)
async def health(request: Request) -> Reply[Health]:
    alive: Health = {
        "success": True,
        "message": "Server is running",
        "timestamp": iso(datetime.now(UTC)),
        "version": VERSION,
    }
    return Reply(alive)

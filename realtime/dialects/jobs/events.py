"""What these frontends send and are told over the socket."""

from collections.abc import Iterator
from typing import Literal

from realtime.dialects.base import Connection, Json, Wire
from realtime.dialects.fields import Payload, Text, UserId
from realtime.dialects.jobs.shapes import (
    NotificationJson,
    ReceivedJson,
    StatusJson,
    TypingJson,
    ViewJson,
    notification_json,
    push_words,
    received_json,
    typing_json,
)
from realtime.dialects.jobs.tables import dialect
from realtime.dialects.rooms import everyone, user
from realtime.dialects.visibility import hears_visibility
from realtime.dialects.words import Words, iso
from realtime.domain import conversations, messages, presence
from realtime.domain.events import (
    MessageSent,
    NotificationCreated,
    ProfileViewed,
    StatusChanged,
    TypedTo,
    TypingStarted,
)
from realtime.domain.messages import Content

Kind = Literal["text", "file", "image", "link"]

DONE = {"success": True}


class Sending(Payload):
    """A message to a person. The frontend's own ``timestamp`` is not ours to keep."""

    recipientId: UserId
    message: Text
    messageType: Kind = "text"


class Typing(Payload):
    recipientId: UserId


# What they send


@dialect.on("send_message", Sending, keys=["recipientId"])
async def send_message(socket: Connection, data: Sending) -> Json:
    said = Content(data.message, kind=data.messageType)
    await messages.send_to(socket.actor, data.recipientId, said)
    return DONE


@dialect.on("typing", Typing, limit="typing")
async def typing(socket: Connection, data: Typing) -> Json:
    await conversations.type_to(socket.actor, data.recipientId)
    return DONE


@dialect.on("user_online")
async def user_online(socket: Connection) -> Json:
    await presence.appear_online(socket.actor)
    return DONE


@dialect.on("user_offline")
async def user_offline(socket: Connection) -> Json:
    await presence.appear_offline(socket.actor)
    return DONE


# What they are told

dialect.pushes = push_words


@dialect.says(MessageSent, "message_received", ReceivedJson)
def message_received(event: MessageSent, words: Words) -> Iterator[Wire]:
    receiver = event.message.receiver
    if receiver is not None:
        yield Wire(user(receiver.id), received_json(event.message, words))


@dialect.says(TypingStarted, "user_typing", TypingJson)
def user_typing(event: TypingStarted, words: Words) -> Iterator[Wire]:
    partner = event.conversation.partner(event.person.id)
    if partner is not None:
        yield Wire(user(partner.id), typing_json(event.person, partner.id, event.at, words))


@dialect.says(TypedTo, "user_typing", TypingJson)
def user_typing_first(event: TypedTo, words: Words) -> Iterator[Wire]:
    shown = typing_json(event.person, event.recipient_id, event.at, words)
    yield Wire(user(event.recipient_id), shown)


@dialect.says(NotificationCreated, "notification", NotificationJson)
def notification(event: NotificationCreated, words: Words) -> Iterator[Wire]:
    if not event.notification.in_group:
        shown = notification_json(event.notification, words)
        yield Wire(user(event.notification.user_id), shown)


@dialect.says(ProfileViewed, "profile_viewed", ViewJson)
def profile_viewed(event: ProfileViewed, words: Words) -> Iterator[Wire]:
    view: ViewJson = {
        "userId": words.user_id(event.viewer.id),
        "userName": event.viewer.name,
        "userAvatar": event.viewer.avatar,
        "viewedAt": iso(event.at),
    }
    yield Wire(user(event.viewed_id), view)


@dialect.says(StatusChanged, "user_status", StatusJson)
def user_status(event: StatusChanged, words: Words) -> Iterator[Wire]:
    status: StatusJson = {
        "userId": words.user_id(event.user_id),
        "status": "online" if event.online else "offline",
        "timestamp": iso(event.at),
    }
    yield Wire(everyone() if event.audience is None else user(*event.audience), status)


hears_visibility(dialect)

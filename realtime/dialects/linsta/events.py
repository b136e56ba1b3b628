"""What these frontends send and are told over the socket."""

from collections.abc import Iterator
from typing import Annotated, TypedDict

from realtime.dialects.base import Connection, Json, Wire
from realtime.dialects.fields import ConversationId, Offset, Payload, Text, whole
from realtime.dialects.linsta.shapes import (
    HistoryJson,
    JoinedJson,
    MessageJson,
    NotificationJson,
    message_json,
    notification_json,
    push_words,
)
from realtime.dialects.linsta.tables import dialect
from realtime.dialects.rooms import conversation, user
from realtime.dialects.visibility import hears_visibility
from realtime.dialects.words import Words, iso
from realtime.domain import conversations, histories, messages, notifications
from realtime.domain.actor import Actor
from realtime.domain.events import ConversationJoined, MessageSent, NotificationCreated
from realtime.domain.messages import Content
from realtime.domain.records import Message

MOST_REPLAYED = 100

DONE = {"success": True}

dialect.pushes = push_words


class RoomRef(Payload):
    chatRoomId: ConversationId


class Sending(RoomRef):
    text: Text


class HistoryPage(RoomRef):
    limit: Annotated[int, whole(50, most=100, least=1)] = 50
    skip: Offset = 0


class SaidJson(TypedDict):
    message: str


async def say(actor: Actor, sending: Sending) -> Message:
    """Say it in a room of two. Raises what ``messages.send`` raises."""
    await conversations.pair(actor, sending.chatRoomId)
    return await messages.send(actor, sending.chatRoomId, Content(sending.text))


# What they send


@dialect.on("join_room", RoomRef, fault="Failed to join room")
async def join_room(socket: Connection, data: RoomRef) -> Json:
    await conversations.join_aloud(socket.actor, data.chatRoomId)
    socket.enter(data.chatRoomId)
    return DONE


@dialect.on("send_message", Sending, keys=["chatRoomId"], fault="Failed to send message")
async def send_message(socket: Connection, data: Sending) -> Json:
    await say(socket.actor, data)
    return DONE


@dialect.says(None, "message_history", HistoryJson)
@dialect.on("get_history", HistoryPage, fault="Failed to fetch message history")
async def get_history(socket: Connection, data: HistoryPage) -> Json:
    conversation = await conversations.pair(socket.actor, data.chatRoomId)
    page = await histories.page(socket.actor, conversation, limit=data.limit, offset=data.skip)
    history: HistoryJson = {
        "chatRoomId": str(data.chatRoomId),
        "messages": [message_json(each, socket.words) for each in page.items],
    }
    socket.say("message_history", history)
    return DONE


@dialect.says(None, "notification_subscribed", SaidJson)
@dialect.on("subscribe_notifications")
async def subscribe(socket: Connection) -> Json:
    missed = await notifications.unshown(
        socket.actor, limit=MOST_REPLAYED, told_since=socket.told_since
    )
    said: SaidJson = {"message": "Successfully subscribed to notifications"}
    socket.say("notification_subscribed", said)
    for each in missed:
        socket.say("notification", notification_json(each, socket.words))
    return DONE


@dialect.on("unsubscribe_notifications")
async def unsubscribe(socket: Connection) -> Json:
    return DONE


# What they are told


@dialect.says(None, "error", SaidJson)
def error(text: str) -> SaidJson:
    """A failure, told by the gateway."""
    return {"message": text}


@dialect.says(ConversationJoined, "user_joined", JoinedJson)
def user_joined(event: ConversationJoined, words: Words) -> Iterator[Wire]:
    joined: JoinedJson = {"userId": words.user_id(event.user_id), "timestamp": iso(event.at)}
    yield Wire(conversation(event.conversation_id), joined, skip=event.session)


@dialect.says(MessageSent, "receive_message", MessageJson)
def receive_message(event: MessageSent, words: Words) -> Iterator[Wire]:
    if event.conversation.direct:
        room = conversation(event.message.conversation_id)
        yield Wire(room, message_json(event.message, words))


@dialect.says(NotificationCreated, "notification", NotificationJson)
def notification(event: NotificationCreated, words: Words) -> Iterator[Wire]:
    if event.notification.message_id is None:
        shown = notification_json(event.notification, words)
        yield Wire(user(event.notification.user_id), shown)


hears_visibility(dialect)

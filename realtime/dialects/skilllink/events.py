"""What these frontends are told over the socket; they send nothing."""

from collections.abc import Iterator
from typing import TypedDict

from realtime.dialects.base import Connection, Wire
from realtime.dialects.rooms import user
from realtime.dialects.skilllink.shapes import (
    MessageJson,
    MessageNoticeJson,
    NotificationJson,
    message_json,
    message_notice_json,
    notification_json,
)
from realtime.dialects.skilllink.tables import SkilllinkSettings, dialect
from realtime.dialects.visibility import hears_visibility
from realtime.dialects.words import WireUserId, Words
from realtime.domain.events import MessageSent, NotificationCreated


class ConnectedJson(TypedDict):
    userId: WireUserId


@dialect.says(None, "connected", ConnectedJson)
def connected(socket: Connection) -> None:
    """The first thing that a new socket hears."""
    hello: ConnectedJson = {"userId": socket.words.user_id(socket.actor.user_id)}
    socket.say("connected", hello)


dialect.greets = connected


@dialect.says(MessageSent, "new_message", MessageJson)
def new_message(event: MessageSent, words: Words) -> Iterator[Wire]:
    receiver = event.message.receiver
    if receiver is not None and words.of(SkilllinkSettings).messages_as != "notification":
        yield Wire(user(receiver.id), message_json(event.message, receiver, words))


@dialect.says(MessageSent, "notification", MessageNoticeJson)
def message_notice(event: MessageSent, words: Words) -> Iterator[Wire]:
    receiver = event.message.receiver
    if receiver is not None and words.of(SkilllinkSettings).messages_as != "new_message":
        yield Wire(user(receiver.id), message_notice_json(event.message, receiver, words))


@dialect.says(NotificationCreated, "notification", NotificationJson)
def notification(event: NotificationCreated, words: Words) -> Iterator[Wire]:
    if event.notification.message_id is None:
        shown = notification_json(event.notification, words)
        yield Wire(user(event.notification.user_id), shown)


hears_visibility(dialect)

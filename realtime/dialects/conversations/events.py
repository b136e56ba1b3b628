"""What these frontends send and are told over the socket."""

from collections.abc import Iterator

from realtime.dialects.base import Connection, Json, Wire, malformed
from realtime.dialects.conversations.notices import NotificationJson, notification_json
from realtime.dialects.conversations.payloads import (
    ConversationRef,
    Deleting,
    Editing,
    Reading,
    Renewal,
    Sending,
    UserIds,
    say,
)
from realtime.dialects.conversations.shapes import (
    DeletedJson,
    MessageJson,
    ReadJson,
    StatusJson,
    Success,
    TypingJson,
    deleted_json,
    done,
    message_json,
    read_json,
    status_json,
)
from realtime.dialects.conversations.tables import dialect
from realtime.dialects.conversations.told import acked_json, told_json
from realtime.dialects.fields import NotificationId, UserId
from realtime.dialects.rooms import conversation, everyone, user
from realtime.dialects.visibility import hears_visibility
from realtime.dialects.words import WireUserId, Words, iso_or_none
from realtime.domain import conversations, messages, notifications, presence, receipts
from realtime.domain.errors import InvalidToken
from realtime.domain.events import (
    AllNotificationsRead,
    MessageDeleted,
    MessageEdited,
    MessagesDeleted,
    MessageSent,
    MessagesRead,
    NotificationCreated,
    NotificationRead,
    StatusChanged,
    TypingStarted,
    TypingStopped,
)
from realtime.domain.steps import portions

# What they send

MOST_READ = 500
"""Ids in one event: a page should not have to swallow a hundred thousand at once."""


@dialect.on("join:conversation", ConversationRef)
async def join(socket: Connection, data: ConversationRef) -> Json:
    await conversations.join(socket.actor, data.conversationId)
    socket.enter(data.conversationId)
    return {"success": True}


@dialect.on("leave:conversation", ConversationRef)
async def leave(socket: Connection, data: ConversationRef) -> Json:
    socket.exit(data.conversationId)
    await conversations.leave(socket.actor, data.conversationId)
    return {"success": True}


@dialect.on("typing:start", ConversationRef, limit="typing")
async def typing_start(socket: Connection, data: ConversationRef) -> Json:
    await conversations.start_typing(socket.actor, data.conversationId)
    return {"success": True}


@dialect.on("typing:stop", ConversationRef, limit="typing")
async def typing_stop(socket: Connection, data: ConversationRef) -> Json:
    await conversations.stop_typing(socket.actor, data.conversationId)
    return {"success": True}


def nobody(_text: str) -> list[Json]:
    """The answer of a refused question for a list."""
    return []


@dialect.on("conversation:get-online-users", ConversationRef, failed=nobody)
async def online_users(socket: Connection, data: ConversationRef) -> list[WireUserId]:
    present = await conversations.present(socket.actor, data.conversationId)
    return [socket.words.user_id(user_id) for user_id in present]


@dialect.on("notification:read", NotificationId)
async def read_notification(socket: Connection, notification_id: NotificationId) -> Json:
    await notifications.mark_read(socket.actor, notification_id)
    return {"success": True}


@dialect.on("notifications:read-all")
async def read_all_notifications(socket: Connection) -> Json:
    await notifications.mark_all_read(socket.actor)
    return {"success": True}


@dialect.on("user:get-status", UserId)
async def get_status(socket: Connection, user_id: UserId) -> StatusJson:
    return (await get_statuses(socket, [user_id]))[0]


@dialect.on("users:get-status", UserIds, failed=nobody)
async def get_statuses(socket: Connection, user_ids: UserIds) -> list[StatusJson]:
    online = await presence.online(socket.actor, user_ids)
    return [status_json(each, socket.words, is_online=each in online) for each in user_ids]


@dialect.on("message:send", Sending)
async def send(socket: Connection, data: Sending) -> Success:
    message = await say(socket.actor, data)
    return done(acked_json(message, socket.words, socket.actor.user_id))


@dialect.on("messages:mark-read", Reading)
async def mark_read(socket: Connection, data: Reading) -> Success:
    read = await receipts.mark_read(socket.actor, data.conversationId, data.upTo)
    return done(read_json(data.conversationId, read))


@dialect.on("message:edit", Editing)
async def edit(socket: Connection, data: Editing) -> Success:
    message = await messages.edit(socket.actor, data.messageId, data.content)
    return done(message_json(message, socket.words, socket.actor.user_id))


@dialect.on("message:delete", Deleting)
async def delete(socket: Connection, data: Deleting) -> Success:
    gone = await messages.delete(socket.actor, data.messageId)
    return done(deleted_json(gone.conversation_id, gone.message_id))


@dialect.on("auth:refresh", Renewal)
async def refresh(socket: Connection, data: Renewal) -> Success:
    try:
        ends = await socket.renew(data.token)
    except InvalidToken:  # said as of any other wrong value, not in REST's words
        raise malformed("token") from None
    return done({"expiresAt": iso_or_none(ends)})


# What they are told


@dialect.says(MessageSent, "message:new", MessageJson)
def message_new(event: MessageSent, words: Words) -> Iterator[Wire]:
    yield Wire(conversation(event.message.conversation_id), told_json(event.message, words))


@dialect.says(MessageEdited, "message:updated", MessageJson)
def message_updated(event: MessageEdited, words: Words) -> Iterator[Wire]:
    yield Wire(conversation(event.message.conversation_id), message_json(event.message, words))


@dialect.says(MessagesRead, "messages:read", ReadJson)
def messages_read(event: MessagesRead, words: Words) -> Iterator[Wire]:
    for ids in portions(event.message_ids, MOST_READ):
        yield Wire(conversation(event.conversation_id), read_json(event.conversation_id, ids))


@dialect.says(MessageDeleted, "message:deleted", DeletedJson)
def message_deleted(event: MessageDeleted, words: Words) -> Iterator[Wire]:
    yield Wire(
        conversation(event.conversation_id), deleted_json(event.conversation_id, event.message_id)
    )


@dialect.says(MessagesDeleted, "message:deleted", DeletedJson)
def messages_deleted(event: MessagesDeleted, words: Words) -> Iterator[Wire]:
    for message_id in event.message_ids:
        gone = deleted_json(event.conversation_id, message_id)
        yield Wire(conversation(event.conversation_id), gone)


@dialect.says(TypingStarted, "typing:start", TypingJson)
@dialect.says(TypingStopped, "typing:stop", TypingJson)
def typing(event: TypingStarted | TypingStopped, words: Words) -> Iterator[Wire]:
    conversation_id = event.conversation.id
    who: TypingJson = {
        "conversationId": str(conversation_id),
        "userId": words.user_id(event.person.id),
    }
    yield Wire(conversation(conversation_id), who, skip=event.session)


@dialect.says(NotificationCreated, "notification:new", NotificationJson)
def notification_new(event: NotificationCreated, words: Words) -> Iterator[Wire]:
    notification = event.notification
    yield Wire(user(notification.user_id), notification_json(notification, words))


@dialect.says(NotificationRead, "notification:read", str)
def notification_read(event: NotificationRead, words: Words) -> Iterator[Wire]:
    yield Wire(user(event.user_id), str(event.notification_id), skip=event.session)


@dialect.says(AllNotificationsRead, "notifications:read-all")
def notifications_read(event: AllNotificationsRead, words: Words) -> Iterator[Wire]:
    yield Wire(user(event.user_id), skip=event.session)


@dialect.says(StatusChanged, "user:status-changed", StatusJson)
def status_changed(event: StatusChanged, words: Words) -> Iterator[Wire]:
    audience = everyone() if event.audience is None else user(*event.audience)
    yield Wire(audience, status_json(event.user_id, words, is_online=event.online))


hears_visibility(dialect)

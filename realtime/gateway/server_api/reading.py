"""What there is, for the application to read: users, conversations, messages, page by page."""

from collections.abc import Sequence
from typing import TypedDict

from realtime.dialects.base import Reply
from realtime.dialects.fields import user_id_of
from realtime.domain import directory
from realtime.domain.records import Conversation
from realtime.gateway.server_api.bodies import (
    ConversationPath,
    MessagePath,
    MessagesQuery,
    PageQuery,
    UserPageQuery,
    UserPath,
)
from realtime.gateway.server_api.pages import key_in, page_of, uuid_in
from realtime.gateway.server_api.rows import Call, table
from realtime.gateway.server_api.shapes import (
    ConversationJson,
    MessageJson,
    UserJson,
    conversation_json,
    message_json,
    user_json,
)

NEWEST = 2**63 - 1
"""Above every number of a message."""


class UsersPage(TypedDict):
    """``cursor`` brings the next page; null where there is none."""

    items: list[UserJson]
    cursor: str | None


class ConversationsPage(TypedDict):
    """``cursor`` brings the next page; null where there is none."""

    items: list[ConversationJson]
    cursor: str | None


class MessagesPage(TypedDict):
    """``cursor`` brings the next page; null where there is none."""

    items: list[MessageJson]
    cursor: str | None


class UserRead(TypedDict):
    data: UserJson


class UsersRead(TypedDict):
    data: UsersPage


class ConversationRead(TypedDict):
    data: ConversationJson


class ConversationsRead(TypedDict):
    data: ConversationsPage


class MessageRead(TypedDict):
    data: MessageJson


class MessagesRead(TypedDict):
    data: MessagesPage


@table.route("GET", "/api/server/users", PageQuery)
async def list_users(call: Call, query: PageQuery) -> Reply[UsersRead]:
    found = await directory.users(key_in(query.cursor, _user_id, ""), query.limit + 1)
    page, cursor = page_of(found, query, lambda user: user.id)
    items = [user_json(each, call.words) for each in page]
    return Reply({"data": {"items": items, "cursor": cursor}})


@table.route("GET", "/api/server/users/{userId}", UserPath)
async def get_user(call: Call, path: UserPath) -> Reply[UserRead]:
    return Reply({"data": user_json(await directory.user(path.userId), call.words)})


@table.route("GET", "/api/server/users/{userId}/conversations", UserPageQuery)
async def list_conversations_of(call: Call, query: UserPageQuery) -> Reply[ConversationsRead]:
    after = uuid_in(query.cursor)
    found = await directory.of_user(query.userId, after, query.limit + 1)
    return Reply({"data": _conversations(found, query, call)})


@table.route("GET", "/api/server/conversations", PageQuery)
async def list_conversations(call: Call, query: PageQuery) -> Reply[ConversationsRead]:
    after = uuid_in(query.cursor)
    found = await directory.conversations(after, query.limit + 1)
    return Reply({"data": _conversations(found, query, call)})


@table.route("GET", "/api/server/conversations/{conversationId}", ConversationPath)
async def get_conversation(call: Call, path: ConversationPath) -> Reply[ConversationRead]:
    found = await directory.conversation(path.conversationId)
    return Reply({"data": conversation_json(found, call.words)})


@table.route("GET", "/api/server/conversations/{conversationId}/messages", MessagesQuery)
async def list_messages(call: Call, query: MessagesQuery) -> Reply[MessagesRead]:
    newest = query.order == "newest"
    seq = key_in(query.cursor, _number, NEWEST if newest else 0)
    found = await directory.messages(
        call.node,
        query.conversationId,
        query.limit + 1,
        before=seq if newest else None,
        after=seq,
    )
    page, cursor = page_of(found, query, lambda message: message.seq)
    items = [message_json(each, call.words) for each in page]
    return Reply({"data": {"items": items, "cursor": cursor}})


@table.route("GET", "/api/server/messages/{messageId}", MessagePath)
async def get_message(call: Call, path: MessagePath) -> Reply[MessageRead]:
    found = await directory.message(call.node, path.messageId)
    return Reply({"data": message_json(found, call.words)})


def _conversations(
    found: Sequence[Conversation], query: PageQuery, call: Call
) -> ConversationsPage:
    page, cursor = page_of(found, query, lambda conversation: conversation.id)
    return {"items": [conversation_json(each, call.words) for each in page], "cursor": cursor}


def _user_id(key: bytes) -> str:
    return user_id_of(key.decode(), integer_ids=False)


def _number(key: bytes) -> int:
    number = int(key)
    if not 0 <= number <= NEWEST:
        raise ValueError
    return number

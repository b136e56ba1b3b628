"""``emitNewMessage``, ``emitMessageRead``, ``emitMessageDeleted``."""

from dataclasses import replace
from typing import TypedDict

from realtime.dialects.base import Reply, malformed
from realtime.domain import conversations, messages, relayed
from realtime.domain.messages import Content
from realtime.domain.records import Attachment, Message
from realtime.domain.texts import text_of
from realtime.gateway.server_api.bodies import DeletedBody, MessageBody, ReadBody
from realtime.gateway.server_api.rows import Call, Data, table
from realtime.gateway.server_api.shapes import MessageJson, message_json


class Sent(TypedDict):
    data: MessageJson


@table.route("POST", "/api/server/messages", MessageBody, statuses=(201,))
async def send(call: Call, body: MessageBody) -> Reply[Sent]:
    if body.conversationId is None and body.receiverId is None:
        raise malformed("receiverId", "receiverId or conversationId is required")
    if body.store:
        _refuse_history(body)
    message = await (_store(call, body) if body.store else _relay(call, body))
    return Reply({"data": message_json(message, call.words)}, 201)


@table.route("POST", "/api/server/messages/read", ReadBody)
async def read(call: Call, body: ReadBody) -> Reply[Data]:
    await relayed.read(call.node, body.conversationId, list(dict.fromkeys(body.messageIds)))
    return Reply({"data": {}})


@table.route("POST", "/api/server/messages/deleted", DeletedBody)
async def deleted(call: Call, body: DeletedBody) -> Reply[Data]:
    await relayed.delete(call.node, body.conversationId, body.messageId)
    return Reply({"data": {}})


def _refuse_history(body: MessageBody) -> None:
    """What is kept here gets its id and date here. Raises Malformed."""
    for name in ("id", "createdAt"):
        if getattr(body, name) is not None:
            raise malformed(name, f"{name} can only be given with store: false")


async def _store(call: Call, body: MessageBody) -> Message:
    """A message has its own transaction, the writer's; its client id makes a repeated call one."""
    content = _content(body)
    if content.client_id is None:
        content = replace(content, client_id=call.retry)
    sender = call.acting(body.senderId)
    if body.conversationId is not None:
        return await messages.send(sender, body.conversationId, content)
    return await messages.send_to(sender, body.receiverId or "", content)


async def _relay(call: Call, body: MessageBody) -> Message:
    content, sender = _content(body), call.acting(body.senderId)
    # First, so that a refused text makes no conversation.
    text_of(content.text, call.node.rules.messages.max_length)
    conversation_id = body.conversationId
    if conversation_id is None:
        conversation_id = await conversations.direct_with(sender, body.receiverId or "")
    return await relayed.relay(
        sender,
        conversation_id,
        content,
        message_id=None if body.id is None else str(body.id),
        created_at=body.createdAt,
    )


def _content(body: MessageBody) -> Content:
    url = body.attachmentUrl
    attachments = None if url is None else (Attachment(url),)
    return Content(body.content, body.type, attachments, body.clientId)

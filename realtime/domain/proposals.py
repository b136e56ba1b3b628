"""What the application is asked before a message is stored or changed: ``action`` is ``send`` or
``edit``, and ``conversationId`` is None for the first message to somebody."""

from typing import Any

from realtime.domain.ports import Draft
from realtime.domain.records import Attachment, Conversation
from realtime.models import Message


def of_draft(draft: Draft) -> dict[str, Any]:
    """A message that somebody wants to send in a conversation."""
    receiver = draft.conversation.partner(draft.sender.id)
    return {
        "action": "send",
        "conversationId": str(draft.conversation.id),
        "messageId": str(draft.id),
        "senderId": draft.sender.id,
        "receiverId": None if receiver is None else receiver.id,
        "type": draft.kind,
        "content": draft.content,
        "attachments": attachments_json(draft.attachments),
        "clientId": draft.client_id,
    }


def of_first(
    sender_id: str,
    receiver_id: str,
    *,
    kind: str,
    text: str,
    attachments: tuple[Attachment, ...] | None,
    client_id: str | None,
) -> dict[str, Any]:
    """A message to somebody with whom there is no conversation yet, and none is made before."""
    return {
        "action": "send",
        "conversationId": None,
        "messageId": None,
        "senderId": sender_id,
        "receiverId": receiver_id,
        "type": kind,
        "content": text,
        "attachments": attachments_json(attachments),
        "clientId": client_id,
    }


def of_edit(row: Message, conversation: Conversation, text: str) -> dict[str, Any]:
    """Other words for a message that is there."""
    receiver = conversation.partner(row.sender_id)
    return {
        "action": "edit",
        "conversationId": str(row.conversation_id),
        "messageId": str(row.id),
        "senderId": row.sender_id,
        "receiverId": None if receiver is None else receiver.id,
        "type": row.kind,
        "content": text,
    }


def attachments_json(
    attachments: tuple[Attachment, ...] | None,
) -> list[dict[str, Any]] | None:
    """What a message points to, as other backends see it."""
    if attachments is None:
        return None
    return [
        {"url": each.url, "name": each.name, "type": each.type, "size": each.size}
        for each in attachments
    ]

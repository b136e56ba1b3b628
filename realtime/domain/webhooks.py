"""What other backends are told, and in which order: rows of the outbox, one for each endpoint that
wants to hear of it, committed with what they tell of.

A row keeps what is sent as it was then: ``{"type": …, "data": …}``. What is about a conversation
has the place of its change, so that an endpoint hears of each conversation in the order of its
changes; what is a user's own has the place of that.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2s
from typing import Any
from uuid import UUID

from realtime.domain.actor import Node
from realtime.domain.happened import Happened
from realtime.domain.ids import new_id
from realtime.domain.orders import OF_USER, Order, order_in
from realtime.domain.outbox import LIFE, WEBHOOK, WEBHOOK_DEAD
from realtime.domain.ports import Draft
from realtime.domain.proposals import attachments_json
from realtime.domain.steps import ROWS, portions
from realtime.models import Broadcast, Message, Notification, Outbox

Body = dict[str, Any]
"""What is sent, with user ids as texts."""


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that endpoints may want to hear of.

    ``words_of`` is the user whose words are in it: if she is deleted, it is sent no more.
    """

    kind: Happened
    data: Mapping[str, Any]
    order: Order | None = None
    message_id: UUID | None = None
    words_of: str | None = None


def sent_body(draft: Draft, seq: int | None = None) -> Body:
    """What is sent of a message; its number may be added later."""
    receiver = draft.conversation.partner(draft.sender.id)
    return {
        "type": Happened.MESSAGE_SENT,
        "data": {
            "conversationId": str(draft.conversation.id),
            "messageId": str(draft.id),
            "seq": seq,
            "senderId": draft.sender.id,
            "receiverId": None if receiver is None else receiver.id,
            "type": draft.kind,
            "content": draft.content,
            "attachments": attachments_json(draft.attachments),
            "clientId": draft.client_id,
        },
    }


async def edited(node: Node, row: Message, change: int, now: datetime) -> None:
    """In the transaction that changes a message, which ``row`` has as it is from then on."""
    data = {
        "messageId": str(row.id),
        "seq": row.seq,
        "senderId": row.sender_id,
        "type": row.kind,
        "content": row.content,
    }
    await _of_conversation(
        node,
        Happened.MESSAGE_EDITED,
        (row.conversation_id, change),
        data,
        now,
        message_id=row.id,
        words_of=row.sender_id,
    )


async def deleted(
    node: Node, conversation_id: UUID, rows: Sequence[Message], change: int, now: datetime
) -> None:
    """In the transaction that deletes messages of one sender, at least one: their words are in
    nothing dead any more."""
    if node.rules.webhooks:
        ids = [row.id for row in rows]
        dead = Outbox.filter(order_key=str(conversation_id), kind=WEBHOOK_DEAD)
        await dead.filter(message_id__in=ids).delete()
    data = {"senderId": rows[0].sender_id, "messageIds": [str(row.id) for row in rows]}
    one = rows[0].id if len(rows) == 1 else None
    await _of_conversation(
        node, Happened.MESSAGE_DELETED, (conversation_id, change), data, now, message_id=one
    )


async def read(
    node: Node,
    conversation_id: UUID,
    message_ids: Sequence[UUID],
    *,
    by: str,
    change: int,
    now: datetime,
) -> None:
    """In the transaction in which these messages are read by all who are to, ``by`` the last of
    them (empty where nobody knows)."""
    data = {"readerId": by or None, "messageIds": [str(each) for each in message_ids]}
    one = message_ids[0] if len(message_ids) == 1 else None
    await _of_conversation(
        node, Happened.MESSAGE_READ, (conversation_id, change), data, now, message_id=one
    )


async def created(
    node: Node,
    conversation_id: UUID,
    people: Sequence[str],
    change: int,
    now: datetime,
    *,
    title: str | None = None,
    is_group: bool = False,
) -> None:
    """In the transaction that makes a conversation of these people."""
    data = {"title": title, "isGroup": is_group, "participantIds": list(people)}
    await _of_conversation(
        node, Happened.CONVERSATION_CREATED, (conversation_id, change), data, now
    )


async def joined(
    node: Node, conversation_id: UUID, user_id: str, change: int, now: datetime
) -> None:
    """In the transaction that lets somebody take part."""
    data = {"userId": user_id}
    await _of_conversation(node, Happened.PARTICIPANT_ADDED, (conversation_id, change), data, now)


async def left(node: Node, conversation_id: UUID, user_id: str, change: int, now: datetime) -> None:
    """In the transaction that lets somebody take part no more."""
    data = {"userId": user_id}
    await _of_conversation(node, Happened.PARTICIPANT_REMOVED, (conversation_id, change), data, now)


async def notified(
    node: Node, rows: Sequence[Notification], changes: Mapping[str, int], now: datetime
) -> None:
    """In the transaction that stores notifications of the application's, one of each user's."""
    happenings = (
        Happening(
            Happened.NOTIFICATION_CREATED,
            {"notificationId": str(row.id), "userId": row.user_id, **_notice(row)},
            _own(row.user_id, changes.get(row.user_id, 0)),
            words_of=row.user_id,
        )
        for row in rows
    )
    await _enter(node, now, Happened.NOTIFICATION_CREATED, happenings)


async def broadcast(node: Node, row: Broadcast, now: datetime) -> None:
    """In the transaction that stores what everybody is told."""
    data = {"broadcastId": str(row.id), **_notice(row)}
    made = Happening(Happened.BROADCAST_CREATED, data, words_of=row.actor_id)
    await _enter(node, now, made.kind, [made])


async def status(node: Node, user_id: str, at: datetime, *, is_online: bool) -> None:
    """Somebody looks online, or offline, from now on; no commit goes with it."""
    kind = Happened.USER_ONLINE if is_online else Happened.USER_OFFLINE
    order = (_digest("status:", user_id), int(at.timestamp() * 1000))
    await _enter(node, at, kind, [Happening(kind, {"userId": user_id}, order)])


async def push_failed(
    node: Node, push: Outbox, reason: str, detail: Mapping[str, Any], now: datetime
) -> None:
    """In the transaction in which a browser's push is given up."""
    data = {
        "userId": push.user_id,
        "notificationId": str(push.notification_id),
        "subscriptionId": str(push.subscription_id),
        "reason": reason,
        "service": detail.get("service"),
        "status": detail.get("status"),
    }
    await _enter(node, now, Happened.PUSH_FAILED, [Happening(Happened.PUSH_FAILED, data)])


def _notice(row: Notification | Broadcast) -> dict[str, Any]:
    return {
        "actorId": row.actor_id,
        "type": row.type,
        "title": row.title,
        "text": row.text,
        "link": row.link,
        "priority": row.priority,
        "data": row.data,
    }


def _own(user_id: str, change: int) -> Order | None:
    """The place of a change of a user's own; a key has room for any id as its digest only."""
    return (_digest(OF_USER, user_id), change) if change else None


def _digest(kind: str, user_id: str) -> str:
    return kind + blake2s(user_id.encode(), digest_size=16).hexdigest()


async def _of_conversation(
    node: Node,
    kind: Happened,
    place: tuple[UUID, int],
    data: Mapping[str, Any],
    now: datetime,
    *,
    message_id: UUID | None = None,
    words_of: str | None = None,
) -> None:
    """``place`` is the conversation and the number of its change."""
    its = {"conversationId": str(place[0]), **data}
    order = order_in(*place)
    await _enter(node, now, kind, [Happening(kind, its, order, message_id, words_of)])


async def _enter(
    node: Node, now: datetime, kind: Happened, happenings: Iterable[Happening]
) -> None:
    """A row for each endpoint that wants to hear of this kind; nothing where none does."""
    endpoints = node.rules.webhooks.get(kind, ())
    for portion in portions(happenings) if endpoints else ():
        made = [_row(each, endpoint, now) for each in portion for endpoint in endpoints]
        await Outbox.bulk_create(made, batch_size=ROWS)


def _row(happening: Happening, endpoint: str, now: datetime) -> Outbox:
    id_ = new_id()
    key, number = happening.order or (str(id_), 0)
    return Outbox(
        id=id_,
        kind=WEBHOOK,
        target=endpoint,
        user_id=happening.words_of,
        message_id=happening.message_id,
        order_key=key,
        order_no=number,
        body={"type": happening.kind, "data": dict(happening.data)},
        due_at=now,
        expires_at=now + LIFE,
        created_at=now,
    )

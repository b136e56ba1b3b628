"""``sendToUser``, ``sendToRoom``, ``broadcastToAll``, ``emitOrderUpdate``: nothing is kept."""

from typing import Literal, TypedDict
from uuid import UUID

from realtime.dialects.base import Reply
from realtime.dialects.fields import user_id_of
from realtime.domain.events import CustomEvent
from realtime.gateway.server_api.bodies import TARGETS, EmitBody, OrderBody, one_of
from realtime.gateway.server_api.rows import Call, Data, table

ORDER_UPDATED = "order:updated"

USER = "user:"
CONVERSATION = "conversation:"


class Delivery(TypedDict):
    delivered: Literal[True]


class Delivered(TypedDict):
    data: Delivery


@table.route("POST", "/api/server/emit", EmitBody, statuses=(202,))
async def emit(call: Call, body: EmitBody) -> Reply[Delivered]:
    target = one_of(body, TARGETS)
    args = (body.data,) if "data" in body.model_fields_set else ()
    if target == "room":
        event = to_room(body.room or "", body.event, args, integer_ids=call.words.integer_ids)
    elif body.conversationId is not None:
        await call.node.memberships.current(body.conversationId)
        event = CustomEvent(body.event, args, conversation_id=body.conversationId)
    else:
        user_ids = body.userIds or ([] if body.userId is None else [body.userId])
        event = CustomEvent(body.event, args, user_ids=tuple(dict.fromkeys(user_ids)))
    call.node.announce(event)
    return Reply({"data": {"delivered": True}}, 202)


@table.route("POST", "/api/server/orders", OrderBody, statuses=(202,))
async def order_updated(call: Call, body: OrderBody) -> Reply[Data]:
    call.node.announce(CustomEvent(ORDER_UPDATED, (body.order,), user_ids=(body.userId,)))
    return Reply({"data": {}}, 202)


def to_room(name: str, event: str, args: tuple[object, ...], *, integer_ids: bool) -> CustomEvent:
    """``user:<id>`` and ``conversation:<id>`` are the documents' rooms, all others are custom."""
    if name.startswith(USER):
        try:
            user_id = user_id_of(name.removeprefix(USER), integer_ids=integer_ids)
        except ValueError:
            return CustomEvent(event, args, room=name)  # nobody is in it
        return CustomEvent(event, args, user_ids=(user_id,))
    if name.startswith(CONVERSATION):
        try:
            return CustomEvent(event, args, conversation_id=UUID(name.removeprefix(CONVERSATION)))
        except ValueError:
            return CustomEvent(event, args, room=name)
    return CustomEvent(event, args, room=name)

"""Groups and pairs, who takes part in them, and custom rooms."""

from typing import TypedDict

from realtime.dialects.base import Reply, malformed
from realtime.dialects.fields import UNKNOWN
from realtime.domain import groups, rooms
from realtime.gateway.server_api.bodies import ConversationBody, ParticipantPath, RoomPath
from realtime.gateway.server_api.events import CONVERSATION, USER
from realtime.gateway.server_api.rows import Call, Data, table
from realtime.gateway.server_api.shapes import ConversationJson, conversation_json

PARTICIPANT = "/api/server/conversations/{conversationId}/participants/{userId}"
ROOM = "/api/server/rooms/{room}/users/{userId}"


class Made(TypedDict):
    data: ConversationJson


@table.route("POST", "/api/server/conversations", ConversationBody, statuses=(201, 200))
async def make(call: Call, body: ConversationBody) -> Reply[Made]:
    if body.id == UNKNOWN:
        raise malformed("id", "an id is a UUID")
    conversation, fresh = await groups.make(call.node, body.participantIds, body.title, body.id)
    return Reply({"data": conversation_json(conversation, call.words)}, 201 if fresh else 200)


@table.route("PUT", PARTICIPANT, ParticipantPath)
async def add(call: Call, path: ParticipantPath) -> Reply[Made]:
    conversation = await groups.add(call.node, path.conversationId, path.userId)
    return Reply({"data": conversation_json(conversation, call.words)})


@table.route("DELETE", PARTICIPANT, ParticipantPath)
async def remove(call: Call, path: ParticipantPath) -> Reply[Made]:
    conversation = await groups.remove(call.node, path.conversationId, path.userId)
    return Reply({"data": conversation_json(conversation, call.words)})


@table.route("POST", ROOM, RoomPath)
async def join_room(call: Call, path: RoomPath) -> Reply[Data]:
    _custom(path.room)
    await rooms.join(call.node, path.room, path.userId)
    return Reply({"data": {}})


@table.route("DELETE", ROOM, RoomPath)
async def leave_room(call: Call, path: RoomPath) -> Reply[Data]:
    await rooms.leave(call.node, path.room, path.userId)
    return Reply({"data": {}})


def _custom(room: str) -> None:
    """What is sent to the documents' rooms would never reach a custom one of their name."""
    if room.startswith((USER, CONVERSATION)):
        raise malformed("room", f"names that begin with {USER} or {CONVERSATION} are taken")

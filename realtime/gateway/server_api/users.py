"""Who the users are, who of them is there, and how they leave."""

from collections.abc import Sequence
from typing import NotRequired, TypedDict

from realtime.dialects.base import Reply, malformed
from realtime.dialects.fields import user_id_of
from realtime.dialects.words import WireUserId
from realtime.domain import accounts, deletion, users
from realtime.gateway.server_api.bodies import (
    MOST_USERS,
    DisconnectBody,
    PresenceQuery,
    Profile,
    Profiles,
    UserPath,
)
from realtime.gateway.server_api.export import ExportJson, export_json
from realtime.gateway.server_api.rows import Call, table
from realtime.gateway.server_api.shapes import PresenceJson, presence_json


class Count(TypedDict):
    count: int


class Counted(TypedDict):
    data: Count


class Present(TypedDict):
    data: PresenceJson


class Online(TypedDict):
    online: int
    users: NotRequired[list[PresenceJson]]


class Presences(TypedDict):
    data: Online


class Closed(TypedDict):
    sockets: int


class Disconnected(TypedDict):
    data: Closed


class Exported(TypedDict):
    data: ExportJson


class Gone(TypedDict):
    """How much of her was deleted; ``messages`` are those that she had written."""

    userId: WireUserId
    conversations: int
    messages: int
    notifications: int
    sockets: int


class Deleted(TypedDict):
    data: Gone


@table.route("PUT", "/api/server/users", Profiles)
async def upsert(call: Call, body: list[Profile]) -> Reply[Counted]:
    profiles = [(each.id, each.model_dump(include=_named(each))) for each in body]
    return Reply({"data": {"count": await users.upsert(call.node, profiles)}})


@table.route("GET", "/api/server/users/{userId}/presence", UserPath)
async def presence(call: Call, path: UserPath) -> Reply[Present]:
    (found,) = await users.presence(call.node, [path.userId])
    return Reply({"data": presence_json(found, call.words)})


@table.route("GET", "/api/server/presence", PresenceQuery)
async def presences(call: Call, query: PresenceQuery) -> Reply[Presences]:
    online: Online = {"online": await call.node.presence.count()}
    if query.userIds is not None:
        wanted = _listed(query.userIds, integer_ids=call.words.integer_ids)
        found = await users.presence(call.node, wanted)
        online["users"] = [presence_json(each, call.words) for each in found]
    return Reply({"data": online})


@table.route("POST", "/api/server/users/{userId}/disconnect", DisconnectBody)
async def disconnect(call: Call, body: DisconnectBody) -> Reply[Disconnected]:
    sockets = await users.disconnect(call.node, body.userId, revoke=body.revokeTokens)
    return Reply({"data": {"sockets": sockets}})


@table.route("GET", "/api/server/users/{userId}/export", UserPath)
async def export(call: Call, path: UserPath) -> Reply[Exported]:
    return Reply({"data": await export_json(await accounts.export(path.userId), call.words)})


@table.route("DELETE", "/api/server/users/{userId}", UserPath)
async def delete(call: Call, path: UserPath) -> Reply[Deleted]:
    gone = await deletion.delete(call.node, path.userId)
    return Reply(
        {
            "data": {
                "userId": call.words.user_id(path.userId),
                "conversations": gone.conversations,
                "messages": gone.messages,
                "notifications": gone.notifications,
                "sockets": gone.sockets,
            }
        }
    )


def _named(profile: Profile) -> set[str]:
    return profile.model_fields_set - {"id"}


def _listed(given: Sequence[str], *, integer_ids: bool) -> list[str]:
    """Ids separated by commas or, given several times, each as it is. Raises Malformed."""
    parts = [part for part in (given[0].split(",") if len(given) == 1 else given) if part]
    if len(parts) > MOST_USERS:
        raise malformed("userIds", "too many")
    try:
        return list(dict.fromkeys(user_id_of(part, integer_ids=integer_ids) for part in parts))
    except ValueError as error:
        raise malformed("userIds", str(error)) from None

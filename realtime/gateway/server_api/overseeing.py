"""All nodes at a glance: the processes, who is connected, rooms, and what the logs warn of."""

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any, Literal, TypedDict

import orjson
from pydantic import Field

from realtime.dialects.base import Reply
from realtime.dialects.fields import Flag, Payload, UserId, whole
from realtime.gateway.overseeing import (
    ConnectionJson,
    NodeJson,
    RoomJson,
    TroubleJson,
    Wanted,
    spoken,
)
from realtime.gateway.overseeing.overseer import Page
from realtime.gateway.overseeing.shapes import MOST, Key
from realtime.gateway.server_api.bodies import Cursor, Given
from realtime.gateway.server_api.pages import cursor_of, key_in
from realtime.gateway.server_api.rows import Call, table

Name = Annotated[str, Field(min_length=1, max_length=512)]


class OverQuery(Payload):
    """How many at most, and after which page; ``node`` is the name of the only one to look at."""

    limit: Annotated[int, whole(50, most=MOST, least=1)] = 50
    cursor: Cursor | None = None
    node: Given | None = None


class ConnectionsQuery(OverQuery):
    """``user``, or who is in a ``room`` of a ``namespace``; ``slow``: who is behind in reading."""

    user: UserId | None = None
    room: Name | None = None
    namespace: Name | None = None
    slow: Flag = None


class RoomsQuery(OverQuery):
    """``name`` is a part of the name."""

    name: Name | None = None
    namespace: Name | None = None


class TroublesQuery(OverQuery):
    level: Literal["warning", "error"] | None = None


class ConnectionPath(Payload):
    sid: Given


class NodesPage(TypedDict):
    """``missing`` are the processes that did not answer in time."""

    items: list[NodeJson]
    cursor: str | None
    missing: list[str]


class ConnectionsPage(TypedDict):
    """In the order of users, so that one user's stand together."""

    items: list[ConnectionJson]
    cursor: str | None
    missing: list[str]


class RoomsPage(TypedDict):
    items: list[RoomJson]
    cursor: str | None
    missing: list[str]


class TroublesPage(TypedDict):
    """The newest first; each process keeps its last hundred of either level."""

    items: list[TroubleJson]
    cursor: str | None
    missing: list[str]


class Nodes(TypedDict):
    data: NodesPage


class Connections(TypedDict):
    data: ConnectionsPage


class Rooms(TypedDict):
    data: RoomsPage


class Troubles(TypedDict):
    data: TroublesPage


class Ended(TypedDict):
    connections: int


class ConnectionEnded(TypedDict):
    data: Ended


@table.route("GET", "/api/server/nodes", OverQuery)
async def list_nodes(call: Call, query: OverQuery) -> Reply[Nodes]:
    return Reply({"data": await _page(call, "nodes", query, (str, str))})


@table.route("GET", "/api/server/connections", ConnectionsQuery)
async def list_connections(call: Call, query: ConnectionsQuery) -> Reply[Connections]:
    return Reply({"data": await _page(call, "connections", query, (str, str))})


@table.route("POST", "/api/server/connections/{sid}/disconnect", ConnectionPath)
async def disconnect_connection(call: Call, path: ConnectionPath) -> Reply[ConnectionEnded]:
    return Reply({"data": {"connections": await call.overseer.close(path.sid)}})


@table.route("GET", "/api/server/rooms", RoomsQuery)
async def list_rooms(call: Call, query: RoomsQuery) -> Reply[Rooms]:
    return Reply({"data": await _page(call, "rooms", query, (str, str))})


@table.route("GET", "/api/server/troubles", TroublesQuery)
async def list_troubles(call: Call, query: TroublesQuery) -> Reply[Troubles]:
    return Reply({"data": await _page(call, "troubles", query, (int, str, int))})


async def _page(call: Call, of: str, query: OverQuery, key: Sequence[type]) -> Any:
    """One page of a list; ``key`` are the types of what it is in the order of."""
    fits = query.model_dump(exclude={"limit", "cursor"}, exclude_none=True)
    after = key_in(query.cursor, partial(_key, key), None)
    wanted = Wanted(after=after, **fits)
    found: Page = await call.overseer.page(of, wanted, query.limit)
    cursor = None if found.last is None else cursor_of(spoken(found.last))
    return {"items": found.items, "cursor": cursor, "missing": found.missing}


def _key(kinds: Sequence[type], raw: bytes) -> Key:
    key = orjson.loads(raw)
    if not isinstance(key, list) or [type(each) for each in key] != list(kinds):
        raise ValueError
    return tuple(key)

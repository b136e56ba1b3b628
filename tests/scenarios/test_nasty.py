"""Whatever a field holds, it is no fault of ours: every call and event of every dialect, and every
call of the application, with one field after the other replaced."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import realtime.gateway.server_api  # noqa: F401 - the rows of its table
from realtime.dialects.base import PARAMETER, Hears, Route
from realtime.dialects.contract import fields_of
from realtime.dialects.loading import load
from realtime.gateway.everyone import with_everyones
from realtime.gateway.server_api.rows import table
from tests.cluster import Cluster
from tests.frontend import Frontend
from tests.nodes import SERVER_KEY, InProcess
from tests.rest import Rest
from tests.scenarios.steps import group, notify, on_both_databases, once, say, talk

NASTY: list[Any] = [
    *(None, True, -1, 2**53, 2**64 - 1, 10**25, 1.5),
    *("", " ", "bob", "a\x00b", "\ud83d", "x" * 70, "x" * 5000, "٣", "javascript:x"),
    *("/\ud83d", "https://x/\ud83d"),
    *("9999-12-31T23:59:59.999Z", "0001-01-01T00:00:00+14:00"),
    *("00000000-0000-0000-0000-000000000000", "999999999999999999"),
    *([], [[]], [None], ["bob"], {}, {"a": {"b": [1]}}),
]

UNLIMITED = {
    f"limits__{kind}__{what}": 1_000_000
    for kind in ("rest", "server_api", "events", "typing")
    for what in ("rate", "burst")
}

LEFT_OUT = {("DELETE", "/api/server/users/{userId}")}
"""Would leave nothing for those that follow."""


def usual(room: str, message: str, notification: str) -> dict[str, Any]:
    """What fits, by the names of fields."""
    people = dict.fromkeys(
        ("receiverId", "recipientId", "otherUserId", "userId", "partnerId", "targetUserId"), "bob"
    )
    texts = dict.fromkeys(("content", "message", "text", "title", "action", "event", "room"), "Hi")
    return {
        **people,
        **texts,
        **dict.fromkeys(("conversationId", "chatRoomId"), room),
        "messageId": message,
        "messageIds": [message],
        "id": notification,
        "type": "LIKE",
        "senderId": "ada",
        "participantIds": ["ada", "bob", "cy"],
        "order": {"id": 7},
        "blockedId": "zoe",
        "seconds": 0,
        "user": "ada",
    }


def bodies(fields: set[str], good: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What fits, but for one field."""
    fitting = {name: good[name] for name in fields & good.keys()}
    yield fitting
    for name in sorted(fields):
        yield from ({**fitting, name: value} for value in NASTY)


async def called(person: Rest, route: Route, body: dict[str, Any]) -> int:
    """The status of a call whose path, query and body are made of this."""
    path, left = route.path, dict(body)
    for name in PARAMETER.findall(path):
        path = path.replace(f"{{{name}}}", _quoted(left.pop(name, "x") or "x"))
    if route.method == "GET":
        query = "&".join(f"{name}={_quoted(value)}" for name, value in left.items())
        return (await person.get(f"{path}?{query}")).status
    data = json.dumps(left).encode()
    return (await person.request(route.method, path, data=data)).status


def _quoted(value: Any) -> str:
    return quote(str(value).encode("utf-8", "surrogatepass"), safe="")


async def something(node: InProcess, ada: Rest) -> dict[str, Any]:
    """Somebody to write to, something to read."""
    room = await talk(ada, "bob")
    await group(node, "ada", "bob")
    return usual(room, (await say(ada, room, "Hi"))["id"], await notify(node, "ada"))


@on_both_databases
async def test_no_field_of_any_call_makes_a_fault(cluster: Cluster) -> None:
    node = await cluster.node(**UNLIMITED)
    good = await something(node, cluster.person(node, "ada"))
    calls = [
        (person_of(cluster, node, name), route, body)
        for name, dialect in {**with_everyones(load()), "server": table}.items()
        for route in dialect.routes
        if (route.method, route.path) not in LEFT_OUT
        for body in bodies(fields_of(route.payload), good)
    ]

    assert [
        (route.method, route.path, body)
        for person, route, body in calls
        if await called(person, route, body) >= 500
    ] == []


def person_of(cluster: Cluster, node: InProcess, dialect: str) -> Rest:
    """Ada's page, or the application."""
    if dialect != "server":
        return cluster.person(node, "ada", dialect=dialect)
    return Rest(cluster.person(node, "ada")._http, node.url, token=SERVER_KEY, dialect=dialect)


@once
async def test_no_field_of_any_event_makes_a_fault(cluster: Cluster) -> None:
    node = await cluster.node(**UNLIMITED)
    good = await something(node, cluster.person(node, "ada"))
    page = await cluster.frontend(node, "ada")
    events = [
        (row, payload)
        for dialect in load().values()
        for row in dialect.hears.values()
        for payload in (*NASTY, *bodies(fields_of(row.payload), good))
    ]

    assert [
        (row.event, payload) for row, payload in events if await is_fault(page, row, payload)
    ] == []


async def is_fault(page: Frontend, row: Hears, payload: Any) -> bool:
    """Whether an event is answered that it failed."""
    answer = await page.ask(row.event, payload)
    failed = {row.fault, "Internal server error"}
    return isinstance(answer, dict) and answer.get("error") in failed

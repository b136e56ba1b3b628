"""Choosing the dialect: by namespace and path, by origin, by host, by default, and by use."""

from __future__ import annotations

from typing import Any

import pytest

from realtime.domain.events import CustomEvent
from tests.cluster import Cluster
from tests.frontend import Frontend
from tests.frontends import ORIGINS
from tests.nodes import InProcess
from tests.rest import Rest
from tests.scenarios.steps import UNKNOWN, backend, notify, once, say, talk
from tests.tokens import token

DIALECTS = ("conversations", "jobs", "skilllink", "linsta")

WELCOME = {
    "conversations": "Invalid token",
    "jobs": "Authentication failed: invalid token",
    "skilllink": "Authentication error",
    "linsta": "Invalid token",
}

UNAUTHORIZED = {
    "conversations": {"error": "No token provided", "message": "No token provided"},
    "skilllink": {"success": False, "error": "Authentication required", "statusCode": 401},
    "linsta": {"error": "Missing or invalid token"},
    "jobs": {"message": "No token provided"},
}

NOT_FOUND = {
    "conversations": {"error": "Not found", "message": "Not found"},
    "skilllink": {"success": False, "error": "Not found", "statusCode": 404},
    "linsta": {"error": "Not found"},
    "jobs": {"success": False, "error": "Not found"},
}


async def hears_as(frontend: Frontend) -> set[str]:
    """The dialects in whose words this socket is told a notification."""
    await frontend.settled()
    rows = [body for event, body in frontend.history if event.startswith("notification")]
    shapes = {
        "_id": "linsta",
        "content": "jobs",
        "read": "skilllink",
        "data": "conversations",
    }
    found = [name for row in rows for key, name in shapes.items() if key in row]
    assert len(found) == len(set(found)), "told twice in one dialect"
    return set(found)


# 1. By origin, host and default


@once
@pytest.mark.parametrize("dialect", DIALECTS)
async def test_a_sockets_dialect_is_its_origins(cluster: Cluster, dialect: str) -> None:
    node = await cluster.node()
    bob = await cluster.frontend(node, "bob", dialect=dialect)

    await notify(node, "bob")

    assert await hears_as(bob) == {dialect}


@once
@pytest.mark.parametrize("dialect", DIALECTS)
async def test_without_an_origin_it_is_the_default(cluster: Cluster, dialect: str) -> None:
    node = await cluster.node(dialect=dialect)
    bob = await cluster.frontend(node, "bob")
    stranger = await cluster.frontend(node, "bob", headers={"Origin": "http://elsewhere.example"})

    await notify(node, "bob")

    assert await hears_as(bob) == {dialect}
    assert await hears_as(stranger) == {dialect}, "an origin that is not mapped"


@once
async def test_without_an_origin_the_host_tells(cluster: Cluster) -> None:
    node = await cluster.node()
    bob = await cluster.frontend(node, "bob", headers={"Host": "jobs.example"})

    await notify(node, "bob")

    assert await hears_as(bob) == {"jobs"}
    answer = await bob.get("/api/nowhere", headers={"Host": "linsta.example"})
    assert answer.json == NOT_FOUND["linsta"]


@once
@pytest.mark.parametrize("dialect", DIALECTS)
async def test_a_refusal_and_an_unknown_path_are_told_in_the_dialects_words(
    cluster: Cluster, dialect: str
) -> None:
    node = await cluster.node()
    bob = cluster.person(node, "bob", dialect=dialect)

    refused = cluster.frontends.open(
        node.url, "none.of.ours", dialect=dialect, headers={"Origin": ORIGINS[dialect]}
    )
    with pytest.raises(Exception, match=WELCOME[dialect]):
        await refused.is_connected(1)
    assert (await bob.get("/api/nowhere")).json == NOT_FOUND[dialect]


@once
async def test_what_no_route_answers_is_told_in_the_words_that_the_query_asks_for(
    cluster: Cluster,
) -> None:
    bob = cluster.person(await cluster.node(), "bob")

    for dialect in DIALECTS:
        unknown = await bob.get(f"/api/nowhere?dialect={dialect}")
        assert unknown.json == NOT_FOUND[dialect]
        asked = "skilllink" if dialect == "jobs" else dialect
        wrong = await bob.request("PATCH", f"/api/notifications?dialect={asked}")
        assert (wrong.status, keys(wrong.json)) == (405, keys(NOT_FOUND[asked]))


@once
async def test_any_other_namespace_is_invalid(cluster: Cluster) -> None:
    node = await cluster.node()

    with pytest.raises(Exception, match="Invalid namespace"):
        await cluster.frontend(node, "bob", namespace="/chat")


# 2. By use


@once
async def test_who_joins_a_room_on_a_default_server_speaks_linsta_from_then_on(
    cluster: Cluster,
) -> None:
    node = await cluster.node()
    room = await talk(cluster.person(node, "ada"), "bob")
    bob = await cluster.frontend(node, "bob")

    await bob.emit("join_room", {"chatRoomId": room})
    await bob.settled()
    await say(cluster.person(node, "ada"), room, "Hi")
    await notify(node, "bob")

    assert (await bob.hears("receive_message"))["text"] == "Hi"
    assert (await bob.hears("message:new"))["content"] == "Hi"
    assert await hears_as(bob) == {"conversations", "linsta"}


@once
@pytest.mark.parametrize(
    ("event", "payload"),
    [("join_room", {}), ("join_room", None), ("typing", {"recipientId": []}), ("get_history", 7)],
)
async def test_a_payload_that_does_not_fit_teaches_nothing(
    cluster: Cluster, event: str, payload: Any
) -> None:
    node = await cluster.node()
    bob = await cluster.frontend(node, "bob")

    await bob.ask(event, payload)
    await notify(node, "bob")

    assert await hears_as(bob) == {"conversations"}


@once
async def test_a_failure_is_told_in_the_words_of_the_events_dialect(cluster: Cluster) -> None:
    node = await cluster.node()
    bob = await cluster.frontend(node, "bob", dialect="jobs")

    await bob.emit("join_room", {"chatRoomId": UNKNOWN})

    assert await bob.hears("error") == {"message": "Chat room not found"}
    assert await bob.ask("message:send", {"receiverId": "bob", "content": "Me"}) == {
        "success": False,
        "error": "Cannot send message to yourself",
    }


@once
async def test_send_message_is_told_apart_by_its_keys(cluster: Cluster) -> None:
    node = await cluster.node()
    room = await talk(cluster.person(node, "ada"), "bob")
    bob = await cluster.frontend(node, "bob")
    ada = await cluster.frontend(node, "ada")

    by_person = await ada.ask("send_message", {"recipientId": "bob", "message": "To Bob"})
    by_room = await ada.ask("send_message", {"chatRoomId": room, "text": "To the room"})
    by_both = await ada.ask(
        "send_message", {"recipientId": "bob", "chatRoomId": room, "message": "?", "text": "?"}
    )
    by_none = await ada.ask("send_message", {"text": "?"})

    assert by_person == by_room == {"success": True}
    assert (by_both["success"], by_none["success"]) == (False, False)
    await bob.settled()
    assert [row["message"] for row in bob.heard("notification:new")] == ["To Bob", "To the room"]
    await ada.hears_nothing("error")


@once
async def test_a_dialect_learned_later_hears_the_rooms_that_were_joined_before(
    cluster: Cluster,
) -> None:
    node = await cluster.node()
    room = await talk(cluster.person(node, "ada"), "bob")
    bob = await cluster.frontend(node, "bob")
    await bob.ask("join:conversation", room)

    await bob.ask("get_history", {"chatRoomId": room})
    await say(cluster.person(node, "ada"), room, "Hi")

    assert (await bob.hears("message:new"))["content"] == "Hi"
    assert (await bob.hears("receive_message"))["text"] == "Hi"
    await bob.hears_nothing("message:new", "receive_message", "notification:new")


# 3. Paths that collide


def keys(answer: Any) -> Any:
    """The shape of an answer: its keys, or that it is a list."""
    return "array" if isinstance(answer, list) else set(answer)


COLLISIONS: dict[str, dict[str, Any]] = {
    "GET /api/notifications": {
        "skilllink": {"success", "data"},
        "conversations": {"data", "pagination"},
        "linsta": "array",
    },
    "GET /api/notifications/unread-count": {
        "skilllink": {"success", "data"},
        "conversations": {"unreadCount", "count"},
    },
    "PUT /api/notifications/{id}/read": {
        "skilllink": {"success", "data"},
        "conversations": {"message", "data"},
        "linsta": {"_id", "userId", "type", "message", "referenceId", "isRead", "createdAt"},
    },
    "DELETE /api/notifications/{id}": {
        "skilllink": {"success", "message"},
        "conversations": {"message"},
    },
    "POST /api/messages": {
        "skilllink": {"success", "data"},
        "conversations": {"message", "data"},
    },
    "GET /api/messages/conversations": {
        "skilllink": {"success", "data"},
        "conversations": {"data", "pagination"},
    },
}
"""The table of the protocol: whose shape each path has, where several have it."""


async def shape_of(node: InProcess, person: Rest, call: str) -> Any:
    """The keys of what this person is answered."""
    method, path = call.split()
    body = {"receiverId": "ada", "content": "Hi"} if method == "POST" else None
    answer = await person.request(method, path.format(id=await notify(node, "bob")), json=body)
    assert answer.status in {200, 201}, answer.text
    return keys(answer.json)


@once
@pytest.mark.parametrize("default", DIALECTS)
@pytest.mark.parametrize("call", COLLISIONS)
async def test_of_colliding_paths_the_requests_dialect_decides_then_the_default_then_conversations(
    cluster: Cluster, call: str, default: str
) -> None:
    node = await cluster.node(dialect=default)
    shapes = COLLISIONS[call]
    last = shapes.get(default, shapes["conversations"])

    for dialect in DIALECTS:
        person = cluster.person(node, "bob", dialect=dialect)
        assert await shape_of(node, person, call) == shapes.get(dialect, last), dialect
    nobody_known = cluster.person(node, "bob")
    assert await shape_of(node, nobody_known, call) == last, "without an origin"


ONLY: dict[str, str] = {
    "/api/realtime/notifications": "jobs",
    "/api/chat/rooms": "linsta",
    "/api/notifications/unread/count": "linsta",
    "/api/messages/conversation/ada": "skilllink",
    "/notifications": "skilllink",
    "/messages/conversations": "skilllink",
    "/api/messages/unread-count": "conversations",
    "/api/notifications/preferences": "conversations",
}
"""Paths that one dialect has alone."""


@once
@pytest.mark.parametrize("path", ONLY)
async def test_a_path_of_one_dialect_answers_in_its_shapes_to_everybody(
    cluster: Cluster, path: str
) -> None:
    node = await cluster.node()
    owner = ONLY[path]

    for dialect in DIALECTS:
        person = cluster.person(node, "bob", dialect=dialect)
        assert (await person.get(path)).status == 200
        refused = await person.get(path, headers={"Authorization": ""})
        assert refused.json == UNAUTHORIZED[owner]
        wrong = await person.request("PATCH", path)
        assert (wrong.status, keys(wrong.json)) == (405, keys(NOT_FOUND[owner]))


# 4. Once


@once
async def test_a_custom_event_comes_once_to_each_socket_whatever_it_speaks(
    cluster: Cluster,
) -> None:
    node = await cluster.node()
    room = await talk(cluster.person(node, "ada"), "bob")
    many = await cluster.frontend(node, "bob")
    await many.ask("join_room", {"chatRoomId": room})
    await many.ask("typing", {"recipientId": "ada"})
    api = await cluster.frontend(node, "bob", dialect="skilllink", namespace="/api")

    announce = backend(node).node.announce
    announce(CustomEvent("announcement", ({"to": "everybody"},)))
    announce(CustomEvent("announcement", ({"to": "bob"},), user_ids=("bob",)))

    for frontend in (many, api):
        await frontend.settled()
        told = [body["to"] for body in frontend.heard("announcement")]
        assert told == ["everybody", "bob"]


@once
async def test_the_emitting_session_is_left_out_with_all_its_namespaces(
    cluster: Cluster,
) -> None:
    node = await cluster.node()
    room = await talk(cluster.person(node, "ada"), "bob")
    bob = await cluster.frontend(node, "bob")
    his_api = await cluster.frontend(
        node, "bob", token=token("bob", name="Bob"), namespace="/api", beside=bob
    )
    other_tab = await cluster.frontend(node, "bob", dialect="linsta")
    for frontend in (bob, his_api, other_tab):
        await frontend.ask("join_room", {"chatRoomId": room})
        await frontend.settled()
    for frontend in (bob, his_api, other_tab):
        frontend.forget_what_was_heard()

    await bob.emit("join_room", {"chatRoomId": room})

    assert (await other_tab.hears("user_joined"))["userId"] == "bob"
    await his_api.hears_nothing("user_joined", after=[bob])
    await bob.hears_nothing("user_joined")


# 5. By asking


@once
async def test_a_page_that_says_what_it_speaks_is_spoken_to_so(cluster: Cluster) -> None:
    node = await cluster.node()
    bob = await cluster.frontend(node, "bob", query={"dialect": "jobs"})
    eve = await cluster.frontend(node, "eve", query={"dialect": "klingon"})
    await notify(node, "bob")
    await notify(node, "eve")

    assert await hears_as(bob) == {"jobs"}
    assert await hears_as(eve) == {"conversations"}
    bare = await bob.get("/api/notifications?dialect=linsta")
    assert isinstance(bare.json, list)

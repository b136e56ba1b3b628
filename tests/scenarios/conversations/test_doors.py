"""CORS, namespaces, unknown paths, and rate limits: what holds for every row."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from realtime.app import NODE
from tests.cluster import Cluster
from tests.frontend import Frontend, Refused
from tests.nodes import InProcess
from tests.rest import Rest
from tests.scenarios.steps import everyone_joins, once, say, talk, words

OUR_PAGE = "http://conversations.example"


def allows(headers: Any, origin: str) -> bool:
    return (
        headers.get("Access-Control-Allow-Origin") == origin
        and headers.get("Access-Control-Allow-Credentials") == "true"
    )


def at(person: Rest, origin: str) -> Rest:
    person.headers["Origin"] = origin
    return person


@once
@pytest.mark.parametrize(
    ("call", "options", "status"),
    [
        ("GET /api/notifications", {}, 200),
        ("GET /api/notifications", {"token": ""}, 401),
        ("GET /api/notifications", {"token": "nonsense"}, 401),
        ("GET /api/messages/conversations/x", {}, 404),
        ("GET /nowhere", {}, 404),
        ("PATCH /api/notifications", {}, 405),
        ("POST /api/messages", {"json": {}}, 400),
        ("POST /api/messages", {"data": b"{"}, 400),
        ("POST /api/messages", {"data": b" " * 1_000_001}, 413),
        ("GET /socket.io/?EIO=4&transport=polling", {}, 200),
        ("GET /socket.io/?EIO=4&transport=nonsense", {}, 400),
    ],
)
async def test_every_answer_can_be_read_by_an_allowed_page(
    cluster: Cluster, node: InProcess, call: str, options: dict[str, Any], status: int
) -> None:
    ada = at(cluster.person(node, "ada"), OUR_PAGE)

    answer = await ada.request(*call.split(), **options)

    assert answer.status == status
    assert allows(answer.headers, OUR_PAGE)


@once
async def test_a_fault_and_a_limit_can_be_read_too(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = await cluster.node(limits__rest__burst=1, limits__rest__rate=0.001)
    ada = at(cluster.person(node, "ada"), OUR_PAGE)
    bob = at(cluster.person(node, "bob"), OUR_PAGE)

    async def broken(*_: Any) -> None:
        raise RuntimeError("a secret detail")

    monkeypatch.setattr("realtime.domain.receipts.unread_count", broken)
    fault = await ada.get("/api/messages/unread-count")
    await bob.get("/api/notifications")
    limit = await bob.get("/api/notifications")

    text = "Internal server error"
    assert (fault.status, fault.json) == (500, {"error": text, "message": text})
    assert limit.status == 429
    assert allows(fault.headers, OUR_PAGE)
    assert allows(limit.headers, OUR_PAGE)


@once
@pytest.mark.parametrize("path", ["/api/messages", "/socket.io/?EIO=4&transport=polling"])
async def test_a_preflight_allows_what_the_frontends_send(
    cluster: Cluster, node: InProcess, path: str
) -> None:
    ada = at(cluster.person(node, "ada", token=""), OUR_PAGE)

    answer = await ada.request(
        "OPTIONS",
        path,
        headers={
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,content-type",
        },
    )

    assert answer.status in {200, 204}
    assert allows(answer.headers, OUR_PAGE)
    allowed = answer.headers["Access-Control-Allow-Headers"].lower()
    assert "authorization" in allowed
    assert "content-type" in allowed
    assert "POST" in answer.headers["Access-Control-Allow-Methods"]


@once
async def test_another_origin_is_served_without_cors_headers(
    cluster: Cluster, node: InProcess
) -> None:
    for path in ("/api/notifications", "/socket.io/?EIO=4&transport=polling"):
        answer = await at(cluster.person(node, "ada"), "http://evil.example").get(path)
        assert answer.status == 200
        assert "Access-Control-Allow-Origin" not in answer.headers

    ada = await cluster.frontend(node, "ada", headers={"Origin": "http://evil.example"})
    assert (await ada.ask("user:get-status", "ada"))["status"] == "online"


@once
async def test_the_documents_origins_are_allowed_where_none_is_named(cluster: Cluster) -> None:
    node = await cluster.node(dialects__origins={})

    for page in ("http://localhost:3000", "http://localhost:5173"):
        answer = await at(cluster.person(node, "ada"), page).get("/api/notifications")
        assert allows(answer.headers, page)


@once
async def test_any_origin_means_no_credentials(cluster: Cluster) -> None:
    node = await cluster.node(allowed_origins="*", dialects__origins={})

    answer = await at(cluster.person(node, "ada"), "http://any.example").get("/api/notifications")

    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in answer.headers


async def test_an_unknown_namespace_is_refused_as_nodes_server_does(
    cluster: Cluster, node: InProcess
) -> None:
    with pytest.raises(Refused, match=r"^Invalid namespace$") as refused:
        await cluster.frontend(node, "ada", namespace="/admin")

    assert refused.value.transport is False


@once
@pytest.mark.parametrize("path", ["/", "/api", "/api/messages/x/y/z", "/API/messages"])
async def test_an_unknown_path_is_not_found_in_words(ada: Frontend, path: str) -> None:
    answer = await ada.get(path)

    assert (answer.status, answer.json) == (404, {"error": "Not found", "message": "Not found"})


@once
async def test_a_wrong_method_is_not_allowed(ada: Frontend) -> None:
    answer = await ada.request("PATCH", "/api/messages")

    assert answer.status == 405
    assert answer["error"] == answer["message"]
    assert answer.headers["Allow"]


@once
async def test_a_head_is_what_get_would_answer_without_its_body(ada: Frontend) -> None:
    path = "/api/notifications?limit=100"

    answer, found = await ada.request("HEAD", path), await ada.get(path)

    assert (answer.status, answer.text) == (200, "")
    assert answer.headers["Content-Length"] == str(len(found.text))


@once
async def test_a_body_that_is_too_large_is_refused_in_words(ada: Frontend) -> None:
    answer = await ada.request("POST", "/api/messages", data=b'{"content":"' + b"x" * 1_000_000)

    assert answer.status == 413
    assert answer["error"] == answer["message"]


# Rate limits.


@once
async def test_too_many_rest_calls_are_told_when_to_come_back(cluster: Cluster) -> None:
    node = await cluster.node(limits__rest__burst=3, limits__rest__rate=0.01)
    ada, bob = cluster.person(node, "ada"), cluster.person(node, "bob")

    answers = [await ada.get("/api/notifications") for _ in range(4)]

    assert [answer.status for answer in answers] == [200, 200, 200, 429]
    body = answers[-1].json
    assert body["error"] == "Too Many Requests"
    assert isinstance(body["message"], str)
    assert set(body) == {"error", "message", "retryAfter"}
    assert body["retryAfter"] == int(answers[-1].headers["Retry-After"])
    assert 0 < body["retryAfter"] <= 100
    assert (await bob.get("/api/notifications")).status == 200, "each user has a bucket of her own"


async def test_too_many_events_are_dropped_and_acked_so(cluster: Cluster) -> None:
    node = await cluster.node(limits__events__burst=4, limits__events__rate=0.01)
    ada, bob = await cluster.frontend(node, "ada"), await cluster.frontend(node, "bob")
    room = await talk(ada, "bob")
    await everyone_joins(room, ada, bob)

    sends = [ada.asked("message:send", {"receiverId": "bob", "content": str(n)}) for n in range(5)]
    acks = await asyncio.gather(*sends)

    assert [ack["success"] for ack in acks] == [True, True, True, False, False]
    assert 0 < acks[-1].pop("retryAfter") <= 100
    assert acks[-1] == {"success": False, "error": "rate limited"}
    assert await ada.ask("users:get-status", ["bob"]) == []
    assert await ada.ask("conversation:get-online-users", room) == []
    heard = await bob.has_heard("message:new", 3)
    assert [message["content"] for message in heard] == ["0", "1", "2"]
    assert ada.disconnects == []


@once
async def test_an_event_with_a_limit_of_its_own_asks_once_for_both(
    node: InProcess, ada: Frontend, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = await talk(ada, "bob")
    limits, asked = node.app[NODE].limits, []
    take = limits.take

    async def counted(user_id: str, kinds: tuple[str, ...]) -> float:
        asked.append(kinds)
        return await take(user_id, kinds)

    monkeypatch.setattr(limits, "take", counted)
    await ada.emit("typing:start", {"conversationId": room})
    await ada.ask("users:get-status", ["bob"])

    assert asked == [("events", "typing"), ("events",)]


@once
async def test_an_event_that_its_own_limit_refuses_costs_no_other(cluster: Cluster) -> None:
    node = await cluster.node(
        limits__typing__burst=1,
        limits__typing__rate=0.001,
        limits__events__burst=4,
        limits__events__rate=0.001,
    )
    ada = await cluster.frontend(node, "ada")
    room = await talk(ada, "bob")

    for _ in range(10):
        await ada.emit("typing:start", {"conversationId": room})
    sent = await ada.ask("message:send", {"receiverId": "bob", "content": "Hi"})

    assert sent["success"] is True


@once
async def test_too_much_typing_is_dropped_silently(cluster: Cluster) -> None:
    node = await cluster.node(limits__typing__burst=3, limits__typing__rate=0.001)
    ada, bob = await cluster.frontend(node, "ada"), await cluster.frontend(node, "bob")
    room = await talk(ada, "bob")
    await everyone_joins(room, ada, bob)

    for _ in range(10):
        await ada.emit("typing:start", {"conversationId": room})
    await ada.settled()
    await say(ada, room, "Other events go on")

    await bob.hears("message:new")
    await bob.settled()
    assert len(bob.heard("typing:start")) == 3
    await ada.hears("message:new")
    await ada.settled()
    assert [event for event, _ in words(ada)] == ["message:new"]


@once
async def test_two_sockets_of_one_user_share_her_limit(cluster: Cluster) -> None:
    node = await cluster.node(limits__events__burst=3, limits__events__rate=0.001)
    ada, phone = await cluster.frontend(node, "ada"), await cluster.frontend(node, "ada")

    answers = [await who.ask("user:get-status", "ada") for who in (ada, phone, ada, phone)]

    assert [answer.get("error") for answer in answers] == [None, None, None, "rate limited"]

"""Blocking somebody, reporting a message, slowing a conversation down."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from realtime.domain import blocks, notifications
from realtime.domain.notifications import Notice
from realtime.models import Block, Message, Report
from tests.cluster import Cluster
from tests.frontend import Frontend
from tests.nodes import SERVER_KEY, InProcess
from tests.rest import Answer, Rest
from tests.scenarios.steps import (
    backend,
    everyone_joins,
    group,
    on_both_databases,
    once,
    say,
    talk,
)

SENDS: dict[str, tuple[str, dict[str, Any]]] = {
    "conversations": ("/api/messages", {"receiverId": "ada", "content": "Hi"}),
    "jobs": ("/api/realtime/chat/send", {"recipientId": "ada", "message": "Hi"}),
    "skilllink": ("/api/messages", {"receiverId": "ada", "content": "Hi"}),
}


async def called(node: InProcess, ada: Rest, method: str, path: str, body: Any = None) -> Answer:
    """What the application asks for."""
    return await Rest(ada._http, node.url, token=SERVER_KEY, dialect="server").request(
        method, f"/api/server{path}", json=body
    )


@on_both_databases
@pytest.mark.parametrize("dialect", SENDS)
async def test_between_two_of_whom_one_blocks_the_other_no_message_passes(
    cluster: Cluster, dialect: str
) -> None:
    node = await cluster.node()
    ada, bob = cluster.person(node, "ada"), cluster.person(node, "bob", dialect=dialect)
    room = await talk(ada, "bob")
    path, body = SENDS[dialect]
    assert (await bob.post(path, body)).status in (200, 201)

    assert (await ada.put("/api/blocks/bob")).json == {"success": True}

    for sent in (
        await bob.post(path, body),
        await ada.post("/api/messages", {"conversationId": room, "content": "Hi"}),
    ):
        assert sent.status == 403, sent.text
        assert "You cannot write to each other" in sent.text
    assert await Message.all().count() == 1
    await ada.delete("/api/blocks/bob")
    assert (await bob.post(path, body)).status in (200, 201)


BEGINS: dict[str, tuple[str, dict[str, Any]]] = {
    **SENDS,
    "conversations to start": ("/api/messages/start-conversation", {"otherUserId": "ada"}),
    "linsta": ("/api/chat/rooms", {"otherUserId": "ada"}),
}


@once
@pytest.mark.parametrize("begins", BEGINS)
async def test_whoever_is_blocked_begins_no_conversation(cluster: Cluster, begins: str) -> None:
    node = await cluster.node()
    ada = await cluster.frontend(node, "ada")
    bob = cluster.person(node, "bob", dialect=begins.partition(" ")[0])
    cursor = (await ada.get("/api/sync"))["cursor"]
    await ada.put("/api/blocks/bob")
    path, body = BEGINS[begins]

    refused = await bob.post(path, body)

    assert refused.status == 403, refused.text
    assert "You cannot write to each other" in refused.text
    assert (await ada.get("/api/messages/conversations"))["data"] == []
    assert (await ada.get(f"/api/sync?since={cursor}"))["changes"] == []


@once
async def test_a_conversation_of_before_a_block_is_found_again(cluster: Cluster) -> None:
    node = await cluster.node()
    ada, bob = cluster.person(node, "ada"), cluster.person(node, "bob")
    room = await talk(ada, "bob")

    await ada.put("/api/blocks/bob")

    assert await talk(bob, "ada") == room


@once
async def test_what_one_of_the_two_does_is_not_in_the_others_feed(cluster: Cluster) -> None:
    node = await cluster.node()
    ada, bob = (cluster.person(node, name, dialect="jobs") for name in ("ada", "bob"))
    await ada.put("/api/blocks/bob")

    for one, other in ((bob, "ada"), (ada, "bob")):
        for action in ("save_job", "view_profile"):
            body = {"action": action, "targetUserId": other, "jobTitle": "Read this"}
            answer = await one.post("/api/realtime/activity/log", body)
            assert (answer.status, answer["activity"]["targetUserId"]) == (200, other)

    for person in (ada, bob):
        feed = await person.get("/api/realtime/activity-feed")
        assert feed.json == {"success": True, "activities": [], "total": 0}


@once
async def test_in_a_group_neither_looks_online_to_the_other(cluster: Cluster) -> None:
    node = await cluster.node()
    ada, bob, cy = [await cluster.frontend(node, name) for name in ("ada", "bob", "cy")]
    choir = await group(node, "ada", "bob", "cy")
    await everyone_joins(choir, ada, bob, cy)

    await ada.put("/api/blocks/bob")

    seen = [await who.ask("conversation:get-online-users", choir) for who in (ada, bob, cy)]
    assert seen == [["cy"], ["cy"], ["ada", "bob"]]


@on_both_databases
async def test_a_room_is_closed_to_who_is_blocked(cluster: Cluster) -> None:
    node = await cluster.node()
    ada = cluster.person(node, "ada")
    bob = await cluster.frontend(node, "bob", dialect="linsta")
    room = await talk(ada, "bob")
    await bob.emit("join_room", {"chatRoomId": room})
    await bob.settled()
    await ada.put("/api/blocks/bob")

    await bob.emit("send_message", {"chatRoomId": room, "text": "Hi"})

    assert (await bob.hears("error"))["message"] == "You cannot write to each other"
    refused = await bob.post("/api/chat/messages", {"chatRoomId": room, "text": "Hi"})
    assert refused.status == 403
    assert await Message.all().count() == 0


@once
async def test_one_who_knew_the_conversation_before_is_refused_by_the_writer(
    cluster: Cluster,
) -> None:
    """Another node's memory is late: the row that numbers the message is not."""
    node = await cluster.node()
    ada, bob = cluster.person(node, "ada"), cluster.person(node, "bob")
    room = await talk(ada, "bob")
    memberships = backend(node).node.memberships
    before = await memberships.get(UUID(room))
    await ada.put("/api/blocks/bob")
    memberships.remember(before)

    answer = await bob.post("/api/messages", {"conversationId": room, "content": "Hi"})

    assert (answer.status, await Message.all().count()) == (403, 0)


@once
async def test_neither_is_told_of_the_other(cluster: Cluster) -> None:
    node = await cluster.node(presence__grace=0)
    ada, bob = await cluster.frontend(node, "ada"), await cluster.frontend(node, "bob")
    cy = await cluster.frontend(node, "cy")
    room = await talk(ada, "bob")
    await everyone_joins(room, ada, bob)
    await talk(ada, "cy")

    await ada.put("/api/blocks/bob")

    assert (await bob.hears("user:status-changed", lambda s: s["status"] == "offline"))[
        "userId"
    ] == "ada"
    await settle(ada, bob, cy)
    heard = len(bob.history)
    await bob.emit("typing:start", {"conversationId": room})
    made = await notifications.notify(
        backend(node).node, ["ada", "cy"], Notice("LIKE", "Bob likes it", actor_id="bob")
    )
    assert [each.user_id for each in made] == ["cy"]
    await ada.disconnect()
    await cy.hears("user:status-changed", lambda told: told["userId"] == "ada")
    await bob.settled()
    of_ada = [told for told in bob.history[heard:] if told[1].get("userId") == "ada"]
    assert of_ada == []
    assert {name for name, _ in ada.history} <= {"user:status-changed"}
    answer = await bob.ask("users:get-status", ["ada", "cy"])
    assert [each["status"] for each in answer] == ["offline", "online"]


async def settle(*frontends: Frontend) -> None:
    for each in frontends:
        await each.settled()
        each.forget_what_was_heard()


@once
async def test_who_is_unblocked_is_seen_again(cluster: Cluster) -> None:
    node = await cluster.node()
    ada, bob = await cluster.frontend(node, "ada"), await cluster.frontend(node, "bob")
    await ada.put("/api/blocks/bob")
    await settle(ada, bob)

    await ada.delete("/api/blocks/bob")

    told = await bob.hears("user:status-changed")
    assert (told["userId"], told["status"]) == ("ada", "online")


@once
async def test_nobody_blocks_any_number_of_people(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of them are looked at in each question of who is online."""
    monkeypatch.setattr(blocks, "MOST", 2)
    node = await cluster.node()
    ada = cluster.person(node, "ada")
    for user_id in ("bob", "eve", "bob"):
        assert (await ada.put(f"/api/blocks/{user_id}")).status == 200

    refused = await ada.put("/api/blocks/cy")
    asked = await called(node, ada, "PUT", "/users/ada/blocks/cy")

    text = "You block too many people: unblock somebody first"
    assert (refused.status, refused["error"]) == (409, text)
    assert (asked.status, "too many" in asked["error"]) == (409, True)
    await ada.delete("/api/blocks/bob")
    assert (await ada.put("/api/blocks/cy")).status == 200
    listed = [each["userId"] for each in (await ada.get("/api/blocks"))["data"]]
    assert listed == ["eve", "cy"]


@once
async def test_blocks_are_listed_and_made_once(cluster: Cluster) -> None:
    node = await cluster.node()
    ada = cluster.person(node, "ada")
    for _ in range(2):
        assert (await ada.put("/api/blocks/bob")).status == 200
    (listed,) = (await ada.get("/api/blocks"))["data"]
    assert listed["userId"] == "bob"
    assert (await ada.put("/api/blocks/ada")).status == 400
    assert (await ada.put(f"/api/blocks/{'x' * 65}")).status == 400
    assert (await ada.delete("/api/blocks/nobody")).status == 200

    assert (await called(node, ada, "GET", "/users/ada/blocks"))["data"] == [listed]
    assert (await called(node, ada, "DELETE", "/users/ada/blocks/bob")).status == 200
    assert (await called(node, ada, "PUT", "/users/bob/blocks/ada")).status == 200
    assert (await ada.get("/api/blocks"))["data"] == []
    body = {"senderId": "ada", "receiverId": "bob", "content": "Hi"}
    for store in (True, False):
        sent = await called(node, ada, "POST", "/messages", {**body, "store": store})
        assert (sent.status, sent["error"]) == (403, "One of the two has blocked the other")


@on_both_databases
async def test_a_message_is_reported_in_its_words_of_then(cluster: Cluster) -> None:
    node = await cluster.node()
    ada, bob, cy = (cluster.person(node, name) for name in ("ada", "bob", "cy"))
    sent = await say(bob, await talk(bob, "ada"), "Buy my pills")

    for _ in range(2):
        answer = await ada.post("/api/reports", {"messageId": sent["id"], "reason": "spam"})
        assert (answer.status, answer.json) == (201, {"success": True})
    for other in (bob, cy):
        assert (await other.post("/api/reports", {"messageId": sent["id"]})).status == 404
    assert (await ada.post("/api/reports", {"messageId": "x"})).status == 404
    await bob.delete(f"/api/messages/{sent['id']}")

    (report,) = (await called(node, ada, "GET", "/reports"))["data"]["items"]
    assert (report["userId"], report["aboutId"]) == ("ada", "bob")
    assert (report["content"], report["reason"]) == ("Buy my pills", "spam")
    exported = (await called(node, ada, "GET", "/users/ada/export"))["data"]
    assert [each["messageId"] for each in exported["reports"]] == [sent["id"]]
    assert (await called(node, ada, "DELETE", f"/reports/{report['id']}")).status == 200
    assert (await called(node, ada, "GET", "/reports"))["data"]["items"] == []


@on_both_databases
async def test_a_deletion_leaves_neither_blocks_nor_reports(cluster: Cluster) -> None:
    node = await cluster.node()
    ada, bob = cluster.person(node, "ada"), cluster.person(node, "bob")
    sent = await say(bob, await talk(bob, "ada"), "Hi")
    await ada.post("/api/reports", {"messageId": sent["id"]})
    await ada.put("/api/blocks/bob")

    await called(node, ada, "DELETE", "/users/bob")

    assert (await Block.all().count(), await Report.all().count()) == (0, 0)


@on_both_databases
async def test_in_a_slow_conversation_each_waits_for_her_own_turn(cluster: Cluster) -> None:
    node = await cluster.node()
    ada, bob = cluster.person(node, "ada"), cluster.person(node, "bob")
    room = await talk(ada, "bob")
    slow = await called(node, ada, "PUT", f"/conversations/{room}/slow-mode", {"seconds": 600})
    assert slow["data"] == {"conversationId": room, "seconds": 600}
    told = await called(node, ada, "GET", f"/conversations/{room}")
    assert told["data"]["slowSeconds"] == 600
    body = {"conversationId": room, "content": "Hi", "clientId": "c1"}
    first = await ada.post("/api/messages", body)

    again = await ada.post("/api/messages", body)
    early = await ada.post("/api/messages", {**body, "clientId": "c2"})
    other = await bob.post("/api/messages", body)

    assert again["data"]["id"] == first["data"]["id"]
    assert (early.status, early["error"]) == (429, "Too Many Requests")
    assert 590 < int(early.headers["Retry-After"]) <= 600
    assert other.status == 201
    await called(node, ada, "PUT", f"/conversations/{room}/slow-mode", {"seconds": 0})
    assert (await ada.post("/api/messages", {**body, "clientId": "c2"})).status == 201


@once
async def test_a_page_that_asks_for_no_acks_is_told_that_it_is_too_early(cluster: Cluster) -> None:
    node = await cluster.node()
    ada = await cluster.frontend(node, "ada", dialect="linsta")
    room = (await ada.post("/api/chat/rooms", {"otherUserId": "bob"}))["chatRoomId"]
    await called(node, ada, "PUT", f"/conversations/{room}/slow-mode", {"seconds": 600})

    for _ in range(2):
        await ada.emit("send_message", {"chatRoomId": room, "text": "Hi"})

    assert await ada.hears("error") == {"message": "rate limited"}
    await ada.hears_nothing("error")
    assert await Message.all().count() == 1


@once
@pytest.mark.parametrize("seconds", [-1, 86_401, "5", None, True])
async def test_no_conversation_is_slowed_by_a_bad_number(cluster: Cluster, seconds: Any) -> None:
    node = await cluster.node()
    ada = cluster.person(node, "ada")
    path = f"/conversations/{await talk(ada, 'bob')}/slow-mode"

    assert (await called(node, ada, "PUT", path, {"seconds": seconds})).status == 400

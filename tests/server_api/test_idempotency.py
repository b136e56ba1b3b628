"""An `Idempotency-Key` writes once: retried, at once, on two nodes, and whatever fails between."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from realtime.app import NODE
from realtime.domain import receipts
from realtime.models import IdempotencyKey, Notification
from realtime.stores.idempotency import KEPT_FOR
from tests.nodes import SERVER_KEY
from tests.scenarios.steps import on_both_databases, once, talk

NOTICE = {"userId": "ada", "type": "GENERAL", "title": "Hello"}
MESSAGE = {"senderId": "bob", "receiverId": "ada", "content": "Hello"}
GROUP = {"participantIds": ["ada", "bob", "cy"], "title": "Lunch"}

on_postgres = pytest.mark.parametrize(("database", "transports"), [("postgres", "websocket")])


def keyed(backend, path, body, key="the key", method="POST"):
    headers = {"Idempotency-Key": key}
    return backend.request(method, path, json=body, headers=headers)


@on_both_databases
@pytest.mark.parametrize(
    ("path", "body", "event"),
    [
        ("/notifications", NOTICE, "notification:new"),
        (
            "/notifications",
            {"userIds": ["ada", "bob"], "type": "X", "title": "Hi"},
            "notification:new",
        ),
        ("/notifications", {"broadcast": True, "type": "X", "title": "Hi"}, "notification:new"),
        ("/messages", MESSAGE, "notification:new"),
        ("/messages", {**MESSAGE, "clientId": "mine"}, "notification:new"),
        ("/emit", {"event": "custom", "userId": "ada", "data": 1}, "custom"),
        ("/orders", {"userId": "ada", "order": {"id": 7}}, "order:updated"),
    ],
)
async def test_a_retry_gets_the_first_answer_and_tells_nobody(backend, ada, path, body, event):
    first = await keyed(backend, path, body)
    again = await keyed(backend, path, body)

    assert first.status in (201, 202), first.text
    assert (again.status, again.json) == (first.status, first.json)
    assert await ada.hears(event)
    await ada.hears_nothing(event)


@on_both_databases
async def test_a_retry_of_a_group_gets_the_201_again(backend):
    first, again = [await keyed(backend, "/conversations", GROUP) for _ in range(2)]

    assert (first.status, again.status) == (201, 201)
    assert first.json == again.json
    third = await backend.post("/conversations", GROUP)
    assert third["data"]["id"] != first["data"]["id"]


@on_both_databases
async def test_another_call_with_the_same_key_is_refused(backend, ada):
    await keyed(backend, "/notifications", NOTICE)

    for path, body in (
        ("/notifications", {**NOTICE, "title": "Other"}),
        ("/messages", MESSAGE),
        ("/emit", NOTICE),
    ):
        answer = await keyed(backend, path, {**body, "event": "x"} if path == "/emit" else body)
        assert (answer.status, set(answer.json)) == (409, {"error"}), path
    assert len((await ada.get("/api/notifications"))["data"]) == 1


@on_both_databases
@pytest.mark.parametrize(("path", "body"), [("/notifications", NOTICE), ("/messages", MESSAGE)])
async def test_calls_at_once_write_once_and_hear_the_same(backend, ada, path, body):
    answers = await asyncio.gather(*(keyed(backend, path, body) for _ in range(20)))

    assert {answer.status for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert await ada.hears("notification:new")
    await ada.hears_nothing("notification:new")


@on_postgres
@pytest.mark.parametrize(("path", "body"), [("/notifications", NOTICE), ("/messages", MESSAGE)])
async def test_two_nodes_at_once_write_once_and_answer_the_same(cluster, backend_of, path, body):
    nodes = [await cluster.process() for _ in range(2)]
    backends = [backend_of(node, SERVER_KEY) for node in nodes]

    for number in range(10):
        calls = (keyed(each, path, body, f"key {number}") for each in backends * 3)
        answers = await asyncio.gather(*calls)

        assert {answer.status for answer in answers} == {201}
        assert len({answer.text for answer in answers}) == 1

    ada = cluster.person(nodes[0], "ada")
    page = await ada.get("/api/notifications?limit=100")
    assert page["pagination"]["total"] == 10


@on_both_databases
async def test_what_is_refused_leaves_no_trace_and_its_key_free(cluster, backend_of):
    node = await cluster.node(users__must_exist=True)
    backend = backend_of(node)

    for path, body in (
        ("/notifications", {"userIds": ["ada", "bob"], "type": "X", "title": "Hi"}),
        ("/messages", MESSAGE),
        ("/conversations", GROUP),
    ):
        assert (await keyed(backend, path, body, path)).status == 404
        assert await IdempotencyKey.all().count() == 0
    await backend.put("/users", [{"id": user} for user in ("ada", "bob", "cy")])
    assert (await keyed(backend, "/messages", MESSAGE, "/messages")).status == 201
    assert (await keyed(backend, "/conversations", GROUP, "/conversations")).status == 201


@on_both_databases
async def test_who_was_made_known_by_a_call_that_failed_is_not_known(node, backend, monkeypatch):
    async def fails(*_args, **_keywords):
        raise ConnectionError

    with monkeypatch.context() as broken:
        broken.setattr(Notification, "bulk_create", fails)
        failed = await keyed(backend, "/notifications", {**NOTICE, "userId": "new"})
        assert (failed.status, failed.json) == (500, {"error": "Internal server error"})

    assert (await backend.get("/users/new/export")).status == 404
    made = await keyed(backend, "/notifications", {**NOTICE, "userId": "new"})
    assert made.status == 201


@on_both_databases
async def test_a_removal_that_is_rolled_back_leaves_everybody_where_she_is(
    node, backend, ada, bob, monkeypatch
):
    async def fails(*_args, **_keywords):
        raise ConnectionError

    made = await backend.made("/conversations", {"participantIds": ["ada", "bob"], "title": "Tea"})
    assert (await bob.ask("join:conversation", made["id"])) == {"success": True}
    path, joined = f"/conversations/{made['id']}/participants/bob", node.app[NODE].joined

    with monkeypatch.context() as broken:
        broken.setattr(receipts, "settle", fails)
        assert (await keyed(backend, path, None, method="DELETE")).status == 500
    assert await joined.users([UUID(made["id"])]) == {UUID(made["id"]): {"bob"}}

    assert (await keyed(backend, path, None, method="DELETE")).status == 200
    assert await joined.users([UUID(made["id"])]) == {UUID(made["id"]): set()}


@on_both_databases
async def test_a_message_whose_answer_was_lost_is_found_by_the_retry(backend, ada):
    first = await keyed(backend, "/messages", MESSAGE)
    # As a node that died between the message's commit and its answer's leaves it
    await IdempotencyKey.all().update(status=0, answer=None)

    again = await keyed(backend, "/messages", MESSAGE)

    assert again["data"]["id"] == first["data"]["id"]
    history = await ada.get(f"/api/messages/conversations/{await talk(ada, 'bob')}")
    assert len(history["messages"]) == 1


@once
async def test_a_key_is_forgotten_after_a_day(node, backend):
    first = await keyed(backend, "/notifications", NOTICE)
    long_ago = node.app[NODE].clock() - KEPT_FOR - timedelta(seconds=1)
    await IdempotencyKey.all().update(created_at=long_ago)

    again = await keyed(backend, "/notifications", NOTICE)

    assert again["data"]["id"] != first["data"]["id"]


@once
async def test_the_keys_of_two_backends_are_apart(cluster, backend_of):
    node = await cluster.node(server__api_keys={"shop": "one", "jobs": "two"})
    shop, jobs = backend_of(node, "one"), backend_of(node, "two")

    made = [await keyed(each, "/notifications", NOTICE) for each in (shop, jobs)]

    assert len({answer["data"]["id"] for answer in made}) == 2


@once
@pytest.mark.parametrize("key", ["", "x" * 256])
async def test_a_key_that_is_none_is_refused(backend, key):
    # The test's client leaves an empty header out, so that it is made of one blank
    answer = await keyed(backend, "/notifications", NOTICE, key or " ")

    assert (answer.status, answer["field"]) == (400, "Idempotency-Key")


@on_both_databases
async def test_adding_and_deleting_inside_a_key_is_known_at_once(backend, ada, bob):
    made = await backend.made("/conversations", {"participantIds": ["ada"], "title": "Lunch"})
    path = f"/conversations/{made['id']}/participants/bob"

    await keyed(backend, path, None, "add", "PUT")
    assert (await bob.ask("join:conversation", made["id"])) == {"success": True}
    await keyed(backend, path, None, "remove", "DELETE")
    await bob.settled()

    assert (await bob.ask("join:conversation", made["id"]))["success"] is False
    await keyed(backend, "/users", [{"id": "ada", "name": "Countess"}], "users", "PUT")
    await bob.settled()
    conversation_id = await talk(bob, "ada")
    history = await bob.get(f"/api/messages/conversations/{conversation_id}")
    assert history["conversation"]["otherUser"]["name"] == "Countess"

"""Custom events and order updates: in every dialect as they are, once per socket."""

from __future__ import annotations

import pytest

from tests.scenarios.steps import UNKNOWN, everyone_joins, once, talk

pytestmark = once

DIALECTS = ("conversations", "jobs", "skilllink", "linsta")


async def everyone_of(cluster, node, user):
    return [await cluster.frontend(node, user, dialect=name) for name in DIALECTS]


async def test_an_event_to_a_user_reaches_her_sockets_in_every_dialect_once(cluster, node, backend):
    hers, others = await everyone_of(cluster, node, "ada"), await everyone_of(cluster, node, "bob")

    answer = await backend.post("/emit", event="custom:event", userId="ada", data={"n": 1})

    assert (answer.status, answer.json) == (202, {"data": {"delivered": True}})
    for socket in hers:
        assert await socket.hears("custom:event") == {"n": 1}
        await socket.hears_nothing("custom:event")
    for socket in others:
        await socket.hears_nothing("custom:event")


async def test_a_socket_in_two_dialects_hears_an_event_once(backend, ada):
    await ada.emit("user_online")
    await ada.settled()

    await backend.made("/emit", {"event": "custom", "broadcast": True, "data": 1})
    await backend.made("/emit", {"event": "custom", "userIds": ["ada", "ada"], "data": 2})

    assert [await ada.hears("custom"), await ada.hears("custom")] == [1, 2]
    await ada.hears_nothing("custom")


async def test_both_namespaces_hear_it(cluster, node, backend):
    ada = await cluster.frontend(node, "ada", namespace="/api", dialect="skilllink")

    await backend.made("/emit", {"event": "announcement", "broadcast": True, "data": "noon"})
    await backend.made("/emit", {"event": "yours", "userId": "ada"})

    assert await ada.hears("announcement") == "noon"
    assert await ada.hears("yours") is None


@pytest.mark.parametrize("data", [None, 0, "", [], [1, [2]], {"a": None}, "text", 1.5, False])
async def test_data_arrives_as_it_was_given(backend, ada, data):
    await backend.made("/emit", {"event": "custom", "userId": "ada", "data": data})

    assert await ada.hears("custom") == data
    args = next(payload for name, payload in ada.history if name == "custom")
    assert type(args) is type(data)


@pytest.mark.parametrize("by", ["conversationId", "room"])
async def test_a_conversation_hears_what_is_meant_for_it(backend, ada, bob, by):
    conversation_id = await talk(ada, "bob")
    await everyone_joins(conversation_id, bob)
    target = conversation_id if by == "conversationId" else f"conversation:{conversation_id}"

    await backend.made("/emit", {"event": "poll", by: target, "data": 1})

    assert await bob.hears("poll") == 1
    await ada.hears_nothing("poll")


async def test_the_documents_room_of_a_user_is_hers(backend, ada, bob):
    await backend.made("/emit", {"event": "custom", "room": "user:ada", "data": 1})

    assert await ada.hears("custom") == 1
    await bob.hears_nothing("custom")


async def test_an_order_update_arrives_as_given(cluster, node, backend):
    hers, bob = await everyone_of(cluster, node, "ada"), await cluster.frontend(node, "bob")
    order = {"id": 7, "status": "SHIPPED", "items": [{"sku": None}]}

    answer = await backend.post("/orders", userId="ada", order=order)

    assert (answer.status, answer.json) == (202, {"data": {}})
    for socket in hers:
        assert await socket.hears("order:updated") == order
    await bob.hears_nothing("order:updated")


@pytest.mark.parametrize(
    "name",
    ["connect", "disconnect", "connect_error", "disconnecting", "newListener", "removeListener"],
)
async def test_a_reserved_name_is_refused(backend, ada, name):
    answer = await backend.post("/emit", event=name, broadcast=True)

    assert (answer.status, answer["field"]) == (400, "event")
    await ada.hears_nothing(name)


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"broadcast": True}, 400, "event"),
        ({"event": "", "broadcast": True}, 400, "event"),
        ({"event": 7, "broadcast": True}, 400, "event"),
        ({"event": "x"}, 400, "userId"),
        ({"event": "x", "userId": "ada", "broadcast": True}, 400, "broadcast"),
        ({"event": "x", "userIds": []}, 400, "userIds"),
        ({"event": "x", "userIds": "ada"}, 400, "userIds"),
        ({"event": "x", "room": ""}, 400, "room"),
        ({"event": "x", "broadcast": True, "data": "a\x00"}, 400, "data"),
        ({"event": "x", "conversationId": UNKNOWN}, 404, None),
    ],
)
async def test_a_bad_event_reaches_nobody(backend, ada, body, status, field):
    answer = await backend.post("/emit", body)

    assert answer.status == status, answer.text
    assert answer.json.get("field") == field
    await ada.hears_nothing("x")


async def test_an_order_that_is_no_object_is_refused(backend):
    answer = await backend.post("/orders", userId="ada", order=[1])

    assert (answer.status, answer["field"]) == (400, "order")

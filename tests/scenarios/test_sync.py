"""`GET /api/sync`: what a page of any dialect asks when it wakes up."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from realtime.domain import groups, messages, notifications, receipts
from realtime.domain.messages import Content
from tests.cluster import Cluster
from tests.nodes import SERVER_KEY
from tests.rest import Rest
from tests.scenarios.steps import backend, notify, on_both_databases, once, say, talk

DIALECTS = ("conversations", "jobs", "skilllink", "linsta")


async def cursor_of(person: Rest) -> str:
    answer = await person.get("/api/sync")
    assert answer.status == 200, answer.text
    assert (answer["changes"], answer["more"], answer["reload"]) == ([], False, False)
    return str(answer["cursor"])


async def since(person: Rest, cursor: str, **more: Any) -> Any:
    query = "".join(f"&{name}={value}" for name, value in more.items())
    return await person.get(f"/api/sync?since={cursor}{query}")


@on_both_databases
@pytest.mark.parametrize("dialect", DIALECTS)
async def test_every_dialect_is_told_alike_what_was_missed(cluster: Cluster, dialect: str) -> None:
    node = await cluster.node()
    ada = cluster.person(node, "ada")
    bob = cluster.person(node, "bob", dialect=dialect)
    room = await talk(ada, "bob")
    one = await say(ada, room, "One")
    cursor = await cursor_of(bob)

    two = await say(ada, room, "Two", clientId="c2")
    await ada.delete(f"/api/messages/{one['id']}")
    await receipts.mark_read(backend(node, "bob"), messages.UUID(room))
    await notify(node, "bob")
    answer = await since(bob, cursor)

    assert [each["type"] for each in answer["changes"]] == [
        "message",
        "notification",
        "message:deleted",
        "messages:read",
        "notification",
    ]
    message, made, deleted, read, notification = answer["changes"]
    assert message["message"]["id"] == two["id"]
    assert message["message"]["content"] == "Two"
    assert message["message"]["clientId"] == "c2"
    assert made["notification"]["data"]["conversationId"] == room
    assert deleted == {
        "type": "message:deleted", "conversationId": room, "messageIds": [one["id"]],
    }  # fmt: skip
    assert read == {
        "type": "messages:read",
        "conversationId": room,
        "readerId": "bob",
        "messageIds": [two["id"]],
    }
    assert notification["notification"]["userId"] == "bob"
    assert (answer["more"], answer["reload"]) == (False, False)
    assert (await since(bob, answer["cursor"]))["changes"] == []
    document = await bob.get("/openapi.json")
    _fits(document.json, answer.json)


def _fits(document: dict[str, Any], answer: Any) -> None:
    """The answer is what the description of the API says."""
    described = document["paths"]["/api/sync"]["get"]["responses"]["200"]
    schema = described["content"]["application/json"]["schema"]
    Draft202012Validator({**schema, "components": document["components"]}).validate(answer)


@once
async def test_people_and_what_is_done_with_notifications_are_told(cluster: Cluster) -> None:
    node = await cluster.node()
    bob, app = cluster.person(node, "bob"), backend(node)
    cursor = await cursor_of(bob)
    group, _ = await groups.make(app.node, ["ada", "bob", "eve"], "Choir", None)
    said = await messages.send(backend(node, "ada"), group.id, Content("Hi"))
    await messages.edit(backend(node, "ada"), said.id, "Hello")
    await groups.remove(app.node, group.id, "eve")
    await groups.remove(app.node, group.id, "bob")
    bobs = backend(node, "bob")
    await notify(node, "bob")
    (told, *_) = await notifications.listed(bobs, notifications.Choice(), limit=1)
    await notifications.mark_read(bobs, told.id)
    await notifications.mark_all_read(bobs)
    await notifications.delete(bobs, told.id)

    changes = (await since(bob, cursor))["changes"]

    kept, left, read, others, gone = changes
    # What she was told of a group that she has left stays in her list.
    assert kept["notification"]["data"]["messageId"] == str(said.id)
    assert left == {
        "type": "conversation:left", "conversationId": str(group.id), "userIds": ["bob"],
    }  # fmt: skip
    assert read == {"type": "notification:read", "notificationIds": [str(told.id)]}
    assert others == {
        "type": "notification:read", "notificationIds": [kept["notification"]["id"]],
    }  # fmt: skip
    assert gone == {"type": "notification:deleted", "notificationIds": [str(told.id)]}


@once
async def test_pages_follow_one_another(cluster: Cluster) -> None:
    node = await cluster.node()
    ada, bob = cluster.person(node, "ada"), cluster.person(node, "bob")
    room = await talk(ada, "bob")
    cursor = await cursor_of(bob)
    sent = [(await say(ada, room, str(n)))["id"] for n in range(5)]

    told: list[str] = []
    more, sizes = True, []
    while more:
        answer = await since(bob, cursor, limit=2)
        messages_of = [each for each in answer["changes"] if each["type"] == "message"]
        told += [each["message"]["id"] for each in messages_of]
        sizes.append(len(messages_of))
        cursor, more = answer["cursor"], answer["more"]

    assert (told, sizes) == (sent, [2, 2, 1])


@once
@pytest.mark.parametrize("limit", ["0", "-3", "x", "501", "", "1e3", "9" * 30])
async def test_a_limit_is_never_an_error(cluster: Cluster, limit: str) -> None:
    node = await cluster.node()
    bob = cluster.person(node, "bob")

    assert (await since(bob, await cursor_of(bob), limit=limit)).status == 200


BROKEN = "since is no cursor: call without it to get one"
FOREIGN = "since is somebody else's cursor: call without it to get your own"

SHAPES = {
    "conversations": {"error": BROKEN, "message": BROKEN},
    "jobs": {"success": False, "error": BROKEN},
    "skilllink": {"success": False, "error": BROKEN, "statusCode": 400},
    "linsta": {"error": BROKEN},
}


@once
@pytest.mark.parametrize("dialect", DIALECTS)
async def test_what_is_no_cursor_is_refused_in_the_dialects_shape(
    cluster: Cluster, dialect: str
) -> None:
    node = await cluster.node()
    bob = cluster.person(node, "bob", dialect=dialect)

    for given in ("", "nonsense", "%00", "A" * 5_000, "%E2%80%A6"):
        answer = await since(bob, given)
        assert (answer.status, answer.json) == (400, SHAPES[dialect])


@once
async def test_a_cursor_is_good_for_its_user_alone(cluster: Cluster) -> None:
    node = await cluster.node()
    cursor = await cursor_of(cluster.person(node, "ada"))

    answer = await since(cluster.person(node, "eve"), cursor)

    assert (answer.status, answer["error"]) == (400, FOREIGN)
    assert (await cluster.person(node, "eve", token=None).get("/api/sync")).status == 401


@once
async def test_with_integer_ids_who_wrote_is_a_number_wherever_it_is_told(
    cluster: Cluster,
) -> None:
    node = await cluster.node(user_ids="integer")
    one, two = cluster.person(node, "1"), cluster.person(node, "2")
    cursor = await cursor_of(two)
    await one.post("/api/messages", receiverId=2, content="Hi")

    told = [each for each in (await since(two, cursor))["changes"] if "notification" in each]

    (synced,) = (each["notification"]["data"]["senderId"] for each in told)
    (listed,) = (await two.get("/api/notifications"))["data"]
    application = Rest(two._http, node.url, token=SERVER_KEY, dialect="server")
    (shown,) = (await application.get("/api/server/users/2/notifications"))["data"]
    exported = (await application.get("/api/server/users/2/export"))["data"]
    (hers,) = exported["notifications"]
    found = [each["data"]["senderId"] for each in (listed, shown, hers)]
    assert [synced, *found] == [1, 1, 1, 1]

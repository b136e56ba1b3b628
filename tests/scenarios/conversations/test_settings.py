"""Settings that change this dialect's words: bare lists, integer ids, hidden addresses."""

from __future__ import annotations

import pytest

from tests.cluster import Cluster
from tests.frontend import Frontend, Refused
from tests.scenarios.steps import everyone_joins, group, notify, on_both_databases, once, say, talk
from tests.tokens import token


@on_both_databases
async def test_bare_lists_serve_the_frontend_that_shipped_with_the_seed(cluster: Cluster) -> None:
    node = await cluster.node(conversations__lists="bare")
    signed = token("bob", name="Bob", avatar="/bob.png")
    ada, bob = (
        await cluster.frontend(node, "ada"),
        await cluster.frontend(node, "bob", token=signed),
    )

    started = await ada.post("/api/messages/start-conversation", otherUserId="bob")
    posted = await ada.post("/api/messages", receiverId="bob", content="Hi")
    listed = await ada.get("/api/messages/conversations")
    history = await ada.get(f"/api/messages/conversations/{started['id']}")
    notifications = await bob.get("/api/notifications")

    assert started.status == 200
    participant = {"id": "bob", "name": "Bob", "email": None, "avatarUrl": "/bob.png"}
    assert started["participant"] == participant
    assert started["otherUser"]["avatar"] == "/bob.png"
    assert started["lastMessage"] is None
    assert posted.status == 201
    assert posted["content"] == "Hi"
    assert [(each["id"], each["participant"]) for each in listed.json] == [
        (started["id"], participant)
    ]
    assert listed.json[0]["lastMessage"]["id"] == posted["id"]
    assert history.json == [{**posted.json, "isMine": True}]
    assert [each["type"] for each in notifications.json] == ["NEW_MESSAGE"]


@once
async def test_a_bare_list_has_groups_without_a_participant(cluster: Cluster) -> None:
    node = await cluster.node(conversations__lists="bare")
    ada = cluster.person(node, "ada")
    await group(node, "ada", "bob", "carl")

    (shown,) = (await ada.get("/api/messages/conversations")).json

    assert shown["participant"] is None


@on_both_databases
async def test_with_integer_ids_every_user_id_is_a_number(cluster: Cluster) -> None:
    node = await cluster.node(user_ids="integer", presence__grace=0)
    one, two = await cluster.frontend(node, 1), await cluster.frontend(node, "2")
    assert await one.hears("user:status-changed") == {"userId": 1, "status": "online"}

    room = await talk(one, 2)
    assert await talk(two, "1") == room
    await everyone_joins(room, one, two)
    await two.emit("typing:start", room)
    message = (await one.post("/api/messages", receiverId="2", content="Hi"))["data"]

    assert (await one.hears("typing:start"))["userId"] == 2
    assert (message["senderId"], message["receiverId"]) == (1, 2)
    assert (message["sender"]["id"], message["receiver"]["id"]) == (1, 2)
    assert await two.hears("message:new") == message
    assert await one.ask("conversation:get-online-users", room) == [2]
    assert await one.ask("users:get-status", [2, "1", 3]) == [
        {"userId": 2, "status": "online"},
        {"userId": 1, "status": "online"},
        {"userId": 3, "status": "offline"},
    ]
    history = await two.get(f"/api/messages/conversations/{room}")
    assert history["messages"][0]["isMine"] is False
    assert history["conversation"]["otherUser"]["id"] == 1
    (shown,) = (await two.get("/api/messages/conversations"))["data"]
    assert [each["id"] for each in shown["participants"]] == [1, 2]
    assert shown["lastMessage"]["senderId"] == 1
    await notify(node, "2")
    assert (await two.hears("notification:new"))["userId"] == 2
    await two.ask("leave:conversation", room)
    await say(one, room, "Again")
    assert (await two.hears("notification:new"))["data"]["senderId"] == 1


@once
@pytest.mark.parametrize("user_id", ["ada", "1.5", "0x1", "१"])
async def test_with_integer_ids_a_token_of_another_kind_is_invalid(
    cluster: Cluster, user_id: str
) -> None:
    node = await cluster.node(user_ids="integer")

    with pytest.raises(Refused, match=r"^Invalid token$"):
        await cluster.frontend(node, user_id)


@once
async def test_with_integer_ids_another_kind_of_receiver_is_refused(cluster: Cluster) -> None:
    node = await cluster.node(user_ids="integer")
    one = await cluster.frontend(node, 1)

    assert (await one.post("/api/messages", receiverId="bob", content="Hi")).status == 400
    assert (await one.ask("user:get-status", "bob"))["success"] is False


@on_both_databases
async def test_addresses_can_be_kept_from_others(cluster: Cluster) -> None:
    node = await cluster.node(users__share_email=False)

    async def person(user_id: str) -> Frontend:
        signed = token(user_id, name=user_id, email=f"{user_id}@example.com")
        return await cluster.frontend(node, user_id, token=signed)

    ada, bob = await person("ada"), await person("bob")
    room = await talk(ada, "bob")
    await everyone_joins(room, ada, bob)
    await say(ada, room, "Hi")

    heard = await bob.hears("message:new")
    history = await bob.get(f"/api/messages/conversations/{room}")
    (shown,) = (await bob.get("/api/messages/conversations"))["data"]

    assert (heard["sender"]["email"], heard["receiver"]["email"]) == (None, None)
    assert history["messages"][0]["sender"]["email"] is None
    assert history["conversation"]["otherUser"]["email"] is None
    assert shown["otherUser"]["email"] is None

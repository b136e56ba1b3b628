"""Messages: POST `/api/messages`, `message:send`, and the `message:new` that both make."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.cluster import Cluster
from tests.frontend import Frontend
from tests.nodes import InProcess
from tests.scenarios.conversations.shapes import DATE, UUID7
from tests.scenarios.steps import (
    LONE_SURROGATE,
    UNKNOWN,
    everyone_joins,
    group,
    on_both_databases,
    once,
    say,
    talk,
)
from tests.tokens import token

NEITHER = {
    "error": "receiverId and content are required",
    "message": "receiverId and content are required",
}


async def test_a_posted_message_reaches_everybody_in_the_room(
    ada: Frontend, bob: Frontend, room: str
) -> None:
    answer = await ada.post("/api/messages", receiverId="bob", content="  Lunch? 🥗 ")

    assert answer.status == 201
    assert answer["message"] == "Message sent successfully"
    message = answer["data"]
    assert message["content"] == "Lunch? 🥗"
    assert await ada.hears("message:new") == message
    assert await bob.hears("message:new") == message


async def test_a_message_sent_over_the_socket_reaches_everybody_in_the_room(
    ada: Frontend, bob: Frontend, room: str
) -> None:
    sent = await ada.ask("message:send", {"conversationId": room, "content": "Lunch?"})

    assert sent["success"] is True
    assert await ada.hears("message:new") == sent["data"]
    assert await bob.hears("message:new") == sent["data"]


async def test_a_message_has_exactly_the_keys_of_the_page(
    cluster: Cluster, node: InProcess, bob: Frontend
) -> None:
    signed = token("ada", name="Ada L.", email="ada@example.com", avatar="/ada.png")
    ada = await cluster.frontend(node, "ada", token=signed)

    message = (await ada.post("/api/messages", receiverId="bob", content="Hi"))["data"]

    assert UUID7.match(message.pop("id"))
    assert UUID7.match(message.pop("conversationId"))
    created = message.pop("createdAt")
    assert DATE.match(created)
    assert message.pop("updatedAt") == created
    assert message == {
        "senderId": "ada",
        "receiverId": "bob",
        "content": "Hi",
        "isRead": False,
        "readAt": None,
        "attachments": None,
        "sender": {
            "id": "ada",
            "name": "Ada L.",
            "email": "ada@example.com",
            "avatar": "/ada.png",
        },
        "receiver": {"id": "bob", "name": "Bob", "email": None, "avatar": None},
        "seq": 1,
        "clientId": None,
        "editedAt": None,
    }


@once
async def test_both_ways_of_naming_the_receiver_are_one_conversation(
    ada: Frontend, bob: Frontend, room: str
) -> None:
    one = await ada.ask("message:send", {"receiverId": "bob", "content": "One"})
    two = await bob.post("/api/messages", conversationId=room, content="Two")

    assert one["data"]["conversationId"] == two["data"]["conversationId"] == room
    assert [one["data"]["seq"], two["data"]["seq"]] == [1, 2]


@on_both_databases
async def test_a_message_to_somebody_unknown_makes_a_placeholder(ada: Frontend) -> None:
    message = (await ada.post("/api/messages", receiverId="zoe", content="Hello?"))["data"]

    assert message["receiver"] == {"id": "zoe", "name": "zoe", "email": None, "avatar": None}


async def test_messages_of_two_people_are_heard_in_one_order(
    ada: Frontend, bob: Frontend, room: str
) -> None:
    mine = [
        ada.asked("message:send", {"conversationId": room, "content": str(n)}) for n in range(20)
    ]
    hers = [
        bob.asked("message:send", {"conversationId": room, "content": str(n)}) for n in range(20)
    ]
    acks = await asyncio.gather(*mine, *hers)

    heard = await ada.has_heard("message:new", 40)
    assert [message["seq"] for message in heard] == list(range(1, 41))
    assert await bob.has_heard("message:new", 40) == heard
    assert sorted(ack["data"]["seq"] for ack in acks) == list(range(1, 41))
    assert [ack["data"]["content"] for ack in acks[:20]] == [str(n) for n in range(20)]
    numbers = [ack["data"]["seq"] for ack in acks[:20]]
    assert numbers == sorted(numbers), "one socket's events are handled in the order sent"


async def test_a_member_of_a_group_is_heard_by_all_who_joined_it(
    cluster: Cluster, node: InProcess, ada: Frontend, bob: Frontend, eve: Frontend
) -> None:
    choir = await group(node, "ada", "bob", "eve")
    await everyone_joins(choir, ada, bob, eve)

    message = await say(ada, choir, "La")

    assert message["receiverId"] is None
    assert message["receiver"] is None
    for singer in (ada, bob, eve):
        assert await singer.hears("message:new") == message


async def test_a_stranger_can_send_nothing_into_a_conversation(
    ada: Frontend, eve: Frontend, room: str
) -> None:
    denied = "Access denied to this conversation"
    posted = await eve.post("/api/messages", conversationId=room, content="Hi")
    sent = await eve.ask("message:send", {"conversationId": room, "content": "Hi"})

    assert (posted.status, posted.json) == (403, {"error": denied, "message": denied})
    assert sent == {"success": False, "error": denied}
    await ada.hears_nothing("message:new", after=[eve])


@once
@pytest.mark.parametrize("unknown", [UNKNOWN, "no id"])
async def test_nothing_is_sent_into_an_unknown_conversation(ada: Frontend, unknown: str) -> None:
    text = "Conversation not found"
    posted = await ada.post("/api/messages", conversationId=unknown, content="Hi")
    sent = await ada.ask("message:send", {"conversationId": unknown, "content": "Hi"})

    assert (posted.status, posted.json) == (404, {"error": text, "message": text})
    assert sent == {"success": False, "error": text}


@once
async def test_nobody_writes_to_herself(ada: Frontend) -> None:
    text = "Cannot send message to yourself"
    posted = await ada.post("/api/messages", receiverId="ada", content="Hi")
    sent = await ada.ask("message:send", {"receiverId": "ada", "content": "Hi"})

    assert (posted.status, posted.json) == (400, {"error": text, "message": text})
    assert sent == {"success": False, "error": text}


BODIES: list[dict[str, Any]] = [
    {},
    {"receiverId": "bob"},
    {"content": "Hi"},
    {"receiverId": "bob", "content": ""},
    {"receiverId": "bob", "content": " \n\t "},
    {"receiverId": "bob", "content": None},
    {"receiverId": "bob", "content": 7},
    {"receiverId": "bob", "content": ["Hi"]},
    {"receiverId": None, "content": "Hi"},
    {"receiverId": "", "content": "Hi"},
    {"receiverId": True, "content": "Hi"},
    {"receiverId": 1.5, "content": "Hi"},
    {"receiverId": {"id": "bob"}, "content": "Hi"},
    {"receiverId": "x" * 65, "content": "Hi"},
    {"conversationId": 7, "content": "Hi"},
]


@once
async def test_a_message_without_receiver_or_content_is_refused(
    ada: Frontend, bob: Frontend, room: str
) -> None:
    for body in BODIES:
        posted = await ada.post("/api/messages", body)
        sent = await ada.ask("message:send", body)

        assert (posted.status, posted.json) == (400, NEITHER), body
        assert sent["success"] is False, body
    await bob.hears_nothing("message:new", after=[ada])


@once
async def test_a_body_that_is_no_object_is_refused(ada: Frontend) -> None:
    for body in ('["a list"]', '"text"', "null", "7", "{", "nan", ""):
        answer = await ada.request("POST", "/api/messages", data=body.encode())

        expected = "Invalid JSON" if body else "receiverId and content are required"
        assert (answer.status, answer.json) == (400, {"error": expected, "message": expected}), body


@on_both_databases
@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("x" * 10_001, "Message is too long"),
        ("a\x00b", "Invalid text"),
        (LONE_SURROGATE, "Invalid text"),
    ],
    ids=["too long", "NUL", "lone surrogate"],
)
async def test_a_text_that_cannot_be_kept_is_refused(
    ada: Frontend, bob: Frontend, room: str, content: str, text: str
) -> None:
    posted = await ada.post("/api/messages", conversationId=room, content=content)
    sent = await ada.ask("message:send", {"conversationId": room, "content": content})

    assert (posted.status, posted.json) == (400, {"error": text, "message": text})
    assert sent == {"success": False, "error": text}
    await bob.hears_nothing("message:new", after=[ada])
    assert (await say(ada, room, "Next"))["seq"] == 1, "a refused message takes no number"


@once
async def test_the_longest_text_is_counted_in_characters_after_trimming(
    ada: Frontend, room: str
) -> None:
    longest = "🥗" * 10_000

    assert (await say(ada, room, f"  {longest}\n"))["content"] == longest


@on_both_databases
async def test_where_users_must_exist_a_message_to_nobody_is_refused(cluster: Cluster) -> None:
    node = await cluster.node(users__must_exist=True)
    ada, bob = await cluster.frontend(node, "ada"), await cluster.frontend(node, "bob")
    text = "User not found"

    posted = await ada.post("/api/messages", receiverId="zoe", content="Hi")
    sent = await ada.ask("message:send", {"receiverId": "zoe", "content": "Hi"})
    started = await ada.post("/api/messages/start-conversation", otherUserId="zoe")

    assert (posted.status, posted.json) == (404, {"error": text, "message": text})
    assert (started.status, started.json) == (404, {"error": text, "message": text})
    assert sent == {"success": False, "error": text}
    assert await ada.ask("user:get-status", "zoe") == {"userId": "zoe", "status": "offline"}
    assert await talk(ada, "bob") == await talk(bob, "ada")


@once
async def test_the_longest_text_is_a_setting(cluster: Cluster) -> None:
    node = await cluster.node(messages__max_length=5)
    ada = await cluster.frontend(node, "ada")

    assert (await ada.post("/api/messages", receiverId="bob", content="12345")).status == 201
    assert (await ada.post("/api/messages", receiverId="bob", content="123456")).status == 400

"""Messages over REST, under both addresses."""

from __future__ import annotations

from typing import Any

import pytest

from realtime.models import User
from tests.cluster import Cluster
from tests.nodes import InProcess
from tests.scenarios.skilllink.app import SkillLink
from tests.scenarios.steps import (
    LONE_SURROGATE,
    UNKNOWN,
    group,
    on_both_databases,
    once,
    say,
    talk,
)
from tests.tokens import token


def wrong(path: str, *value: Any, msg: str = "Invalid value") -> dict[str, Any]:
    """One entry of the validator's list; without a value where the key is missing."""
    entry = {"type": "field", "msg": msg, "path": path, "location": "body"}
    return {**entry, "value": value[0]} if value else entry


@on_both_databases
async def test_posting_a_message_answers_201_with_both_people(ada: SkillLink) -> None:
    answer = await ada.post("/messages", receiverId="bob", content="  Hello!  ")

    assert answer.status == 201
    assert set(answer.json) == {"success", "data"}
    message = answer["data"]
    assert (message["senderId"], message["receiverId"]) == ("ada", "bob")
    assert (message["content"], message["read"]) == ("Hello!", False)
    assert message["receiver"] == {"id": "bob", "name": "bob", "avatar": None}, "has no name yet"
    assert message["createdAt"] == message["updatedAt"]


@once
@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, [wrong("receiverId"), wrong("content")]),
        ({"receiverId": "bob"}, [wrong("content")]),
        ({"receiverId": "bob", "content": "   "}, [wrong("content", "")]),
        ({"receiverId": "bob", "content": 7}, [wrong("content", 7)]),
        ({"receiverId": None, "content": "Hi"}, [wrong("receiverId", None)]),
        ({"receiverId": {"a": [1]}, "content": "Hi"}, [wrong("receiverId", {"a": [1]})]),
        ({"receiverId": "ada", "content": "Hi"}, [wrong("receiverId", "ada")]),
        (
            {"receiverId": LONE_SURROGATE, "content": ""},
            [wrong("receiverId", LONE_SURROGATE), wrong("content", "")],
        ),
        (
            {"receiverId": "bob", "content": "x" * 10_001},
            [wrong("content", "x" * 10_001, msg="Message is too long")],
        ),
        (
            {"receiverId": "bob", "content": "nul \x00"},
            [wrong("content", "nul \x00", msg="Invalid text")],
        ),
        (
            {"receiverId": "bob", "content": LONE_SURROGATE},
            [wrong("content", LONE_SURROGATE, msg="Invalid text")],
        ),
    ],
)
async def test_what_is_wrong_with_a_message_is_told_field_by_field(
    ada: SkillLink, bob: SkillLink, body: dict[str, Any], errors: list[dict[str, Any]]
) -> None:
    answer = await ada.post("/messages", body)

    assert (answer.status, answer.json) == (400, {"success": False, "errors": errors})
    await bob.socket.hears_nothing("new_message")


@once
async def test_a_body_that_is_no_object_is_invalid_json(ada: SkillLink) -> None:
    answer = await ada.socket.request("POST", f"{ada.base}/messages", data="[")

    assert (answer.status, answer.json) == (
        400,
        {"success": False, "error": "Invalid JSON", "statusCode": 400},
    )


@once
async def test_where_users_must_exist_nobody_writes_to_a_stranger(
    cluster: Cluster, base: str
) -> None:
    node = await cluster.node(users__must_exist=True)
    ada = await SkillLink.opens(cluster, node, "ada", base)

    answer = await ada.post("/messages", receiverId="nobody", content="Hi")

    assert (answer.status, answer.json) == (
        404,
        {"success": False, "error": "User not found", "statusCode": 404},
    )


@on_both_databases
async def test_conversations_are_listed_one_per_partner_the_latest_first(
    cluster: Cluster, node: InProcess, ada: SkillLink, bob: SkillLink
) -> None:
    await bob.send_message("ada", "From Bob")
    await bob.send_message("ada", "Again")
    last = await ada.send_message("cy", "To Cy")
    await talk(cluster.person(node, "ada"), "dan")  # says nothing

    listed = await ada.get_conversations()

    assert [each["partner"]["id"] for each in listed] == ["cy", "bob"]
    assert set(listed[0]) == {"partner", "lastMessage", "unreadCount"}
    assert listed[0]["lastMessage"] == last
    assert listed[1]["lastMessage"]["content"] == "Again"
    assert listed[1]["partner"] == {"id": "bob", "name": "Bob", "avatar": None}
    assert [each["unreadCount"] for each in listed] == [0, 2]


@on_both_databases
async def test_a_conversation_is_listed_oldest_first(ada: SkillLink, bob: SkillLink) -> None:
    sent = [
        await (ada if index % 2 else bob).send_message("bob" if index % 2 else "ada", f"{index}")
        for index in range(4)
    ]

    async def shown(query: str = "") -> list[str]:
        return [each["content"] for each in await ada.get_conversation("bob", query)]

    assert await shown() == ["0", "1", "2", "3"]
    assert await shown("?limit=2") == ["2", "3"]
    assert await shown(f"?limit=2&before={sent[3]['id']}") == ["1", "2"]
    assert await shown(f"?before={sent[1]['id']}") == ["0"]
    assert await shown("?limit=all") == ["0", "1", "2", "3"]
    assert await ada.get_conversation("bob") == sent


@once
async def test_nothing_comes_before_a_message_that_is_not_there(
    ada: SkillLink, bob: SkillLink
) -> None:
    await ada.send_message("bob", "Hi")

    answer = await bob.get(f"/messages/conversation/ada?before={UNKNOWN}")

    assert (answer.status, answer.json) == (
        404,
        {"success": False, "error": "Message not found", "statusCode": 404},
    )


@once
@pytest.mark.parametrize("partner", ["nobody", "ada", "b" * 65, "%00"])
async def test_with_somebody_unknown_there_is_nothing_and_it_makes_nobody(
    ada: SkillLink, partner: str
) -> None:
    known = await User.all().count()

    shown = await ada.get(f"/messages/conversation/{partner}")
    read = await ada.put(f"/messages/read/{partner}")

    assert (shown.status, shown.json) == (200, {"success": True, "data": []})
    assert (read.status, read.json) == (200, {"success": True})
    assert await User.all().count() == known


@on_both_databases
async def test_reading_marks_what_the_partner_sent_and_is_told_to_the_conversations_side(
    cluster: Cluster, node: InProcess, ada: SkillLink, bob: SkillLink
) -> None:
    other_app = await cluster.frontend(node, "ada")
    room = await talk(other_app, "bob")
    await other_app.ask("join:conversation", room)
    sent = [(await ada.send_message("bob", f"{index}"))["id"] for index in range(2)]
    await bob.send_message("ada", "Mine")
    assert [each["read"] for each in await bob.get_conversation("ada")] == [False, False, False]

    assert await bob.mark_as_read("ada") == {"success": True}

    assert [each["read"] for each in await bob.get_conversation("ada")] == [True, True, False]
    assert (await bob.get_conversations())[0]["unreadCount"] == 0
    assert await other_app.hears("messages:read") == {"conversationId": room, "messageIds": sent}


@once
async def test_a_deleted_message_is_gone(
    cluster: Cluster, node: InProcess, ada: SkillLink, bob: SkillLink
) -> None:
    await ada.send_message("bob", "Stays")
    goes = await ada.send_message("bob", "Goes")
    await cluster.person(node, "ada").delete(f"/api/messages/{goes['id']}")

    (listed,) = await bob.get_conversations()

    assert (listed["lastMessage"]["content"], listed["unreadCount"]) == ("Stays", 1)
    assert [each["content"] for each in await bob.get_conversation("ada")] == ["Stays"]


@once
async def test_groups_are_neither_listed_nor_heard(
    cluster: Cluster, node: InProcess, bob: SkillLink
) -> None:
    choir = await group(node, "bob", "cy")
    cy = cluster.person(node, "cy")

    await say(cy, choir, "Rehearsal at eight")

    await bob.socket.hears_nothing("new_message", "notification")
    assert await bob.get_conversations() == []


@once
@pytest.mark.parametrize(
    ("bearer", "error"),
    [
        ("", "Authentication required"),
        ("none.of.ours", "Invalid or expired token"),
        (token("ada", expires=-60), "Invalid or expired token"),
    ],
)
async def test_a_call_needs_a_token(ada: SkillLink, bearer: str, error: str) -> None:
    headers = {"Authorization": f"Bearer {bearer}" if bearer else ""}

    for path in ("/messages/conversations", "/messages/conversation/bob", "/notifications"):
        answer = await ada.get(path, headers=headers)
        assert (answer.status, answer.json) == (
            401,
            {"success": False, "error": error, "statusCode": 401},
        )

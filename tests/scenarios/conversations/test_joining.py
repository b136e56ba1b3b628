"""`join:conversation`, `leave:conversation`, `conversation:get-online-users`."""

from __future__ import annotations

import asyncio

import pytest

from tests.cluster import Cluster
from tests.frontend import Frontend
from tests.nodes import InProcess
from tests.scenarios.steps import UNKNOWN, everyone_joins, group, once, say, words
from tests.tokens import token


async def test_who_joined_hears_what_is_said(
    ada: Frontend, bob: Frontend, conversation: str
) -> None:
    await bob.emit("join:conversation", conversation)
    await bob.settled()

    await say(ada, conversation, "Lunch?")

    assert (await bob.hears("message:new"))["content"] == "Lunch?"


async def test_who_has_not_joined_hears_no_message(
    ada: Frontend, bob: Frontend, conversation: str
) -> None:
    await say(ada, conversation, "Lunch?")

    await bob.hears_nothing("message:new", after=[ada])


@once
async def test_joining_and_leaving_take_an_object_too(
    ada: Frontend, bob: Frontend, conversation: str
) -> None:
    assert await bob.ask("join:conversation", {"conversationId": conversation}) == {"success": True}
    await say(ada, conversation, "Lunch?")
    await bob.hears("message:new")

    left = await bob.ask("leave:conversation", {"conversationId": conversation})
    await say(ada, conversation, "Bob?")

    assert left == {"success": True}
    await bob.hears_nothing("message:new", after=[ada])


async def test_who_left_hears_nothing_more(ada: Frontend, bob: Frontend, room: str) -> None:
    await bob.emit("leave:conversation", room)
    await bob.settled()

    await say(ada, room, "Bob?")

    await ada.hears("message:new")
    await bob.hears_nothing("message:new", after=[ada])


@once
async def test_joining_twice_is_joining_once(ada: Frontend, bob: Frontend, room: str) -> None:
    await everyone_joins(room, bob)
    await say(ada, room, "One")
    await say(ada, room, "Two")

    assert [(await bob.hears("message:new"))["content"] for _ in range(2)] == ["One", "Two"]
    await bob.hears_nothing("message:new", after=[ada])
    await bob.ask("leave:conversation", room)
    assert await ada.ask("conversation:get-online-users", room) == []


@once
async def test_leaving_what_one_has_not_joined_is_no_error(
    bob: Frontend, conversation: str
) -> None:
    assert await bob.ask("leave:conversation", conversation) == {"success": True}


async def test_a_stranger_can_neither_join_nor_leave(
    ada: Frontend, eve: Frontend, room: str
) -> None:
    refused = {"success": False, "error": "Access denied to this conversation"}

    assert await eve.ask("join:conversation", room) == refused
    assert await eve.ask("leave:conversation", room) == refused

    await say(ada, room, "Between us")
    await eve.hears_nothing("message:new", "error", after=[ada])


@once
async def test_a_refusal_without_an_ack_is_silent(ada: Frontend, eve: Frontend, room: str) -> None:
    await eve.emit("join:conversation", room)
    await eve.emit("join:conversation", UNKNOWN)

    await eve.settled()
    assert words(eve) == []


@once
@pytest.mark.parametrize("event", ["join:conversation", "leave:conversation"])
async def test_an_unknown_conversation_and_a_malformed_id_are_the_same(
    eve: Frontend, event: str
) -> None:
    refused = {"success": False, "error": "Conversation not found"}

    for unknown in (UNKNOWN, "not an id", "", "x" * 5000):
        assert await eve.ask(event, unknown) == refused, unknown


async def test_the_online_users_are_the_others_who_joined_each_once(
    cluster: Cluster, node: InProcess, ada: Frontend, bob: Frontend, conversation: str
) -> None:
    phone = await cluster.frontend(node, "bob")
    assert await ada.ask("conversation:get-online-users", conversation) == []

    await everyone_joins(conversation, ada, bob, phone)

    assert await ada.ask("conversation:get-online-users", conversation) == ["bob"]
    assert await bob.ask("conversation:get-online-users", conversation) == ["ada"]


async def test_who_left_or_disconnected_is_not_among_the_online_users(
    cluster: Cluster, node: InProcess, ada: Frontend, bob: Frontend, room: str
) -> None:
    phone = await cluster.frontend(node, "bob")
    await everyone_joins(room, phone)

    await bob.ask("leave:conversation", room)
    assert await ada.ask("conversation:get-online-users", room) == ["bob"]

    await phone.disconnect()
    gone = await ada.ask("conversation:get-online-users", room)
    while gone:  # a polling client's goodbye travels on its own
        gone = await ada.ask("conversation:get-online-users", room)
    assert gone == []


@once
@pytest.mark.parametrize("parting", ["leaves", "disconnects"])
async def test_who_joined_with_one_of_a_pages_two_sockets_is_there(
    cluster: Cluster, node: InProcess, ada: Frontend, conversation: str, parting: str
) -> None:
    """Two frontends on one page share its connection, each in a namespace of its own."""
    his = token("bob", name="Bob")
    bob = await cluster.frontend(node, "bob", token=his)
    beside = await cluster.frontend(node, "bob", token=his, namespace="/api", beside=bob)
    await everyone_joins(conversation, bob, beside)

    if parting == "leaves":
        assert await beside.ask("leave:conversation", conversation) == {"success": True}
    else:
        await beside.disconnect()
        await bob.settled()

    assert await ada.ask("conversation:get-online-users", conversation) == ["bob"]
    await say(ada, conversation, "Hi")
    assert (await bob.hears("message:new"))["content"] == "Hi"
    await bob.hears_nothing("notification:new", after=[ada])


@once
async def test_online_users_of_a_group_are_told_to_a_member_who_has_not_joined(
    cluster: Cluster, node: InProcess, ada: Frontend, bob: Frontend, eve: Frontend
) -> None:
    choir = await group(node, "ada", "bob", "eve")
    await everyone_joins(choir, bob, eve)

    assert await ada.ask("conversation:get-online-users", {"conversationId": choir}) == [
        "bob",
        "eve",
    ]


@once
async def test_who_appears_offline_is_not_among_the_online_users(
    cluster: Cluster, node: InProcess, ada: Frontend, bob: Frontend, room: str
) -> None:
    await everyone_joins(room, bob)
    other_app = await cluster.frontend(node, "bob", dialect="jobs")

    assert await other_app.ask("user_offline") == {"success": True}
    assert await ada.ask("conversation:get-online-users", room) == []
    await say(ada, room, "I know that you are there")
    await bob.hears("message:new")

    await other_app.ask("user_online")
    while await ada.ask("conversation:get-online-users", room) != ["bob"]:  # noqa: ASYNC110
        await asyncio.sleep(0.05)


@once
async def test_a_refused_question_for_online_users_is_answered_with_an_empty_list(
    eve: Frontend, room: str
) -> None:
    for asked in (room, UNKNOWN, "no id", 7, None, {}, ["a"]):
        assert await eve.ask("conversation:get-online-users", asked) == [], asked

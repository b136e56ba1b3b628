"""Reading: PUT `…/read`, `messages:mark-read`, `messages:read`, and the unread count."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cluster import Cluster
from tests.frontend import Frontend
from tests.nodes import InProcess
from tests.rest import Rest
from tests.scenarios.steps import UNKNOWN, everyone_joins, group, on_both_databases, once, say


async def unread(person: Rest) -> int:
    answer = await person.get("/api/messages/unread-count")
    assert answer.status == 200
    assert answer["unreadCount"] == answer["count"]
    return int(answer["count"])


async def read_flags(person: Rest, conversation_id: str) -> list[bool]:
    history = await person.get(f"/api/messages/conversations/{conversation_id}")
    return [message["isRead"] for message in history["messages"]]


async def test_reading_over_rest_is_told_to_the_room_reader_included(
    ada: Frontend, bob: Frontend, room: str
) -> None:
    ids = [(await say(ada, room, text))["id"] for text in ("One", "Two")]
    await say(bob, room, "Mine")

    answer = await bob.put(f"/api/messages/conversations/{room}/read")

    assert (answer.status, answer.json) == (200, {"message": "Messages marked as read"})
    expected = {"conversationId": room, "messageIds": ids}
    assert await ada.hears("messages:read") == expected
    assert await bob.hears("messages:read") == expected


async def test_reading_over_the_socket_is_told_to_the_room(
    ada: Frontend, bob: Frontend, room: str
) -> None:
    message = await say(ada, room, "One")

    answer = await bob.ask("messages:mark-read", {"conversationId": room})

    read = {"conversationId": room, "messageIds": [message["id"]]}
    assert answer == {"success": True, "data": read}
    assert await ada.hears("messages:read") == read
    assert await bob.hears("messages:read") == read


async def test_what_was_read_is_read_in_history_and_count(
    ada: Frontend, bob: Frontend, room: str
) -> None:
    await say(ada, room, "One")
    await say(ada, room, "Two")
    assert (await unread(bob), await unread(ada)) == (2, 0)

    await bob.put(f"/api/messages/conversations/{room}/read")

    assert await unread(bob) == 0
    history = await ada.get(f"/api/messages/conversations/{room}")
    assert all(message["isRead"] and message["readAt"] for message in history["messages"])


@once
async def test_reading_what_is_read_already_is_told_to_nobody(
    ada: Frontend, bob: Frontend, room: str
) -> None:
    await say(ada, room, "One")
    await bob.put(f"/api/messages/conversations/{room}/read")
    await ada.hears("messages:read")

    assert (await bob.put(f"/api/messages/conversations/{room}/read")).status == 200
    again = await bob.ask("messages:mark-read", {"conversationId": room})

    assert again["data"] == {"conversationId": room, "messageIds": []}
    await ada.hears_nothing("messages:read", after=[bob])


@once
async def test_one_does_not_read_ones_own_messages(ada: Frontend, bob: Frontend, room: str) -> None:
    await say(ada, room, "Mine")

    await ada.put(f"/api/messages/conversations/{room}/read")

    await bob.hears_nothing("messages:read", after=[ada])
    assert await read_flags(ada, room) == [False]


@on_both_databases
async def test_reading_up_to_a_message_leaves_the_later_ones_unread(
    ada: Frontend, bob: Frontend, room: str
) -> None:
    one, two, three = [(await say(ada, room, text))["id"] for text in ("One", "Two", "Three")]

    first = await bob.ask("messages:mark-read", {"conversationId": room, "upTo": two})
    earlier = await bob.ask("messages:mark-read", {"conversationId": room, "upTo": one})

    assert first["data"]["messageIds"] == [one, two]
    assert earlier["data"]["messageIds"] == []
    assert await unread(bob) == 1
    rest = await bob.ask("messages:mark-read", {"conversationId": room})
    assert rest["data"]["messageIds"] == [three]


@once
@pytest.mark.parametrize("up_to", [UNKNOWN, "no id"])
async def test_reading_up_to_an_unknown_message_is_refused(
    bob: Frontend, room: str, up_to: str
) -> None:
    answer = await bob.ask("messages:mark-read", {"conversationId": room, "upTo": up_to})

    assert answer == {"success": False, "error": "Message not found"}


async def test_a_stranger_reads_nothing(ada: Frontend, eve: Frontend, room: str) -> None:
    denied = "Access denied to this conversation"
    await say(ada, room, "Between us")

    answer = await eve.put(f"/api/messages/conversations/{room}/read")
    sent = await eve.ask("messages:mark-read", {"conversationId": room})

    assert (answer.status, answer.json) == (403, {"error": denied, "message": denied})
    assert sent == {"success": False, "error": denied}
    await ada.hears_nothing("messages:read", after=[eve])


@once
@pytest.mark.parametrize("unknown", [UNKNOWN, "no-id"])
async def test_an_unknown_conversation_cannot_be_read(ada: Frontend, unknown: str) -> None:
    text = "Conversation not found"

    answer = await ada.put(f"/api/messages/conversations/{unknown}/read")
    sent = await ada.ask("messages:mark-read", {"conversationId": unknown})

    assert (answer.status, answer.json) == (404, {"error": text, "message": text})
    assert sent == {"success": False, "error": text}


@once
@pytest.mark.parametrize("body", [None, 7, [], {}, {"conversationId": 7}, {"conversationId": None}])
async def test_a_malformed_mark_read_changes_nothing(
    ada: Frontend, bob: Frontend, room: str, body: Any
) -> None:
    await say(ada, room, "One")

    assert (await bob.ask("messages:mark-read", body))["success"] is False
    assert await unread(bob) == 1


async def test_in_a_group_read_means_read_by_all_the_others(
    cluster: Cluster, node: InProcess, ada: Frontend, bob: Frontend, eve: Frontend
) -> None:
    choir = await group(node, "ada", "bob", "eve")
    await everyone_joins(choir, ada, bob, eve)
    message = await say(ada, choir, "La")

    await bob.put(f"/api/messages/conversations/{choir}/read")
    assert await read_flags(ada, choir) == [False]
    await ada.hears_nothing("messages:read", after=[bob])
    assert (await unread(bob), await unread(eve)) == (0, 1)

    await eve.put(f"/api/messages/conversations/{choir}/read")
    assert (await ada.hears("messages:read"))["messageIds"] == [message["id"]]
    assert await read_flags(ada, choir) == [True]


@once
async def test_who_has_not_joined_hears_no_receipts(
    ada: Frontend, bob: Frontend, conversation: str
) -> None:
    await say(ada, conversation, "One")

    await bob.put(f"/api/messages/conversations/{conversation}/read")

    await ada.hears_nothing("messages:read", after=[bob])


@once
async def test_reading_messages_leaves_their_notifications_unread(
    ada: Frontend, bob: Frontend, conversation: str
) -> None:
    await say(ada, conversation, "One")

    await bob.put(f"/api/messages/conversations/{conversation}/read")

    assert (await bob.get("/api/notifications/unread-count")).json == {"unreadCount": 1, "count": 1}
    await say(ada, conversation, "Two")
    await bob.put("/api/notifications/read-all")
    assert await unread(bob) == 1

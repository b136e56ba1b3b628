"""Deleting and editing: DELETE and PUT `/api/messages/:id`, `message:delete`, `message:edit`."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from realtime import core
from realtime.models import Message
from tests.cluster import Cluster
from tests.frontend import Frontend
from tests.scenarios.steps import (
    LONE_SURROGATE,
    UNKNOWN,
    on_both_databases,
    once,
    say,
    talk,
)


async def test_a_deletion_over_rest_is_told_to_the_room_sender_included(
    ada: Frontend, bob: Frontend, room: str
) -> None:
    message = await say(ada, room, "Oops")

    answer = await ada.delete(f"/api/messages/{message['id']}")

    assert (answer.status, answer.json) == (200, {"message": "Message deleted successfully"})
    told = {"conversationId": room, "messageId": message["id"]}
    assert await ada.hears("message:deleted") == told
    assert await bob.hears("message:deleted") == told


async def test_a_deletion_over_the_socket_is_told_to_the_room(
    ada: Frontend, bob: Frontend, room: str
) -> None:
    message = await say(ada, room, "Oops")

    answer = await ada.ask("message:delete", {"messageId": message["id"]})

    told = {"conversationId": room, "messageId": message["id"]}
    assert answer == {"success": True, "data": told}
    assert await ada.hears("message:deleted") == told
    assert await bob.hears("message:deleted") == told


async def test_a_deleted_message_is_nowhere_and_its_number_stays_taken(
    ada: Frontend, bob: Frontend, conversation: str
) -> None:
    await say(ada, conversation, "Kept")
    oops = await say(ada, conversation, "Oops")
    await bob.hears("notification:new")

    await ada.delete(f"/api/messages/{oops['id']}")

    history = await bob.get(f"/api/messages/conversations/{conversation}")
    assert [message["content"] for message in history["messages"]] == ["Kept"]
    assert history["pagination"]["total"] == 1
    (overview,) = (await bob.get("/api/messages/conversations"))["data"]
    assert (overview["lastMessage"]["content"], overview["unreadCount"]) == ("Kept", 1)
    assert (await bob.get("/api/messages/unread-count"))["count"] == 1
    assert (await bob.get("/api/notifications"))["pagination"]["total"] == 1
    assert (await say(ada, conversation, "Next"))["seq"] == 3


@once
async def test_a_deleted_message_cannot_be_deleted_or_edited_again(
    ada: Frontend, bob: Frontend, room: str
) -> None:
    oops = await say(ada, room, "Oops")
    await ada.delete(f"/api/messages/{oops['id']}")
    await bob.hears("message:deleted")

    deleted = await ada.delete(f"/api/messages/{oops['id']}")
    edited = await ada.put(f"/api/messages/{oops['id']}", content="Back")

    assert (deleted.status, edited.status) == (404, 404)
    await bob.hears_nothing("message:deleted", "message:updated", after=[ada])


async def test_an_edit_over_rest_is_told_to_the_room(
    ada: Frontend, bob: Frontend, room: str
) -> None:
    message = await say(ada, room, "Lunhc?")

    answer = await ada.put(f"/api/messages/{message['id']}", content=" Lunch? ")

    assert (answer.status, answer["message"]) == (200, "Message updated")
    edited = answer["data"]
    assert edited["content"] == "Lunch?"
    assert edited["editedAt"] == edited["updatedAt"] >= message["createdAt"]
    unchanged = {"content", "editedAt", "updatedAt"}
    assert {k: v for k, v in edited.items() if k not in unchanged} == {
        k: v for k, v in message.items() if k not in unchanged
    }
    assert await ada.hears("message:updated") == edited
    assert await bob.hears("message:updated") == edited


async def test_an_edit_over_the_socket_is_told_to_the_room_and_kept(
    ada: Frontend, bob: Frontend, room: str
) -> None:
    message = await say(ada, room, "Lunhc?")

    answer = await ada.ask("message:edit", {"messageId": message["id"], "content": "Lunch?"})

    assert answer["success"] is True
    assert await bob.hears("message:updated") == answer["data"]
    history = await bob.get(f"/api/messages/conversations/{room}")
    assert history["messages"] == [{**answer["data"], "isMine": False}]


async def test_an_edit_changes_the_words_in_the_notification_that_it_made(
    ada: Frontend, bob: Frontend
) -> None:
    apart = await talk(ada, "bob")
    message = await say(ada, apart, "My password is swordfish " + "x" * 200)
    (before,) = (await bob.get("/api/notifications"))["data"]

    await ada.put(f"/api/messages/{message['id']}", content="Never mind " + "y" * 200)

    (notice,) = (await bob.get("/api/notifications"))["data"]
    assert "swordfish" in before["message"]
    assert "swordfish" not in str(notice)
    assert "Never mind" in notice["message"]
    assert len(notice["message"]) < 200


async def test_a_retry_of_a_message_that_was_deleted_is_told_so(
    ada: Frontend, bob: Frontend, room: str
) -> None:
    body = {"conversationId": room, "content": "Oops", "clientId": "c1"}
    sent = await ada.post("/api/messages", body)
    await ada.delete(f"/api/messages/{sent['data']['id']}")

    again = await ada.post("/api/messages", body)
    over_the_socket = await ada.ask("message:send", body)

    assert (again.status, again["message"]) == (410, "Message was deleted")
    assert over_the_socket == {"success": False, "error": "Message was deleted"}
    assert (await bob.get(f"/api/messages/conversations/{room}"))["messages"] == []


async def test_only_the_sender_may_delete_and_edit(ada: Frontend, bob: Frontend, room: str) -> None:
    text = "You can only delete your own messages"
    message = await say(ada, room, "Mine")
    path = f"/api/messages/{message['id']}"

    answers = [await bob.delete(path), await bob.put(path, content="His")]
    acks = [
        await bob.ask("message:delete", {"messageId": message["id"]}),
        await bob.ask("message:edit", {"messageId": message["id"], "content": "His"}),
    ]

    assert {answer.status for answer in answers} == {403}
    assert all(answer.json == {"error": text, "message": text} for answer in answers)
    assert acks == [{"success": False, "error": text}] * 2
    await ada.hears_nothing("message:deleted", "message:updated", after=[bob])


async def test_for_a_stranger_the_message_does_not_exist(
    ada: Frontend, eve: Frontend, room: str
) -> None:
    text = "Message not found"
    message = await say(ada, room, "Mine")
    path = f"/api/messages/{message['id']}"

    answers = [await eve.delete(path), await eve.put(path, content="Hers")]
    acks = [
        await eve.ask("message:delete", {"messageId": message["id"]}),
        await eve.ask("message:edit", {"messageId": message["id"], "content": "Hers"}),
    ]

    assert [answer.status for answer in answers] == [404, 404]
    assert all(answer.json == {"error": text, "message": text} for answer in answers)
    assert acks == [{"success": False, "error": text}] * 2
    await ada.hears_nothing("message:deleted", "message:updated", after=[eve])


@once
@pytest.mark.parametrize("unknown", [UNKNOWN, "no-id"])
async def test_an_unknown_message_is_not_found(ada: Frontend, unknown: str) -> None:
    text = "Message not found"

    deleted = await ada.delete(f"/api/messages/{unknown}")
    edited = await ada.put(f"/api/messages/{unknown}", content="Hi")

    assert (deleted.status, deleted.json) == (404, {"error": text, "message": text})
    assert (edited.status, edited.json) == (404, {"error": text, "message": text})
    assert await ada.ask("message:delete", {"messageId": unknown}) == {
        "success": False,
        "error": text,
    }


@once
@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("x" * 10_001, "Message is too long"),
        ("a\x00b", "Invalid text"),
        (LONE_SURROGATE, "Invalid text"),
        ("", None),
        (None, None),
        (7, None),
    ],
    ids=["too long", "NUL", "surrogate", "empty", "null", "number"],
)
async def test_a_bad_text_changes_no_message(
    ada: Frontend, bob: Frontend, room: str, content: Any, text: str | None
) -> None:
    message = await say(ada, room, "Kept")

    answer = await ada.put(f"/api/messages/{message['id']}", {"content": content})
    ack = await ada.ask("message:edit", {"messageId": message["id"], "content": content})

    assert answer.status == 400
    assert ack["success"] is False
    if text is not None:
        assert answer.json == {"error": text, "message": text}
        assert ack["error"] == text
    await bob.hears_nothing("message:updated", after=[ada])
    history = await ada.get(f"/api/messages/conversations/{room}")
    assert history["messages"][0]["content"] == "Kept"


@once
@pytest.mark.parametrize("body", [None, "id", {}, {"messageId": 7}, {"messageId": None}, []])
@pytest.mark.parametrize("event", ["message:delete", "message:edit"])
async def test_a_malformed_change_is_refused(ada: Frontend, event: str, body: Any) -> None:
    assert (await ada.ask(event, body))["success"] is False


@once
async def test_who_has_not_joined_hears_of_no_change(
    ada: Frontend, bob: Frontend, conversation: str
) -> None:
    message = await say(ada, conversation, "One")
    await ada.put(f"/api/messages/{message['id']}", content="Two")
    await ada.delete(f"/api/messages/{message['id']}")

    await bob.hears_nothing("message:updated", "message:deleted", after=[ada])


@on_both_databases
async def test_past_the_delete_window_a_message_stays(cluster: Cluster) -> None:
    node = await cluster.node(messages__delete_window=15)
    ada = await cluster.frontend(node, "ada")
    room = await talk(ada, "bob")
    old, fresh = await say(ada, room, "Old"), await say(ada, room, "Fresh")
    sixteen_minutes_ago = core.now() - timedelta(minutes=16)
    await Message.filter(id=old["id"]).update(created_at=sixteen_minutes_ago)
    text = "Can only delete messages within 15 minutes of sending"

    late = await ada.delete(f"/api/messages/{old['id']}")
    too = await ada.ask("message:delete", {"messageId": old["id"]})

    assert (late.status, late.json) == (403, {"error": text, "message": text})
    assert too == {"success": False, "error": text}
    assert (await ada.delete(f"/api/messages/{fresh['id']}")).status == 200

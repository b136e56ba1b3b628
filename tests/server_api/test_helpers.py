"""The documents' helpers, inside the process and in another Python process: the same calls."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator

import pytest

from realtime.api import Api, CallRefused
from realtime.client import Client
from realtime.in_process import API
from tests.nodes import SERVER_KEY, InProcess
from tests.scenarios.steps import everyone_joins, once, say, talk

pytestmark = once

DOCUMENTED = {
    "emit_new_message",
    "emit_message_read",
    "emit_message_deleted",
    "emit_notification_to_user",
    "send_notification_to_user",
    "send_notification_to_users",
    "broadcast_notification",
    "emit_order_update",
    "send_to_user",
    "send_to_room",
    "broadcast_to_all",
    "broadcast",
    "is_user_online",
    "get_online_users_count",
}


@pytest.fixture(params=["in the process", "over HTTP"])
async def calls(request: pytest.FixtureRequest, node: InProcess) -> AsyncIterator[Api]:
    """The same helpers by both ways."""
    assert node.app is not None
    if request.param == "in the process":
        yield node.app[API]
        return
    async with Client(node.url, SERVER_KEY) as client:
        yield client


async def test_all_helpers_of_the_documents_are_there(calls):
    assert {name for name, _ in inspect.getmembers(calls)} >= DOCUMENTED


async def test_messages_and_receipts(calls, ada, bob):
    conversation_id = await talk(ada, "bob")
    await everyone_joins(conversation_id, bob)

    made = await calls.emit_new_message(conversation_id, {"senderId": "ada", "content": "Hi"})
    assert (await bob.hears("message:new"))["id"] == made["id"]
    await calls.emit_message_read(conversation_id, [made["id"]])
    assert (await bob.hears("messages:read"))["messageIds"] == [made["id"]]
    await calls.emit_message_deleted(conversation_id, made["id"])
    assert (await bob.hears("message:deleted"))["messageId"] == made["id"]
    sent = await calls.send_message("ada", "bob", "Again", type="text")
    assert (await bob.hears("message:new"))["id"] == sent["id"]


async def test_notifications(calls, ada, bob):
    notice = {"type": "GENERAL", "title": "Hello"}

    one = await calls.send_notification_to_user("ada", notice, idempotency_key="k")
    assert await calls.emit_notification_to_user("ada", notice, idempotency_key="k") == one
    assert (await ada.hears("notification:new"))["id"] == one["id"]
    assert len(await calls.send_notification_to_users(["ada", "bob"], notice)) == 2
    made = await calls.broadcast_notification(notice)
    assert set(made) == {"id", "createdAt", "expiresAt"}
    gone = [await calls.withdraw_broadcast(made["id"], idempotency_key="b") for _ in range(2)]
    assert gone == [{"id": made["id"], "touched": 0}] * 2
    assert await calls.send_notification_to_user("ada", {**notice, "actorId": "ada"}) is None


async def test_events(calls, ada):
    await calls.send_to_user("ada", "custom", {"n": 1})
    await calls.send_to_room("user:ada", "custom", None)
    await calls.broadcast("custom")
    await calls.broadcast_to_all("custom", [1])
    await calls.emit_order_update("ada", {"id": 7})

    assert [await ada.hears("custom") for _ in range(4)] == [{"n": 1}, None, None, [1]]
    assert await ada.hears("order:updated") == {"id": 7}


async def test_presence(calls, ada):
    assert await calls.is_user_online("ada") is True
    assert await calls.is_user_online("a/b?c") is False
    assert await calls.get_online_users_count() == 1
    assert [each["sockets"] for each in (await calls.presence(["ada", "bob"]))["users"]] == [1, 0]


async def test_users_conversations_and_rooms(calls, ada):
    assert await calls.upsert_users([{"id": "bob", "name": "Bob"}, {"id": "cy"}]) == 2
    group = await calls.create_conversation(["ada", "bob"], title="Lunch")
    assert "cy" in (await calls.add_participant(group["id"], "cy"))["participantIds"]
    assert "cy" not in (await calls.remove_participant(group["id"], "cy"))["participantIds"]
    await calls.join_room("cohort/7", "ada")
    await calls.send_to_room("cohort/7", "custom", 1)
    assert await ada.hears("custom") == 1
    await calls.leave_room("cohort/7", "ada")
    await calls.send_to_room("cohort/7", "custom", 1)
    await ada.hears_nothing("custom")
    assert (await calls.export_user("bob"))["name"] == "Bob"
    assert (await calls.delete_user("bob"))["userId"] == "bob"
    assert await calls.disconnect_user("ada", revoke_tokens=True) == 1


async def test_all_nodes_are_looked_at(calls, ada):
    (node,) = (await calls.list_nodes())["items"]
    assert (node["connections"], node["worker"]) == (1, False)
    (hers,) = (await calls.list_connections(user="ada"))["items"]
    assert hers["sid"] == ada.sid
    assert (await calls.list_connections(slow="true"))["items"] == []
    assert (await calls.list_rooms(name="user:", limit=1))["items"][0]["connections"] == 1
    assert (await calls.list_troubles(level="error"))["missing"] == []
    assert (await calls.list_failures("webhook"))["items"] == []
    assert await calls.resend_webhook("0195d3f0-0000-7000-8000-000000000000") == 0
    assert await calls.disconnect_connection(ada.sid) == 1
    await ada.is_disconnected()


async def test_a_refusal_says_what_is_wrong(calls):
    with pytest.raises(CallRefused) as refused:
        await calls.send_to_user("ada", "connect")
    assert (refused.value.status, refused.value.field) == (400, "event")

    with pytest.raises(CallRefused) as refused:
        await calls.send_message("ada", "ada", "Hi")
    assert refused.value.error == "Cannot send message to yourself"

    with pytest.raises(CallRefused) as refused:
        await calls.call("GET", "/api/server/nothing")
    assert (refused.value.status, refused.value.field) == (404, None)


async def test_a_wrong_key_is_refused(node):
    async with Client(node.url, "nope") as client:
        with pytest.raises(CallRefused) as refused:
            await client.get_online_users_count()

    assert refused.value.status == 401


async def test_a_message_of_the_process_keeps_the_conversations_order(node, ada, bob):
    api = node.app[API]
    conversation_id = await talk(ada, "bob")
    await everyone_joins(conversation_id, bob)

    first = await say(ada, conversation_id, "1")
    second = await api.emit_new_message(conversation_id, {"senderId": "bob", "content": "2"})

    heard = [await bob.hears("message:new") for _ in range(2)]
    assert [(each["id"], each["seq"]) for each in heard] == [(first["id"], 1), (second["id"], 2)]

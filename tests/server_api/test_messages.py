"""Messages in a user's name, kept here or by the application, and their receipts."""

from __future__ import annotations

import pytest

from realtime.api import CallRefused
from realtime.in_process import API
from tests.scenarios.steps import UNKNOWN, everyone_joins, on_both_databases, once, say, talk


@on_both_databases
async def test_a_message_is_stored_and_heard_in_every_dialect(cluster, node, backend):
    bob = await cluster.frontend(node, "bob")
    jobs = await cluster.frontend(node, "bob", dialect="jobs")
    skilllink = await cluster.frontend(node, "bob", dialect="skilllink")
    linsta = await cluster.frontend(node, "bob", dialect="linsta")
    conversation_id = await talk(bob, "ada")
    await everyone_joins(conversation_id, bob)
    await linsta.emit("join_room", {"chatRoomId": conversation_id})
    await linsta.settled()

    body = {"senderId": "ada", "receiverId": "bob", "content": " Lunch? ", "clientId": "c1"}
    made = await backend.made("/messages", body)

    assert made["conversationId"] == conversation_id
    assert (made["content"], made["seq"], made["clientId"]) == ("Lunch?", 1, "c1")
    assert (await bob.hears("message:new"))["id"] == made["id"]
    assert (await jobs.hears("message_received"))["message"] == "Lunch?"
    assert (await skilllink.hears("new_message"))["content"] == "Lunch?"
    assert (await linsta.hears("receive_message"))["text"] == "Lunch?"
    history = await bob.get(f"/api/messages/conversations/{conversation_id}")
    assert [each["id"] for each in history["messages"]] == [made["id"]]
    assert (await backend.made("/messages", body))["id"] == made["id"]
    await bob.hears_nothing("message:new")


@once
async def test_an_attachment_and_a_type_are_shown_as_the_dialects_show_them(cluster, node, backend):
    jobs = await cluster.frontend(node, "bob", dialect="jobs")
    body = {"senderId": "ada", "receiverId": "bob", "content": "See", "type": "image"}

    made = await backend.made("/messages", {**body, "attachmentUrl": "/files/1.png"})

    told = await jobs.hears("message_received")
    assert (told["messageType"], told["attachmentUrl"]) == ("image", "/files/1.png")
    assert made["attachments"][0]["url"] == "/files/1.png"


@on_both_databases
async def test_a_message_that_the_application_keeps_is_delivered_and_not_kept(
    cluster, node, backend, ada, bob
):
    jobs = await cluster.frontend(node, "bob", dialect="jobs")
    conversation_id = await talk(ada, "bob")
    await everyone_joins(conversation_id, ada, bob)
    row = {"id": "row-7", "createdAt": "2026-01-05T13:00:00.5+01:00", "content": "Hi"}

    made = await backend.made(
        "/messages",
        {"conversationId": conversation_id, "senderId": "ada", "store": False, **row},
    )

    assert (made["id"], made["createdAt"]) == ("row-7", "2026-01-05T12:00:00.500Z")
    for person in (ada, bob):
        told = await person.hears("message:new")
        assert (told["id"], told["createdAt"]) == ("row-7", "2026-01-05T12:00:00.500Z")
    assert (await jobs.hears("message_received"))["id"] == "row-7"
    assert (await bob.get(f"/api/messages/conversations/{conversation_id}"))["messages"] == []
    assert (await bob.get("/api/messages/unread-count"))["count"] == 0
    assert (await bob.get("/api/notifications"))["data"] == []
    stored = await say(ada, conversation_id, "Kept")
    assert stored["seq"] == 1
    assert (await bob.hears("message:new"))["id"] == stored["id"]


@on_both_databases
async def test_reading_is_told_to_the_conversation_and_counts_here(backend, ada, bob):
    conversation_id = await talk(ada, "bob")
    first, second, third = [await say(ada, conversation_id, text) for text in "123"]
    await everyone_joins(conversation_id, ada, bob)

    answer = await backend.post(
        "/messages/read", conversationId=conversation_id, messageIds=[first["id"], third["id"]]
    )

    assert (answer.status, answer.json) == (200, {"data": {}})
    told = {"conversationId": conversation_id, "messageIds": [first["id"], third["id"]]}
    assert await ada.hears("messages:read") == told
    assert await bob.hears("messages:read") == told
    history = await bob.get(f"/api/messages/conversations/{conversation_id}")
    assert [each["isRead"] for each in history["messages"]] == [True, False, True]
    await bob.put(f"/api/messages/conversations/{conversation_id}/read")
    assert (await ada.hears("messages:read"))["messageIds"] == [second["id"]]
    assert (await bob.get("/api/messages/unread-count"))["count"] == 0


@once
async def test_reading_everything_leaves_nothing_unread(backend, ada, bob):
    conversation_id = await talk(ada, "bob")
    ids = [(await say(ada, conversation_id, text))["id"] for text in "123"]

    await backend.post("/messages/read", conversationId=conversation_id, messageIds=ids)

    assert (await bob.get("/api/messages/unread-count"))["count"] == 0


@once
async def test_the_receipts_of_the_applications_own_rows_are_only_told(backend, ada, bob):
    conversation_id = await talk(ada, "bob")
    await everyone_joins(conversation_id, ada, bob)

    await backend.post("/messages/read", conversationId=conversation_id, messageIds=["row-7"])
    await backend.post("/messages/deleted", conversationId=conversation_id, messageId="row-7")

    told = {"conversationId": conversation_id, "messageIds": ["row-7"]}
    assert await bob.hears("messages:read") == told
    told = {"conversationId": conversation_id, "messageId": "row-7"}
    assert await bob.hears("message:deleted") == told


@on_both_databases
async def test_a_deleted_message_is_gone_everywhere_and_told_once(backend, ada, bob):
    conversation_id = await talk(ada, "bob")
    message = await say(ada, conversation_id, "Oops")
    await everyone_joins(conversation_id, ada, bob)
    body = {"conversationId": conversation_id, "messageId": message["id"]}

    for _ in range(2):
        assert (await backend.post("/messages/deleted", body)).status == 200

    assert await bob.hears("message:deleted") == body
    await bob.hears_nothing("message:deleted")
    assert (await bob.get(f"/api/messages/conversations/{conversation_id}"))["messages"] == []
    assert (await bob.get("/api/notifications"))["data"] == []


@once
@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"senderId": None}, 400, "senderId"),
        ({"receiverId": None}, 400, "receiverId"),
        ({"content": None}, 400, "content"),
        ({"content": "  "}, 400, "content"),
        ({"content": "x" * 10_001}, 400, "content"),
        ({"content": "a\x00"}, 400, "content"),
        ({"content": 7}, 400, "content"),
        ({"receiverId": "ada"}, 400, "receiverId"),
        ({"store": "no"}, 400, "store"),
        ({"clientId": "x" * 65}, 400, "clientId"),
        ({"attachmentUrl": "javascript:1"}, 400, "attachmentUrl"),
        ({"conversationId": UNKNOWN}, 404, None),
        ({"conversationId": "nonsense"}, 404, None),
    ],
)
async def test_a_bad_message_names_its_field(backend, bob, change, status, field):
    for store in (True, False):
        body = {"senderId": "ada", "receiverId": "bob", "content": "Hi", "store": store, **change}

        answer = await backend.post("/messages", {k: v for k, v in body.items() if v is not None})

        assert answer.status == status, answer.text
        assert answer.json.get("field") == field
    assert (await bob.get("/api/messages/conversations"))["data"] == []


@once
@pytest.mark.parametrize(
    ("field", "value"), [("id", "row-7"), ("createdAt", "2020-01-05T12:00:00Z")]
)
async def test_a_message_that_is_kept_here_gets_its_id_and_date_here(backend, bob, field, value):
    body = {"senderId": "ada", "receiverId": "bob", "content": "Hi", field: value}

    answer = await backend.post("/messages", body)

    assert (answer.status, answer.json["field"]) == (400, field)
    assert (await bob.get("/api/messages/conversations"))["data"] == []


@once
@pytest.mark.parametrize("store", [True, False])
async def test_nobody_writes_where_she_takes_no_part(backend, ada, bob, store):
    conversation_id = await talk(ada, "bob")
    body = {"senderId": "eve", "conversationId": conversation_id, "content": "Hi", "store": store}

    answer = await backend.post("/messages", body)

    assert answer.status == 403
    assert set(answer.json) == {"error"}


@once
async def test_receipts_of_no_conversation_are_refused(backend):
    body = {"conversationId": UNKNOWN, "messageIds": ["1"], "messageId": "1"}

    assert (await backend.post("/messages/read", body)).status == 404
    assert (await backend.post("/messages/deleted", body)).status == 404
    assert (await backend.post("/messages/read", {**body, "messageIds": []})).status == 400


@on_both_databases
async def test_sending_again_what_was_deleted_meanwhile_is_gone(backend, node, ada, bob):
    body = {"senderId": "ada", "receiverId": "bob", "content": "Hi", "clientId": "once"}
    message = await backend.made("/messages", body)
    assert (await ada.delete(f"/api/messages/{message['id']}")).status == 200

    again = await backend.post("/messages", body)
    with pytest.raises(CallRefused) as refused:
        await node.app[API].send_message("ada", "bob", "Hi", clientId="once")

    assert (again.status, again.json) == (410, {"error": "Message was deleted"})
    assert (refused.value.status, refused.value.error) == (410, "Message was deleted")
    assert (await bob.get("/api/messages/unread-count"))["count"] == 0

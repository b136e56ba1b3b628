"""Pairs and groups, as the application makes and changes them."""

from __future__ import annotations

import asyncio

import pytest

from tests.scenarios.steps import UNKNOWN, everyone_joins, on_both_databases, once, say, talk

ID = "01976d3e-8f1a-7c2b-9d4e-5f6a7b8c9d0e"


@on_both_databases
async def test_two_without_a_title_have_one_conversation(backend, ada):
    first = await backend.post("/conversations", participantIds=["ada", "bob"])
    again = await backend.post("/conversations", participantIds=["bob", "ada", "ada"])

    assert (first.status, again.status) == (201, 200)
    assert first["data"]["isGroup"] is False
    assert first["data"]["id"] == again["data"]["id"] == await talk(ada, "bob")


@on_both_databases
async def test_a_pair_can_have_the_applications_id(backend, ada):
    made = await backend.post("/conversations", id=ID, participantIds=["ada", "bob"])

    assert (made.status, made["data"]["id"]) == (201, ID)
    assert await talk(ada, "bob") == ID
    taken = await backend.post("/conversations", id=ID, participantIds=["ada", "cy"])
    assert taken.status == 409


@on_both_databases
async def test_a_group_is_made_once_and_heard_by_its_people(cluster, node, backend, ada, bob):
    body = {"id": ID, "participantIds": ["ada", "bob", "cy"], "title": "Lunch"}

    made, again = (
        await backend.post("/conversations", body),
        await backend.post("/conversations", body),
    )

    assert (made.status, again.status) == (201, 200)
    assert made["data"]["participantIds"] == ["ada", "bob", "cy"]
    assert (made["data"]["title"], made["data"]["isGroup"]) == ("Lunch", True)
    await everyone_joins(ID, ada, bob)
    assert (await say(ada, ID, "Hi"))["receiverId"] is None
    assert (await bob.hears("message:new"))["content"] == "Hi"
    listed = (await bob.get("/api/messages/conversations"))["data"][0]
    assert [each["id"] for each in listed["participants"]] == ["ada", "bob", "cy"]


@on_both_databases
async def test_who_is_added_hears_and_writes_from_then_on(backend, ada, bob):
    made = await backend.made("/conversations", {"participantIds": ["ada"], "title": "Lunch"})
    await say(ada, made["id"], "Before")
    assert (await bob.ask("join:conversation", made["id"]))["success"] is False

    added = await backend.put(f"/conversations/{made['id']}/participants/bob")

    assert (added.status, added["data"]["participantIds"]) == (200, ["ada", "bob"])
    await everyone_joins(made["id"], bob)
    await say(bob, made["id"], "Hello")
    assert (await bob.get("/api/messages/unread-count"))["count"] == 0


@on_both_databases
async def test_who_leaves_hears_and_writes_nothing_more_on_any_socket(cluster, node, backend):
    ada = await cluster.frontend(node, "ada")
    bobs = [await cluster.frontend(node, "bob") for _ in range(2)]
    body = {"participantIds": ["ada", "bob", "cy"], "title": "Lunch"}
    conversation_id = (await backend.made("/conversations", body))["id"]
    await everyone_joins(conversation_id, ada, *bobs)

    left = await backend.delete(f"/conversations/{conversation_id}/participants/bob")

    assert (left.status, left["data"]["participantIds"]) == (200, ["ada", "cy"])
    message = await say(ada, conversation_id, "Without Bob")
    assert (await ada.hears("message:new"))["id"] == message["id"]
    for bob in bobs:
        await bob.hears_nothing("message:new")
        refused = await bob.ask(
            "message:send", {"conversationId": conversation_id, "content": "Still here"}
        )
        assert refused["success"] is False
        assert (await bob.ask("join:conversation", conversation_id))["success"] is False
    body = {"senderId": "bob", "conversationId": conversation_id, "content": "Still here"}
    assert (await backend.post("/messages", body)).status == 403


@on_both_databases
async def test_no_message_of_hers_comes_after_she_was_removed(backend, ada, bob):
    body = {"participantIds": ["ada", "bob"], "title": "Lunch"}
    conversation_id = (await backend.made("/conversations", body))["id"]
    sent = [
        asyncio.create_task(
            ada.post("/api/messages", conversationId=conversation_id, content=str(number))
        )
        for number in range(100)
    ]
    await sent[0]

    await backend.delete(f"/conversations/{conversation_id}/participants/ada")

    removed = await ada.post("/api/messages", conversationId=conversation_id, content="late")
    assert removed.status == 403
    answers = await asyncio.gather(*sent)
    history = await bob.get(f"/api/messages/conversations/{conversation_id}?limit=100")
    stored = [each["seq"] for each in history["messages"]]
    assert stored == list(range(1, sum(each.status == 201 for each in answers) + 1))


@once
@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "participantIds"),
        ({"participantIds": []}, "participantIds"),
        ({"participantIds": "ada"}, "participantIds"),
        ({"participantIds": ["ada", ""]}, "participantIds"),
        ({"participantIds": ["ada", "bob"], "title": ""}, "title"),
        ({"participantIds": ["ada", "bob"], "id": "nonsense"}, "id"),
    ],
)
async def test_a_bad_conversation_names_its_field(backend, body, field):
    answer = await backend.post("/conversations", body)

    assert (answer.status, answer["field"]) == (400, field)


@once
@pytest.mark.parametrize("method", ["PUT", "DELETE"])
async def test_nobody_takes_part_in_what_is_not_there(backend, method):
    answer = await backend.request(method, f"/conversations/{UNKNOWN}/participants/ada")

    assert (answer.status, answer.json) == (404, {"error": "Conversation not found"})

"""Starting, listing and reading conversations over REST."""

from __future__ import annotations

import asyncio

import pytest

from tests.cluster import Cluster
from tests.frontend import Frontend
from tests.nodes import InProcess
from tests.scenarios.conversations.shapes import DATE, person
from tests.scenarios.steps import UNKNOWN, group, on_both_databases, once, say, talk
from tests.tokens import token


async def test_starting_a_conversation_gives_the_same_one_each_time_to_both(
    ada: Frontend, bob: Frontend
) -> None:
    started = await ada.post("/api/messages/start-conversation", otherUserId="bob")

    assert (started.status, started["message"]) == (200, "Conversation ready")
    conversation = started["data"]["conversationId"]
    assert started["data"] == {"conversationId": conversation, "otherUser": person("bob")}
    again = await bob.post("/api/messages/start-conversation", otherUserId="ada")
    assert again["data"] == {"conversationId": conversation, "otherUser": person("ada")}


@on_both_databases
async def test_a_pair_that_starts_at_the_same_moment_has_one_conversation(
    ada: Frontend, bob: Frontend
) -> None:
    found = await asyncio.gather(
        *(talk(ada, "bob") for _ in range(4)), *(talk(bob, "ada") for _ in range(4))
    )

    assert len(set(found)) == 1


@once
async def test_nobody_starts_a_conversation_with_herself_or_with_no_id(ada: Frontend) -> None:
    required = "otherUserId is required"
    nobody = [None, "", ["bob"], True, "x" * 65, "a\x00b"]
    wrong = {"ada": "Cannot start conversation with yourself"}
    for other, text in [*wrong.items(), *((each, required) for each in nobody)]:
        answer = await ada.post("/api/messages/start-conversation", {"otherUserId": other})

        assert (answer.status, answer.json) == (400, {"error": text, "message": text}), other


@once
async def test_an_id_may_come_as_a_number(ada: Frontend) -> None:
    assert await talk(ada, 7) == await talk(ada, "7")


async def test_the_list_shows_each_conversation_with_its_last_message(
    ada: Frontend, bob: Frontend
) -> None:
    silent = await talk(ada, "eve")
    conversation = await talk(ada, "bob")
    await say(ada, conversation, "One")
    last = await say(ada, conversation, "Two")

    answer = await bob.get("/api/messages/conversations")

    (shown,) = answer["data"]
    assert DATE.match(shown.pop("createdAt"))
    assert shown == {
        "id": conversation,
        "otherUser": person("ada"),
        "participants": [person("ada"), person("bob")],
        "lastMessage": {
            "id": last["id"],
            "content": "Two",
            "isRead": False,
            "createdAt": last["createdAt"],
            "senderId": "ada",
        },
        "unreadCount": 2,
        "lastMessageAt": last["createdAt"],
    }
    assert answer["pagination"] == {"page": 1, "limit": 20, "total": 1, "totalPages": 1}
    hers = (await ada.get("/api/messages/conversations"))["data"]
    assert [each["id"] for each in hers] == [conversation, silent]
    assert (hers[1]["lastMessage"], hers[1]["lastMessageAt"]) == (None, None)
    assert hers[0]["unreadCount"] == 0


@on_both_databases
async def test_the_list_has_the_latest_first_and_comes_in_pages(ada: Frontend) -> None:
    started = [await talk(ada, other) for other in ("bob", "carl", "dora")]
    await say(ada, started[1], "Latest")

    first = await ada.get("/api/messages/conversations?page=1&limit=2")
    second = await ada.get("/api/messages/conversations?page=2&limit=2")

    found = [each["id"] for answer in (first, second) for each in answer["data"]]
    assert found == [started[1], started[2], started[0]]
    assert second["pagination"] == {"page": 2, "limit": 2, "total": 3, "totalPages": 2}


@once
async def test_nobody_sees_a_conversation_of_others(eve: Frontend, conversation: str) -> None:
    answer = await eve.get("/api/messages/conversations")

    assert answer["data"] == []
    assert answer["pagination"] == {"page": 1, "limit": 20, "total": 0, "totalPages": 0}


async def test_a_history_shows_messages_oldest_first_and_marks_nothing(
    ada: Frontend, bob: Frontend, room: str
) -> None:
    one = await say(ada, room, "One")
    two = await say(bob, room, "Two")

    history = await bob.get(f"/api/messages/conversations/{room}")

    assert history.status == 200
    assert history["messages"] == [{**one, "isMine": False}, {**two, "isMine": True}]
    assert DATE.match(history["conversation"].pop("createdAt"))
    assert history["conversation"] == {"id": room, "otherUser": person("ada")}
    assert history["pagination"] == {"page": 1, "limit": 50, "total": 2, "totalPages": 1}
    assert (await bob.get("/api/messages/unread-count"))["count"] == 1
    await ada.hears_nothing("messages:read", after=[bob])


@on_both_databases
async def test_the_first_page_of_a_history_is_the_newest(ada: Frontend, conversation: str) -> None:
    for number in range(1, 6):
        await say(ada, conversation, str(number))

    async def page(query: str) -> list[str]:
        history = await ada.get(f"/api/messages/conversations/{conversation}?{query}")
        return [message["content"] for message in history["messages"]]

    assert await page("limit=2") == ["4", "5"]
    assert await page("limit=2&page=2") == ["2", "3"]
    assert await page("limit=2&page=3") == ["1"]
    assert await page("limit=2&page=4") == []


@on_both_databases
async def test_a_history_goes_on_before_or_after_a_message(
    ada: Frontend, conversation: str
) -> None:
    sent = [await say(ada, conversation, str(number)) for number in range(1, 6)]
    path = f"/api/messages/conversations/{conversation}"

    before = await ada.get(f"{path}?before={sent[3]['id']}&limit=2&page=3")
    after = await ada.get(f"{path}?after={sent[1]['id']}&limit=2")
    none = await ada.get(f"{path}?after={sent[4]['id']}")

    assert [message["content"] for message in before["messages"]] == ["2", "3"]
    assert [message["content"] for message in after["messages"]] == ["3", "4"]
    assert none["messages"] == []
    assert before["pagination"] == {"page": 1, "limit": 2, "total": 5, "totalPages": 3}


@once
async def test_a_deleted_message_still_marks_a_place_in_the_history(
    ada: Frontend, conversation: str
) -> None:
    sent = [await say(ada, conversation, str(number)) for number in range(1, 4)]
    await ada.delete(f"/api/messages/{sent[1]['id']}")

    after = await ada.get(f"/api/messages/conversations/{conversation}?after={sent[1]['id']}")

    assert [message["content"] for message in after["messages"]] == ["3"]


@once
@pytest.mark.parametrize("query", [f"before={UNKNOWN}", "after=no-id"])
async def test_a_place_that_is_no_message_of_this_conversation_is_not_found(
    ada: Frontend, conversation: str, query: str
) -> None:
    answer = await ada.get(f"/api/messages/conversations/{conversation}?{query}")

    assert (answer.status, answer["error"]) == (404, "Message not found")


PAGES = [
    ("page=0&limit=0", 1, 1),
    ("page=-1&limit=-5", 1, 1),
    ("page=x&limit=x", 1, 50),
    ("page=1.5&limit=1.5", 1, 50),
    ("limit=101", 1, 100),
    ("page=&limit=", 1, 50),
    ("limit=99999999999999999999999999", 1, 50),
    ("page=1e3", 1, 50),
    ("page=%00", 1, 50),
]


@once
async def test_page_numbers_out_of_range_are_clamped_or_the_default(
    ada: Frontend, conversation: str
) -> None:
    for query, page, limit in PAGES:
        answer = await ada.get(f"/api/messages/conversations/{conversation}?{query}")

        assert answer.status == 200, query
        found = (answer["pagination"]["page"], answer["pagination"]["limit"])
        assert found == (page, limit), query


@once
async def test_a_page_far_beyond_the_end_is_empty(ada: Frontend, conversation: str) -> None:
    for path in (
        f"/api/messages/conversations/{conversation}",
        "/api/messages/conversations",
        "/api/notifications",
    ):
        answer = await ada.get(f"{path}?page=999999999999999999")
        assert answer.status == 200
        assert (answer.json.get("messages") or answer.json.get("data") or []) == []


async def test_a_stranger_reads_no_history(ada: Frontend, eve: Frontend, room: str) -> None:
    text = "Access denied to this conversation"
    await say(ada, room, "Between us")

    answer = await eve.get(f"/api/messages/conversations/{room}")

    assert (answer.status, answer.json) == (403, {"error": text, "message": text})


@once
async def test_an_unknown_history_is_not_found(ada: Frontend) -> None:
    text = "Conversation not found"
    for unknown in (UNKNOWN, "no-id", "%00", "%ED%A0%BD", "x" * 3000):
        answer = await ada.get(f"/api/messages/conversations/{unknown}")

        assert (answer.status, answer.json) == (404, {"error": text, "message": text}), unknown


async def test_a_group_is_listed_without_an_other_user(
    cluster: Cluster, node: InProcess, ada: Frontend, bob: Frontend, eve: Frontend
) -> None:
    choir = await group(node, "ada", "bob", "eve")
    await say(ada, choir, "La")

    (shown,) = (await eve.get("/api/messages/conversations"))["data"]
    history = await eve.get(f"/api/messages/conversations/{choir}")

    assert shown["otherUser"] is None
    assert [each["id"] for each in shown["participants"]] == ["ada", "bob", "eve"]
    assert shown["lastMessage"]["content"] == "La"
    assert shown["unreadCount"] == 1
    assert history["conversation"]["otherUser"] is None
    assert history["messages"][0]["receiver"] is None


@on_both_databases
async def test_names_follow_the_latest_token(cluster: Cluster, node: InProcess) -> None:
    ada = cluster.person(node, "ada")
    bob = cluster.person(node, "bob")
    conversation = await talk(ada, "bob")
    await say(bob, conversation, "Hi")

    renamed = token("bob", name="Robert", avatar="https://example.com/bob.png")
    await bob.get("/api/messages/unread-count", token=renamed)

    history = await ada.get(f"/api/messages/conversations/{conversation}")
    assert history["conversation"]["otherUser"]["name"] == "Robert"
    assert history["messages"][0]["sender"]["avatar"] == "https://example.com/bob.png"
    nameless = token("bob")
    await bob.get("/api/messages/unread-count", token=nameless)
    (shown,) = (await ada.get("/api/messages/conversations"))["data"]
    assert shown["otherUser"]["name"] == "Robert", "an absent claim changes nothing"

"""A conversation of two keeps its two, and what one sees of a partner who is gone."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from realtime.api import CallRefused
from realtime.in_process import API
from tests.rest import Rest
from tests.scenarios.steps import everyone_joins, on_both_databases, once, say, talk
from tests.tokens import token

KEEPS = "A conversation of two keeps its two"
CHAT = "/api/realtime/chat"


@dataclass
class Seen:
    """What a frontend shows of one partner: her chat in the list, its texts, what is unread."""

    listed: int
    texts: list[str]
    unread: int
    history: int = 200


async def by_conversations(bob: Rest, pair: str) -> Seen:
    listed = (await bob.get("/api/messages/conversations"))["data"]
    answer = await bob.get(f"/api/messages/conversations/{pair}")
    texts = [each["content"] for each in answer["messages"]] if answer.status == 200 else []
    unread = (await bob.get("/api/messages/unread-count"))["count"]
    return Seen(len(listed), texts, unread, answer.status)


async def by_jobs(bob: Rest, _pair: str) -> Seen:
    listed = (await bob.get(f"{CHAT}/conversations"))["conversations"]
    texts = [each["message"] for each in (await bob.get(f"{CHAT}/ada"))["messages"]]
    return Seen(len(listed), texts, sum(each["unreadCount"] for each in listed))


async def by_skilllink(bob: Rest, _pair: str) -> Seen:
    listed = (await bob.get("/messages/conversations"))["data"]
    texts = [each["content"] for each in (await bob.get("/messages/conversation/ada"))["data"]]
    return Seen(len(listed), texts, sum(each["unreadCount"] for each in listed))


async def by_linsta(bob: Rest, pair: str) -> Seen:
    listed = (await bob.get("/api/chat/rooms")).json
    answer = await bob.get(f"/api/chat/messages/{pair}")
    texts = [each["text"] for each in answer.json] if answer.status == 200 else []
    return Seen(len(listed), texts, len(texts), answer.status)


Look = Callable[[Rest, str], Awaitable[Seen]]

LOOKS: dict[str, tuple[Look, int]] = {
    "conversations": (by_conversations, 404),
    "jobs": (by_jobs, 200),
    "skilllink": (by_skilllink, 200),
    "linsta": (by_linsta, 404),
}
"""How each dialect's frontend looks, and the status of a history that is not there."""

in_every_dialect = pytest.mark.parametrize("dialect", LOOKS)


async def writes(bob: Rest, dialect: str, pair: str, text: str) -> int:
    """Bob answers Ada as his frontend would; the status."""
    path, body = {
        "conversations": ("/api/messages", {"receiverId": "ada", "content": text}),
        "jobs": (f"{CHAT}/send", {"recipientId": "ada", "message": text}),
        "skilllink": ("/messages", {"receiverId": "ada", "content": text}),
        "linsta": ("/api/chat/messages", {"chatRoomId": pair, "text": text}),
    }[dialect]
    return (await bob.post(path, body)).status


async def status_of_ada(bob: Rest) -> bool:
    return bool((await bob.get("/api/users/status/ada"))["online"])


@on_both_databases
@pytest.mark.parametrize("user_id", ["ada", "bob", "eve"])
async def test_nobody_is_taken_out_of_a_pair(backend, node, ada, bob, user_id):
    pair = await talk(ada, "bob")
    await everyone_joins(pair, ada, bob)

    answer = await backend.delete(f"/conversations/{pair}/participants/{user_id}")
    with pytest.raises(CallRefused) as refused:
        await node.app[API].remove_participant(pair, user_id)

    assert (answer.status, answer.json) == (409, {"error": KEEPS})
    assert (refused.value.status, refused.value.error) == (409, KEEPS)
    message = await say(ada, pair, "Still two")
    assert (await bob.hears("message:new"))["id"] == message["id"]


@once
async def test_a_pair_takes_no_third_and_has_its_two_already(backend, node, ada):
    pair = await talk(ada, "bob")

    third = await backend.put(f"/conversations/{pair}/participants/cy")
    with pytest.raises(CallRefused) as refused:
        await node.app[API].add_participant(pair, "cy")
    second = await backend.put(f"/conversations/{pair}/participants/bob")

    assert (third.status, third.json) == (409, {"error": KEEPS})
    assert (refused.value.status, refused.value.error) == (409, KEEPS)
    assert (second.status, sorted(second["data"]["participantIds"])) == (200, ["ada", "bob"])
    assert (await backend.get("/users/cy/export")).status == 404


@once
async def test_a_refused_removal_leaves_its_idempotency_key_free(backend, ada):
    pair, headers = await talk(ada, "bob"), {"Idempotency-Key": "part them"}

    refused = await backend.request(
        "DELETE", f"/conversations/{pair}/participants/bob", headers=headers
    )
    done = await backend.request("POST", "/users/bob/disconnect", json={}, headers=headers)

    assert (refused.status, done.status) == (409, 200)


@pytest.fixture
async def pair(cluster, node) -> str:
    """Ada and Bob, each of whom has said something."""
    ada, bob = cluster.person(node, "ada", token=aged("ada")), cluster.person(node, "bob")
    conversation_id = await talk(ada, "bob")
    await say(bob, conversation_id, "Bob's")
    await say(ada, conversation_id, "Ada's")
    return conversation_id


def aged(user_id: str) -> str:
    """A token from before whatever the test does."""
    return token(user_id, name="Ada Lovelace", iat=time.time() - 5)


@on_both_databases
@in_every_dialect
async def test_who_is_blocked_leaves_all_that_was_said_and_looks_offline(
    cluster, node, backend, pair, dialect
):
    bob: Any = await cluster.frontend(node, "bob", dialect=dialect)
    look, _ = LOOKS[dialect]
    ada = await cluster.frontend(node, "ada", token=aged("ada"))

    await backend.post("/users/ada/disconnect", revokeTokens=True)

    await ada.is_disconnected()
    seen = await look(bob, pair)
    assert (seen.listed, seen.texts, seen.history) == (1, ["Bob's", "Ada's"], 200)
    assert await writes(bob, dialect, pair, "Are you there?") in {200, 201}
    assert (await look(bob, pair)).texts == ["Bob's", "Ada's", "Are you there?"]
    await backend.post("/users/ada/disconnect", revokeTokens=True)
    assert (
        await cluster.person(node, "ada", token=aged("ada")).get("/api/chat/rooms")
    ).status == 401


@on_both_databases
@in_every_dialect
async def test_who_is_deleted_takes_the_conversation_along(cluster, node, backend, pair, dialect):
    bob: Any = await cluster.frontend(node, "bob", dialect=dialect)
    look, missing = LOOKS[dialect]

    await backend.delete("/users/ada")

    assert await look(bob, pair) == Seen(0, [], 0, missing)
    assert (await bob.get("/api/notifications")).text.count("Lovelace") == 0
    assert await status_of_ada(bob) is False
    await bob.settled()
    assert "Lovelace" not in str(bob.history)


@once
@in_every_dialect
async def test_writing_to_who_was_deleted_is_writing_to_somebody_new(
    cluster, node, backend, pair, dialect
):
    bob: Any = cluster.person(node, "bob", dialect=dialect)
    look, _ = LOOKS[dialect]
    await backend.delete("/users/ada")

    answered = await writes(bob, dialect, pair, "Hello?")

    if dialect == "linsta":  # which names the room, and that is gone
        assert answered == 404
        pair = (await bob.post("/api/chat/rooms", otherUserId="ada"))["chatRoomId"]
        assert await writes(bob, dialect, pair, "Hello?") == 201
    new = await talk(cluster.person(node, "bob"), "ada")
    assert (await look(bob, new)).texts == ["Hello?"]


@once
@in_every_dialect
async def test_where_users_must_exist_nobody_writes_to_who_was_deleted(
    cluster, backend_of, dialect
):
    node = await cluster.node(users__must_exist=True)
    backend = backend_of(node)
    await backend.put("/users", [{"id": "ada"}, {"id": "bob"}])
    bob: Any = cluster.person(node, "bob", dialect=dialect)
    pair = await talk(cluster.person(node, "bob"), "ada")
    assert await writes(bob, dialect, pair, "Before") in {200, 201}

    await backend.delete("/users/ada")

    assert await writes(bob, dialect, pair, "After") == 404
    if dialect == "linsta":
        assert (await bob.post("/api/chat/rooms", otherUserId="ada")).status == 404

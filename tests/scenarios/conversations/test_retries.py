"""`clientId`: the same message sent again, by either way, is the same message."""

from __future__ import annotations

import asyncio

from tests.frontend import Frontend
from tests.scenarios.steps import (
    LONE_SURROGATE,
    on_both_databases,
    once,
    say,
)


async def test_a_retry_with_its_client_id_is_the_first_message_again(
    ada: Frontend, bob: Frontend, room: str
) -> None:
    first = await ada.ask(
        "message:send", {"conversationId": room, "content": "Once", "clientId": "c-1"}
    )
    again = await ada.ask(
        "message:send", {"conversationId": room, "content": "Twice?", "clientId": "c-1"}
    )
    posted = await ada.post("/api/messages", receiverId="bob", content="Thrice?", clientId="c-1")

    assert first["data"]["clientId"] == "c-1"
    assert again == first
    assert (posted.status, posted["data"]) == (201, first["data"])
    for person in (ada, bob):
        assert await person.has_heard("message:new", 1) == [first["data"]]
    await bob.hears_nothing("typing:stop")
    unread = await bob.get("/api/messages/unread-count")
    assert unread.json == {"unreadCount": 1, "count": 1}


@on_both_databases
async def test_the_same_client_id_at_the_same_moment_is_one_message(
    ada: Frontend, bob: Frontend, room: str
) -> None:
    body = {"conversationId": room, "content": "Once", "clientId": "c-1"}

    acks = await asyncio.gather(*(ada.asked("message:send", body) for _ in range(5)))
    posts = await asyncio.gather(*(ada.post("/api/messages", body) for _ in range(5)))

    found = [ack["data"]["id"] for ack in acks] + [post["data"]["id"] for post in posts]
    assert len(set(found)) == 1
    assert (await say(ada, room, "Next"))["seq"] == 2
    heard = await bob.has_heard("message:new", 2)
    assert [message["seq"] for message in heard] == [1, 2]


@on_both_databases
async def test_a_client_id_is_the_senders_own(ada: Frontend, bob: Frontend, room: str) -> None:
    hers = await say(ada, room, "Mine", clientId="c-1")
    his = await say(bob, room, "Mine too", clientId="c-1")

    assert hers["id"] != his["id"]


@once
async def test_a_client_id_that_is_none_is_refused(ada: Frontend, bob: Frontend, room: str) -> None:
    for client_id in ("", "x" * 65, 7, ["c"], {"c": 1}, "a\x00b", LONE_SURROGATE):
        body = {"conversationId": room, "content": "Hi", "clientId": client_id}

        assert (await ada.post("/api/messages", body)).status == 400, client_id
        assert (await ada.ask("message:send", body))["success"] is False, client_id
    await bob.hears_nothing("message:new", after=[ada])

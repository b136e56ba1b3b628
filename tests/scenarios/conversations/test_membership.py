"""Who may do what: members, former members, strangers, at every row that names something."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple
from uuid import UUID

import pytest

from realtime.domain import conversations
from tests.cluster import Cluster
from tests.frontend import Frontend
from tests.nodes import InProcess
from tests.scenarios.steps import (
    backend,
    everyone_joins,
    group,
    notify,
    on_both_databases,
    once,
    say,
    words,
)

DENIED = "Access denied to this conversation"
NOT_FOUND = "Message not found"


class Choir(NamedTuple):
    """A group of Ada and Bob, which Carl has left; what Ada and Carl said in it."""

    id: str
    message: str
    carls: str
    carl: Frontend


async def removed(node: InProcess, conversation_id: str, user_id: str) -> None:
    await conversations.remove(backend(node), UUID(conversation_id), user_id)


@pytest.fixture
async def choir(cluster: Cluster, node: InProcess, ada: Frontend, bob: Frontend) -> Choir:
    carl = await cluster.frontend(node, "carl")
    conversation = await group(node, "ada", "bob", "carl")
    await everyone_joins(conversation, ada, bob, carl)
    message = await say(ada, conversation, "Ada's")
    carls = await say(carl, conversation, "Carl's")
    await removed(node, conversation, "carl")
    for singer in (ada, bob, carl):
        await singer.settled()
    return Choir(conversation, message["id"], carls["id"], carl)


Row = tuple[str, Callable[[Choir], Any], str]
"""An event, its payload, and the text of its refusal; an empty one is an empty list."""

EVENTS: list[Row] = [
    ("join:conversation", lambda choir: choir.id, DENIED),
    ("leave:conversation", lambda choir: choir.id, DENIED),
    ("typing:start", lambda choir: {"conversationId": choir.id}, DENIED),
    ("typing:stop", lambda choir: {"conversationId": choir.id}, DENIED),
    ("conversation:get-online-users", lambda choir: choir.id, ""),
    ("message:send", lambda choir: {"conversationId": choir.id, "content": "La"}, DENIED),
    ("messages:mark-read", lambda choir: {"conversationId": choir.id}, DENIED),
    ("message:edit", lambda choir: {"messageId": choir.message, "content": "Lu"}, NOT_FOUND),
    ("message:edit", lambda choir: {"messageId": choir.carls, "content": "Lu"}, NOT_FOUND),
    ("message:delete", lambda choir: {"messageId": choir.message}, NOT_FOUND),
    ("message:delete", lambda choir: {"messageId": choir.carls}, NOT_FOUND),
]

Call = tuple[str, Callable[[Choir], str], dict[str, Any], int, str]

CALLS: list[Call] = [
    ("GET", lambda choir: f"/api/messages/conversations/{choir.id}", {}, 403, DENIED),
    ("PUT", lambda choir: f"/api/messages/conversations/{choir.id}/read", {}, 403, DENIED),
    ("PUT", lambda choir: f"/api/messages/{choir.message}", {"content": "Lu"}, 404, NOT_FOUND),
    ("PUT", lambda choir: f"/api/messages/{choir.carls}", {"content": "Lu"}, 404, NOT_FOUND),
    ("DELETE", lambda choir: f"/api/messages/{choir.message}", {}, 404, NOT_FOUND),
    ("DELETE", lambda choir: f"/api/messages/{choir.carls}", {}, 404, NOT_FOUND),
]


async def is_kept_out(somebody: Frontend, choir: Choir) -> None:
    """Each event and each route that names the conversation refuses her, in the page's words."""
    for event, payload, text in EVENTS:
        answer = await somebody.ask(event, payload(choir))
        refused = {"success": False, "error": text} if text else []
        assert answer == refused, (event, answer)
    for method, path, body, status, text in CALLS:
        answer = await somebody.request(method, path(choir), json=body)
        assert (answer.status, answer.json) == (status, {"error": text, "message": text}), path
    posted = await somebody.post("/api/messages", conversationId=choir.id, content="La")
    assert (posted.status, posted["error"]) == (403, DENIED)
    listed = await somebody.get("/api/messages/conversations")
    assert listed["data"] == []
    assert (await somebody.get("/api/messages/unread-count"))["count"] == 0


async def test_a_former_member_is_kept_out_everywhere(
    ada: Frontend, bob: Frontend, choir: Choir
) -> None:
    before = words(bob)

    await is_kept_out(choir.carl, choir)

    await bob.settled()
    assert words(bob) == before
    history = await ada.get(f"/api/messages/conversations/{choir.id}")
    assert [message["content"] for message in history["messages"]] == ["Ada's", "Carl's"]


async def test_a_stranger_is_kept_out_everywhere(
    ada: Frontend, bob: Frontend, eve: Frontend, choir: Choir
) -> None:
    before = words(bob)

    await is_kept_out(eve, choir)

    await bob.settled()
    assert words(bob) == before


async def test_a_former_member_hears_nothing_more_at_once(
    cluster: Cluster, node: InProcess, ada: Frontend, bob: Frontend
) -> None:
    carl, phone = await cluster.frontend(node, "carl"), await cluster.frontend(node, "carl")
    choir = await group(node, "ada", "bob", "carl")
    await everyone_joins(choir, ada, bob, carl, phone)
    await removed(node, choir, "carl")

    message = await say(ada, choir, "Is he gone?")
    await ada.emit("typing:start", choir)
    await bob.put(f"/api/messages/conversations/{choir}/read")
    await ada.delete(f"/api/messages/{message['id']}")

    await bob.hears("message:deleted")
    assert await ada.ask("conversation:get-online-users", choir) == ["bob"]
    for device in (carl, phone):
        for event in ("message:new", "typing:start", "messages:read", "message:deleted"):
            assert device.heard(event) == []
        await device.hears_nothing("notification:new")


@on_both_databases
async def test_who_comes_back_reads_what_was_said_and_writes_again(
    node: InProcess, choir: Choir, ada: Frontend
) -> None:
    await say(ada, choir.id, "Missed")
    await conversations.add(backend(node), UUID(choir.id), "carl")

    await everyone_joins(choir.id, choir.carl)
    history = await choir.carl.get(f"/api/messages/conversations/{choir.id}")

    assert [message["content"] for message in history["messages"]] == ["Ada's", "Carl's", "Missed"]
    assert (await choir.carl.get("/api/messages/unread-count"))["count"] == 0
    assert (await say(choir.carl, choir.id, "Back"))["seq"] == 4
    assert (await ada.hears("message:new", lambda body: body["content"] == "Back"))["seq"] == 4


@once
async def test_a_new_member_may_do_everything_at_once(
    node: InProcess, choir: Choir, eve: Frontend, ada: Frontend
) -> None:
    assert (await eve.ask("join:conversation", choir.id))["success"] is False

    await conversations.add(backend(node), UUID(choir.id), "eve")

    await everyone_joins(choir.id, eve)
    await say(ada, choir.id, "Welcome")
    assert (await eve.hears("message:new"))["content"] == "Welcome"


@once
async def test_former_members_words_keep_their_name(choir: Choir, bob: Frontend) -> None:
    history = await bob.get(f"/api/messages/conversations/{choir.id}")

    assert history["messages"][1]["sender"]["name"] == "Carl"


@once
async def test_a_group_that_is_there_already_is_the_same_group(
    node: InProcess, choir: Choir
) -> None:
    conversation, fresh = await conversations.create_group(
        backend(node), ["ada"], title="Other", group_id=UUID(choir.id)
    )

    assert not fresh
    assert [person.id for person in conversation.people] == ["ada", "bob"]


Step = Callable[[], Awaitable[Any]]


@pytest.mark.parametrize(
    ("database", "transports"), [("sqlite", "websocket"), ("postgres", "websocket")]
)
async def test_nothing_is_written_by_a_member_removed_during_a_thousand_sends(
    cluster: Cluster,
) -> None:
    node = await cluster.node(limits__events__burst=5000)
    ada, carl = await cluster.frontend(node, "ada"), await cluster.frontend(node, "carl")
    choir = await group(node, "ada", "carl")
    await everyone_joins(choir, ada)

    sends = [
        carl.asked("message:send", {"conversationId": choir, "content": str(n)})
        for n in range(1000)
    ]
    await sends[200]
    await removed(node, choir, "carl")
    last = await say(ada, choir, "He is gone")
    acks = await asyncio.gather(*sends)

    kept = [ack["data"]["seq"] for ack in acks if ack["success"]]
    refused = [ack for ack in acks if not ack["success"]]
    assert kept == list(range(1, len(kept) + 1)), "no gap, and in the order sent"
    assert max(kept) < last["seq"] == len(kept) + 1
    assert refused
    assert all(ack == {"success": False, "error": DENIED} for ack in refused)
    await ada.settled()
    assert [message["seq"] for message in ada.heard("message:new")] == [*kept, last["seq"]]


@once
async def test_each_notification_is_its_owners_alone(
    node: InProcess, ada: Frontend, eve: Frontend
) -> None:
    made = await notify(node, "ada")
    await eve.put("/api/notifications/read-all")
    await eve.ask("notifications:read-all")
    await eve.delete("/api/notifications/read")

    (shown,) = (await ada.get("/api/notifications"))["data"]
    assert (shown["id"], shown["isRead"]) == (made, False)

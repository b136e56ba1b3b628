"""Whoever sends, from any frontend and by either way, the other hears it once, in her words."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.cluster import Cluster
from tests.frontend import Frontend
from tests.scenarios.steps import on_both_databases, once, talk

DIALECTS = ("conversations", "jobs", "skilllink", "linsta")

Say = Callable[[Frontend, Any, str, str], Awaitable[Any]]
"""Send a text to a person, with whom there is this conversation."""


async def by_message_send(sender: Frontend, other: Any, room: str, text: str) -> None:
    ack = await sender.ask("message:send", {"receiverId": other, "content": text})
    assert ack["success"] is True


async def by_post(sender: Frontend, other: Any, room: str, text: str) -> None:
    answer = await sender.post("/api/messages", receiverId=other, content=text)
    assert answer.status == 201, answer.text


async def by_jobs_send(sender: Frontend, other: Any, room: str, text: str) -> None:
    await sender.emit("send_message", {"recipientId": other, "message": text})


async def by_chat_send(sender: Frontend, other: Any, room: str, text: str) -> None:
    answer = await sender.post("/api/realtime/chat/send", recipientId=other, message=text)
    assert answer.status == 200, answer.text


async def by_linsta_send(sender: Frontend, other: Any, room: str, text: str) -> None:
    await sender.emit("send_message", {"chatRoomId": room, "text": text})


async def by_chat_messages(sender: Frontend, other: Any, room: str, text: str) -> None:
    answer = await sender.post("/api/chat/messages", chatRoomId=room, text=text)
    assert answer.status == 201, answer.text


SENDERS: tuple[tuple[str, Say], ...] = (
    ("conversations", by_message_send),
    ("conversations", by_post),
    ("jobs", by_jobs_send),
    ("jobs", by_chat_send),
    ("skilllink", by_post),  # its frontends have no event to send by
    ("linsta", by_linsta_send),
    ("linsta", by_chat_messages),
)

HEARD = {
    "conversations": ("message:new", "content", "senderId"),
    "jobs": ("message_received", "message", "senderId"),
    "skilllink": ("new_message", "content", "senderId"),
    "linsta": ("receive_message", "text", "senderId"),
}
"""By dialect: the event, the key of its text, the key of its sender."""

JOINS = {
    "conversations": lambda room: ("join:conversation", room),
    "linsta": lambda room: ("join_room", {"chatRoomId": room}),
}

NOTICED = {"conversations": ["notification:new"], "jobs": ["notification"]}
"""Who says that a message made a notification, and how."""


WORDS = ("notification:new", "notification", *(event for event, *_ in HEARD.values()))
"""Whatever a message may be told by, in any dialect."""


async def opens(frontend: Frontend, room: str) -> None:
    """Look at the conversation, where this frontend has a page that joins it."""
    if frontend.dialect in JOINS:
        event, payload = JOINS[frontend.dialect](room)
        assert await frontend.ask(event, payload) == {"success": True}
    await frontend.settled()
    frontend.forget_what_was_heard()


def names(of: tuple[str, Say]) -> str:
    return f"{of[0]}-{of[1].__name__}"


@on_both_databases
@pytest.mark.parametrize("receiving", DIALECTS)
@pytest.mark.parametrize("sending", SENDERS, ids=names)
async def test_a_message_is_heard_once(
    cluster: Cluster, sending: tuple[str, Say], receiving: str
) -> None:
    dialect, say = sending
    node = await cluster.node()
    ada = await cluster.frontend(node, "ada", dialect=dialect)
    bob = await cluster.frontend(node, "bob", dialect=receiving)
    room = await talk(cluster.person(node, "ada"), "bob")
    await opens(bob, room)

    await say(ada, "bob", room, "Lunch?")

    event, text, sender = HEARD[receiving]
    heard = await bob.hears(event)
    assert (heard[text], heard[sender]) == ("Lunch?", "ada")
    noticed = [] if receiving in JOINS else NOTICED.get(receiving, [])
    for notice in noticed:
        await bob.hears(notice)
    await bob.hears_nothing(*WORDS, after=[ada])


@once
@pytest.mark.parametrize("receiving", ["conversations", "linsta"])
@pytest.mark.parametrize("sending", SENDERS, ids=names)
async def test_who_has_not_opened_the_conversation_is_notified_where_there_is_a_word_for_it(
    cluster: Cluster, sending: tuple[str, Say], receiving: str
) -> None:
    dialect, say = sending
    node = await cluster.node()
    ada = await cluster.frontend(node, "ada", dialect=dialect)
    bob = await cluster.frontend(node, "bob", dialect=receiving)
    room = await talk(cluster.person(node, "ada"), "bob")
    await bob.settled()
    bob.forget_what_was_heard()

    await say(ada, "bob", room, "Lunch?")

    for notice in NOTICED.get(receiving, []):
        assert (await bob.hears(notice))["title"] == "New message from Ada"
    await bob.hears_nothing(*WORDS, after=[ada])


@once
@pytest.mark.parametrize("sending", SENDERS, ids=names)
async def test_what_the_sender_hears_of_her_own_message(
    cluster: Cluster, sending: tuple[str, Say]
) -> None:
    dialect, say = sending
    node = await cluster.node()
    ada = await cluster.frontend(node, "ada", dialect=dialect)
    room = await talk(cluster.person(node, "ada"), "bob")
    await opens(ada, room)

    await say(ada, "bob", room, "Lunch?")

    if dialect in JOINS:
        await ada.hears(HEARD[dialect][0])
    await ada.hears_nothing(*WORDS)


@once
@pytest.mark.parametrize("receiving", DIALECTS)
@pytest.mark.parametrize("sending", SENDERS, ids=names)
async def test_ids_are_integers_where_they_are_configured_to_be(
    cluster: Cluster, sending: tuple[str, Say], receiving: str
) -> None:
    dialect, say = sending
    node = await cluster.node(user_ids="integer")
    ada = await cluster.frontend(node, 1, dialect=dialect)
    bob = await cluster.frontend(node, 2, dialect=receiving)
    room = await talk(cluster.person(node, 1), 2)
    await opens(bob, room)

    await say(ada, 2, room, "A number")
    await say(ada, "2", room, "A string of digits")

    event, text, sender = HEARD[receiving]
    first, second = await bob.hears(event), await bob.hears(event)
    assert (first[text], second[text]) == ("A number", "A string of digits")
    assert (first[sender], second[sender]) == (1, 1)


LISTS: dict[str, Callable[[str], str]] = {
    "conversations": "/api/messages/conversations/{room}".format,
    "jobs": "/api/realtime/chat/ada".format,
    "skilllink": "/messages/conversation/ada".format,
    "linsta": "/api/chat/messages/{room}".format,
}


def texts(dialect: str, answer: Any) -> list[str]:
    """What a dialect's history shows."""
    key = HEARD[dialect][1]
    rows = (
        answer if dialect == "linsta" else answer["data" if dialect == "skilllink" else "messages"]
    )
    return [row[key] for row in rows]


@on_both_databases
async def test_every_frontend_shows_the_same_history(cluster: Cluster) -> None:
    node = await cluster.node()
    room = await talk(cluster.person(node, "ada"), "bob")
    for dialect, say in SENDERS:
        ada = await cluster.frontend(node, "ada", dialect=dialect)
        await say(ada, "bob", room, f"{dialect} {say.__name__}")
        await ada.settled()

    said = [names(each).replace("-", " ") for each in SENDERS]
    for dialect in DIALECTS:
        bob = cluster.person(node, "bob", dialect=dialect)
        answer = await bob.get(LISTS[dialect](room=room))
        assert texts(dialect, answer.json) == said, dialect

"""Order and acks: CONNECT first, one socket's events in order, and what an ack may be."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import aiohttp
import pytest

from realtime.dialects.loading import load
from tests.cluster import Cluster
from tests.frontend import Frontend
from tests.nodes import InProcess
from tests.scenarios.steps import (
    UNKNOWN,
    everyone_joins,
    notify,
    on_one_node,
    once,
    say,
    talk,
    words,
)
from tests.tokens import token


@on_one_node
async def test_events_emitted_before_the_connection_are_handled_in_order(
    cluster: Cluster, node: InProcess, ada: Frontend, conversation: str
) -> None:
    early = [
        ["join:conversation", conversation],
        ["message:send", {"conversationId": conversation, "content": "First"}],
        ["typing:start", {"conversationId": conversation}],
        ["message:send", {"conversationId": conversation, "content": "Second"}],
        ["leave:conversation", conversation],
        ["message:send", {"conversationId": conversation, "content": "Unheard"}],
    ]
    await everyone_joins(conversation, ada)

    phone = await cluster.frontend(node, "bob", early=early)
    heard = await phone.has_heard("message:new", 2)
    await phone.settled()

    assert [message["content"] for message in heard] == ["First", "Second"]
    await ada.settled()
    told = [
        body.get("content", name)
        for name, body in ada.history
        if name in {"message:new", "typing:start", "typing:stop"}
    ]
    assert told == ["First", "typing:start", "Second", "typing:stop", "Unheard"]


async def test_one_sockets_events_are_answered_in_the_order_sent(ada: Frontend, room: str) -> None:
    answered: list[int] = []

    async def ask(number: int) -> None:
        slow = {"conversationId": room, "content": str(number)}
        await (ada.asked("message:send", slow) if number % 2 else ada.asked("user:get-status", "x"))
        answered.append(number)

    await asyncio.gather(*(ask(number) for number in range(40)))

    assert answered == list(range(40))


@once
async def test_a_slow_socket_holds_up_no_other(
    ada: Frontend, bob: Frontend, room: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = asyncio.Event()

    async def slow(*_: Any) -> int:
        await gate.wait()
        return 0

    monkeypatch.setattr("realtime.domain.receipts.mark_read", slow)
    waiting = ada.asked("messages:mark-read", {"conversationId": room})
    behind = ada.asked("user:get-status", "ada")

    assert (await bob.ask("user:get-status", "ada"))["status"] == "online"
    assert not behind.done()
    gate.set()
    assert (await waiting)["success"] is False
    assert (await behind)["status"] == "online"


@once
async def test_the_connect_packet_comes_before_any_event(
    cluster: Cluster, node: InProcess, http: aiohttp.ClientSession
) -> None:
    busy = True

    async def flood() -> None:
        while busy:
            await notify(node, "bob")

    flooding = asyncio.create_task(flood())
    try:
        for _ in range(20):
            url = f"{node.url}/socket.io/?EIO=4&transport=websocket"
            async with http.ws_connect(url) as raw:
                assert (await raw.receive_str()).startswith("0")
                await raw.send_str("40" + json.dumps({"token": token("bob")}))
                assert (await raw.receive_str()).startswith("40{")
                while not (await raw.receive_str()).startswith('42["notification:new"'):
                    pass
    finally:
        busy = False
        await flooding


EVENTS = [
    "join:conversation",
    "leave:conversation",
    "typing:start",
    "typing:stop",
    "conversation:get-online-users",
    "notification:read",
    "notifications:read-all",
    "user:get-status",
    "users:get-status",
    "message:send",
    "messages:mark-read",
    "message:edit",
    "message:delete",
    "auth:refresh",
    "client:visibility",
]


def test_every_event_is_tried_with_nonsense() -> None:

    assert sorted(EVENTS) == sorted(load()["conversations"].hears)


NONSENSE: list[Any] = [
    None,
    True,
    7,
    -1.5,
    "",
    "half \ud83d",
    "nul \x00",
    "x" * 20_000,
    [],
    [[]],
    {},
    {"conversationId": None, "messageId": None, "token": None, "receiverId": None, "content": None},
    {"conversationId": ["x"], "messageId": ["x"], "token": ["x"], "content": ["x"]},
    {"conversationId": "half \ud83d", "messageId": "half \ud83d", "token": "half \ud83d"},
    {"conversationId": "\x00", "messageId": "\x00", "token": "\x00", "content": "\x00"},
    {"conversationId": UNKNOWN, "messageId": UNKNOWN, "upTo": UNKNOWN, "content": "Hi"},
    {"__proto__": 1, "constructor": {"prototype": 1}},
    b"bytes",
    {"conversationId": b"bytes", "content": b"bytes", "messageId": b"bytes"},
]


async def throw_nonsense(ada: Frontend, event: str) -> None:
    harmless = {"notifications:read-all"}
    for given in NONSENSE:
        answer = await ada.ask(event, given)
        if isinstance(answer, dict) and "userId" not in answer:
            assert answer["success"] is (event in harmless), given
    await ada.ask(event, "several", {"arguments": 1})
    await ada.emit(event)


@once
@pytest.mark.parametrize("event", EVENTS)
async def test_nonsense_hurts_nobody(ada: Frontend, bob: Frontend, room: str, event: str) -> None:
    await throw_nonsense(ada, event)

    await asyncio.gather(ada.settled(), bob.settled())
    assert (words(ada), words(bob)) == ([], [])
    assert (ada.disconnects, bob.disconnects) == ([], [])
    assert (await say(ada, room, "Still here"))["seq"] == 1


@pytest.mark.parametrize(("database", "transports"), [("postgres", "polling")])
async def test_nonsense_reaches_no_database(ada: Frontend, bob: Frontend, room: str) -> None:
    for event in EVENTS:
        await throw_nonsense(ada, event)

    assert ada.disconnects == []
    assert (await say(ada, room, "Still here"))["seq"] == 1


@once
async def test_an_unknown_event_is_acked_as_one(ada: Frontend, bob: Frontend, room: str) -> None:
    unknown = {"success": False, "error": "unknown event"}

    assert await ada.ask("no:such:event", {"a": 1}) == unknown
    assert await ada.ask("message:new", {"conversationId": room, "content": "forged"}) == unknown
    await ada.emit("no:such:event")

    await bob.hears_nothing("message:new", after=[ada])


@once
async def test_an_ack_that_is_an_array_is_one_argument(
    cluster: Cluster, node: InProcess, ada: Frontend, bob: Frontend, room: str
) -> None:
    assert await bob.ask("conversation:get-online-users", room) == ["ada"]
    assert await bob.ask("users:get-status", ["ada"]) == [{"userId": "ada", "status": "online"}]


@once
async def test_events_without_an_ack_of_their_own_are_acked_where_one_is_asked_for(
    ada: Frontend, bob: Frontend, room: str
) -> None:
    for event in ("join:conversation", "typing:start", "typing:stop", "leave:conversation"):
        assert await ada.ask(event, room) == {"success": True}
    assert await ada.ask("notifications:read-all") == {"success": True}


@once
async def test_a_fault_of_ours_is_an_ack_without_details(
    ada: Frontend,
    bob: Frontend,
    room: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def broken(*_: Any) -> None:
        raise RuntimeError("a secret detail")

    monkeypatch.setattr("realtime.domain.receipts.mark_read", broken)
    await ada.emit("messages:mark-read", {"conversationId": room})
    answer = await ada.ask("messages:mark-read", {"conversationId": room})

    assert answer == {"success": False, "error": "Internal server error"}
    assert (await ada.ask("user:get-status", "ada"))["status"] == "online"
    assert "a secret detail" not in caplog.text


@once
async def test_what_is_said_in_two_conversations_stays_apart(
    ada: Frontend, bob: Frontend, eve: Frontend
) -> None:
    with_bob, with_eve = await talk(ada, "bob"), await talk(ada, "eve")
    await everyone_joins(with_bob, ada, bob)
    await everyone_joins(with_eve, ada, eve)

    await say(ada, with_bob, "To Bob")
    await say(ada, with_eve, "To Eve")

    assert (await bob.hears("message:new"))["content"] == "To Bob"
    assert (await eve.hears("message:new"))["content"] == "To Eve"
    await bob.hears_nothing("message:new", after=[ada])
    assert [message["content"] for message in ada.heard("message:new")] == ["To Bob", "To Eve"]

"""Every other row of the events' table: errors, authorization, acks, replay."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from realtime.domain import announcements
from realtime.domain.records import Notice
from tests.cluster import Cluster
from tests.frontend import Frontend
from tests.nodes import InProcess
from tests.patience import PATIENCE
from tests.scenarios.steps import (
    BROWSER,
    LONE_SURROGATE,
    UNKNOWN,
    backend,
    group,
    notify,
    on_both_databases,
    once,
)

NOT_FOUND = "Chat room not found"
NOT_YOURS = "You are not a participant in this room"


def about(event: str, room: Any) -> dict[str, Any]:
    """A payload that fits the event, but for its room."""
    return {"chatRoomId": room, **({"text": "Hi"} if event == "send_message" else {})}


async def fails(frontend: Frontend, event: str, payload: Any, message: str) -> None:
    """It is told by an `error` event, and by the ack where one is wanted."""
    await frontend.emit(event, payload)
    assert await frontend.hears("error") == {"message": message}
    ack = await frontend.ask(event, payload)
    assert ack == {"success": False, "error": message}
    assert await frontend.hears("error") == {"message": message}


@on_both_databases
@pytest.mark.parametrize("event", ["join_room", "send_message", "get_history"])
async def test_a_room_that_is_not_there_and_one_that_is_not_yours_are_told_apart(
    ada: Frontend, eve: Frontend, joined: str, event: str
) -> None:
    for room in (UNKNOWN, "66f1234567890abcdef01234", "", 7, None, {"$ne": 1}):
        await fails(eve, event, about(event, room), NOT_FOUND)
    await fails(eve, event, about(event, joined), NOT_YOURS)
    await eve.hears_nothing()
    await ada.hears_nothing(after=[eve])


@once
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Message cannot be empty"),
        (None, "Message cannot be empty"),
        (7, "Message cannot be empty"),
        ("x" * 10_001, "Message is too long"),
        ("nul \x00", "Invalid text"),
        (LONE_SURROGATE, "Invalid text"),
    ],
)
async def test_a_text_that_cannot_be_sent_is_an_error(
    ada: Frontend, bob: Frontend, joined: str, text: Any, message: str
) -> None:
    await fails(ada, "send_message", {"chatRoomId": joined, "text": text}, message)
    await bob.hears_nothing()


@once
@pytest.mark.parametrize("event", ["join_room", "get_history"])
@pytest.mark.parametrize("payload", [None, "a room", ["a room"], {}])
async def test_a_payload_without_a_room_is_a_room_that_is_not_there(
    ada: Frontend, event: str, payload: Any
) -> None:
    await fails(ada, event, payload, NOT_FOUND)


@once
async def test_with_both_keys_or_neither_a_message_is_malformed(
    ada: Frontend, bob: Frontend, joined: str
) -> None:
    both = {"chatRoomId": joined, "recipientId": "bob", "text": "Hi", "message": "Hi"}

    await fails(ada, "send_message", both, NOT_FOUND)
    await fails(ada, "send_message", {"text": "Hi"}, NOT_FOUND)
    await bob.hears_nothing()


@once
async def test_an_unknown_event_is_refused_by_its_name(ada: Frontend) -> None:
    assert await ada.ask("send_flowers") == {"success": False, "error": "unknown event"}


@once
async def test_every_event_is_acked_if_somebody_asks(ada: Frontend, room: str) -> None:
    for event, payload in [
        ("join_room", {"chatRoomId": room}),
        ("send_message", {"chatRoomId": room, "text": "Hi"}),
        ("get_history", {"chatRoomId": room}),
        ("subscribe_notifications", None),
        ("unsubscribe_notifications", None),
    ]:
        assert await ada.ask(event, payload) == {"success": True}, event


async def test_who_has_not_joined_sends_but_does_not_receive(
    ada: Frontend, bob: Frontend, room: str
) -> None:
    await bob.ask("join_room", {"chatRoomId": room})

    await ada.emit("send_message", {"chatRoomId": room, "text": "From outside"})

    assert (await bob.hears("receive_message"))["text"] == "From outside"
    await ada.hears_nothing("receive_message")


@once
async def test_joining_again_is_told_again_and_doubles_nothing(
    ada: Frontend, bob: Frontend, joined: str
) -> None:
    await bob.ask("join_room", {"chatRoomId": joined})
    await ada.hears("user_joined")

    await ada.emit("send_message", {"chatRoomId": joined, "text": "Once"})

    await bob.hears("receive_message")
    await bob.hears_nothing("receive_message", after=[ada])


@once
async def test_a_group_is_no_room(cluster: Cluster, node: InProcess, ada: Frontend) -> None:
    choir = await group(node, "ada", "bob", "cy")

    for event in ("join_room", "send_message", "get_history"):
        await fails(ada, event, about(event, choir), NOT_FOUND)
    assert (await ada.get(f"/api/chat/messages/{choir}")).status == 404
    assert (await ada.post(f"/api/chat/rooms/{choir}/read")).status == 404
    assert (await ada.get("/api/chat/rooms")).json == []


@on_both_databases
async def test_missed_notifications_are_replayed_once(cluster: Cluster, node: InProcess) -> None:
    for index in range(3):
        await notify(node, "bob", type="COMMENT", title=None, text=f"{index}")
    bob = await cluster.frontend(node, "bob", dialect="linsta")
    other_tab = await cluster.frontend(node, "bob", dialect="linsta")

    await bob.ask("subscribe_notifications")
    await other_tab.ask("subscribe_notifications")
    await bob.ask("subscribe_notifications")

    assert [row["message"] for row in bob.heard("notification")] == ["0", "1", "2"]
    assert other_tab.heard("notification") == []
    assert len(bob.heard("notification_subscribed")) == 2


@once
async def test_subscribing_comes_before_what_was_missed(cluster: Cluster, node: InProcess) -> None:
    await notify(node, "bob", type="COMMENT", title=None, text="Missed")
    bob = await cluster.frontend(node, "bob", dialect="linsta")

    await bob.ask("subscribe_notifications")

    assert [event for event, _ in bob.history] == ["notification_subscribed", "notification"]


@once
async def test_what_a_socket_heard_or_a_list_showed_is_not_replayed(
    cluster: Cluster, node: InProcess, bob: Frontend
) -> None:
    await notify(node, "bob", type="LIKE", title=None, text="Heard unsubscribed")
    await bob.hears("notification")
    await bob.disconnect()
    await notify(node, "bob", type="LIKE", title=None, text="Listed elsewhere")
    jobs = cluster.person(node, "bob", dialect="jobs")
    assert (await jobs.get("/api/realtime/notifications")).status == 200
    await notify(node, "bob", type="LIKE", title=None, text="Missed")

    await bob.reconnect()
    await bob.ask("subscribe_notifications")

    assert (await bob.hears("notification"))["message"] == "Missed"
    await bob.hears_nothing("notification")


@once
async def test_what_everybody_was_told_is_not_replayed_to_who_heard_it(
    cluster: Cluster, node: InProcess, bob: Frontend
) -> None:
    await announcements.broadcast(backend(node).node, Notice("NEWS", text="Heard"))
    await bob.hears("notification")
    other_tab = await cluster.frontend(node, "bob", dialect="linsta")

    await bob.ask("subscribe_notifications")
    await other_tab.ask("subscribe_notifications")

    await bob.hears_nothing("notification")
    await other_tab.hears_nothing("notification")


@once
async def test_what_everybody_was_told_is_replayed_once_to_who_was_away(
    cluster: Cluster, node: InProcess
) -> None:
    eve = cluster.person(node, "eve")
    assert (await eve.get("/api/notifications")).status == 200
    await announcements.broadcast(backend(node).node, Notice("NEWS", text="Missed"))
    page = await cluster.frontend(node, "eve", dialect="linsta")

    await page.ask("subscribe_notifications")
    await page.ask("subscribe_notifications")

    assert [row["message"] for row in page.heard("notification")] == ["Missed"]


@once
async def test_what_a_page_was_told_when_it_came_back_is_not_replayed_to_it(
    cluster: Cluster, node: InProcess
) -> None:
    """This frontend asks for what it missed each time it is connected."""
    page = await cluster.frontend(node, "eve", dialect="linsta", headers=BROWSER)
    await page.ask("subscribe_notifications")
    await notify(node, "eve", title=None, text="before")
    await page.has_heard("notification", 1)

    await page.cut()
    await until_gone(node, "eve")
    await notify(node, "eve", title=None, text="missed")
    await announcements.broadcast(backend(node).node, Notice("NEWS", text="everybody"))
    await page.reconnect()
    await page.ask("subscribe_notifications")
    await notify(node, "eve", title=None, text="after")

    await page.has_heard("notification", 4)
    assert page.recovered
    told = [args[0]["message"] for event, args in page.history if event == "notification"]
    assert told == ["before", "missed", "everybody", "after"]


async def until_gone(node: InProcess, user: str) -> None:
    """Until nobody counts on a socket of hers."""
    presence = backend(node).node.presence
    async with asyncio.timeout(PATIENCE):
        while (await presence.sockets([user]))[user]:  # noqa: ASYNC110 - no event says so
            await asyncio.sleep(0.01)


@once
async def test_a_message_is_no_notification_here(
    cluster: Cluster, node: InProcess, ada: Frontend, room: str
) -> None:
    await ada.ask("send_message", {"chatRoomId": room, "text": "Hi"})

    bob = await cluster.frontend(node, "bob", dialect="linsta")
    await bob.ask("subscribe_notifications")

    await bob.hears_nothing("notification")
    assert (await bob.get("/api/notifications")).json == []
    assert (await bob.get("/api/notifications/unread/count")).json == {"unreadCount": 0}


@once
async def test_the_newest_hundred_are_replayed(cluster: Cluster, node: InProcess) -> None:
    for index in range(101):
        await notify(node, "bob", type="LIKE", title=None, text=f"{index}")
    bob = await cluster.frontend(node, "bob", dialect="linsta")

    await bob.ask("subscribe_notifications")

    shown = [row["message"] for row in bob.heard("notification")]
    assert shown == [f"{index}" for index in range(1, 101)]


@once
async def test_after_unsubscribing_nothing_changes(node: InProcess, bob: Frontend) -> None:
    await bob.ask("unsubscribe_notifications")
    await notify(node, "bob", type="LIKE", title=None, text="Still heard")

    assert (await bob.hears("notification"))["message"] == "Still heard"


FAULTS = {
    "join_room": ("conversations", "Failed to join room"),
    "send_message": ("messages", "Failed to send message"),
    "get_history": ("messages", "Failed to fetch message history"),
}


@once
@pytest.mark.parametrize("event", FAULTS)
async def test_a_fault_of_ours_is_told_in_the_events_own_words(
    cluster: Cluster, ada: Frontend, event: str
) -> None:
    table, message = FAULTS[event]
    room = UNKNOWN
    if event != "join_room":
        room = (await ada.post("/api/chat/rooms", otherUserId="bob"))["chatRoomId"]
    await asyncio.to_thread(broken, cluster.folder, table)  # the node may hold the file just now

    await fails(ada, event, about(event, room), message)


def broken(folder: Path, table: str) -> None:
    """Take a table out of a running node's database."""
    with closing(sqlite3.connect(folder / "realtime.sqlite3")) as database:
        database.execute(f"DROP TABLE {table}")
        database.commit()

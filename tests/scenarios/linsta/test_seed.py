"""Seed 003 word by word: its component, and its testing checklist line by line."""

from __future__ import annotations

import asyncio

import pytest

from tests.cluster import Cluster
from tests.frontend import Frontend, Refused
from tests.nodes import InProcess
from tests.patience import PATIENCE
from tests.scenarios.linsta.chat_room import ChatRoom
from tests.scenarios.steps import notify, once
from tests.tokens import token


async def test_the_chat_room_shows_the_same_to_both(
    cluster: Cluster, node: InProcess, room: str
) -> None:
    hers = await ChatRoom.mounts(cluster, node, "ada", room)
    his = await ChatRoom.mounts(cluster, node, "bob", room)

    await hers.sends("Hey, how are you?")
    for side in (hers, his):
        await side.receives()
    await his.sends("Fine!")
    for side in (hers, his):
        await side.receives()
    later = await ChatRoom.mounts(cluster, node, "ada", room)

    assert hers.shows == his.shows == [("ada", "Hey, how are you?"), ("bob", "Fine!")]
    assert later.messages == hers.messages, "history is what was received"


async def test_early_emits_are_handled_in_their_order(
    cluster: Cluster, node: InProcess, room: str
) -> None:
    text = [["send_message", {"chatRoomId": room, "text": f"{index}"}] for index in range(20)]
    early = [["join_room", {"chatRoomId": room}], *text, ["get_history", {"chatRoomId": room}]]

    ada = await cluster.frontend(node, "ada", dialect="linsta", early=early)
    history = await ada.hears("message_history")

    said = [f"{index}" for index in range(20)]
    assert [each["text"] for each in history["messages"]] == said
    heard = await ada.has_heard("receive_message", 20)
    assert [each["text"] for each in heard] == said


# Socket connection


async def test_a_valid_token_marks_the_user_as_online(
    cluster: Cluster, node: InProcess, ada: Frontend
) -> None:
    before = await ada.get("/api/users/status/bob")
    await cluster.frontend(node, "bob", dialect="linsta")
    after = await ada.get("/api/users/status/bob")

    assert before.json == {"userId": "bob", "online": False, "lastSeen": None}
    assert after.json == {"userId": "bob", "online": True, "lastSeen": None}


@once
@pytest.mark.parametrize(
    ("auth", "message"),
    [
        ({}, "No authentication token provided"),
        ({"token": ""}, "No authentication token provided"),
        ({"token": "none.of.ours"}, "Invalid token"),
        ({"token": token("ada", expires=-60)}, "Invalid token"),
    ],
)
async def test_an_invalid_token_is_refused(
    cluster: Cluster, node: InProcess, auth: dict[str, str], message: str
) -> None:
    with pytest.raises(Refused) as refused:
        await cluster.frontend(node, "ada", dialect="linsta", token="", auth=auth)

    assert refused.value.message == message


# Chat: create room


async def test_a_room_is_created_with_both_participants_and_found_again(
    ada: Frontend, bob: Frontend
) -> None:
    first = await ada.post("/api/chat/rooms", otherUserId="bob")
    again = await ada.post("/api/chat/rooms", otherUserId="bob")
    his = await bob.post("/api/chat/rooms", otherUserId="ada")

    assert first.status == again.status == his.status == 200
    assert set(first.json) == {"chatRoomId", "participants", "createdAt"}
    assert first["participants"] == ["bob", "ada"]
    assert his["participants"] == ["ada", "bob"]
    assert first.json == again.json
    assert first["chatRoomId"] == his["chatRoomId"]


# Chat: join room


async def test_a_participant_joins_and_the_others_hear_of_it(
    ada: Frontend, bob: Frontend, room: str
) -> None:
    await ada.emit("join_room", {"chatRoomId": room})
    for frontend in (ada, bob):
        await frontend.settled()
    await bob.emit("join_room", {"chatRoomId": room})

    joined = await ada.hears("user_joined")

    assert set(joined) == {"userId", "timestamp"}
    assert joined["userId"] == "bob"
    await bob.hears_nothing(after=[ada])


async def test_a_stranger_cannot_join(eve: Frontend, room: str) -> None:
    await eve.emit("join_room", {"chatRoomId": room})

    assert await eve.hears("error") == {"message": "You are not a participant in this room"}


# Chat: send message


async def test_a_message_is_saved_and_broadcast_to_the_room(
    ada: Frontend, bob: Frontend, joined: str
) -> None:
    await ada.emit("send_message", {"chatRoomId": joined, "text": " Hey! "})

    message = await bob.hears("receive_message")
    assert set(message) == {"_id", "chatRoomId", "senderId", "text", "createdAt"}
    assert (message["chatRoomId"], message["senderId"]) == (joined, "ada")
    assert message["text"] == "Hey!"
    assert await ada.hears("receive_message") == message
    saved = (await bob.get(f"/api/chat/messages/{joined}")).json
    assert [each["_id"] for each in saved] == [message["_id"]]


async def test_an_empty_message_is_an_error(ada: Frontend, bob: Frontend, joined: str) -> None:
    await ada.emit("send_message", {"chatRoomId": joined, "text": "  "})

    assert await ada.hears("error") == {"message": "Message cannot be empty"}
    await bob.hears_nothing("receive_message")


# Chat: message history


async def test_history_comes_in_order_and_in_pages(ada: Frontend, room: str) -> None:
    for index in range(5):
        await ada.emit("send_message", {"chatRoomId": room, "text": f"{index}"})

    async def history(**page: int) -> list[str]:
        await ada.emit("get_history", {"chatRoomId": room, **page})
        answer = await ada.hears("message_history")
        assert set(answer) == {"chatRoomId", "messages"}
        assert answer["chatRoomId"] == room
        return [each["text"] for each in answer["messages"]]

    assert await history() == ["0", "1", "2", "3", "4"]
    assert await history(limit=2) == ["3", "4"]
    assert await history(limit=2, skip=2) == ["1", "2"]
    assert await history(limit=2, skip=4) == ["0"]
    assert await history(skip=5) == []


# Notifications: real-time, and fallback


async def test_a_like_is_heard_at_once_by_who_is_online(node: InProcess, bob: Frontend) -> None:
    await notify(
        node, "bob", type="LIKE", title=None, text="Ada liked your post", reference="post-1"
    )

    row = await bob.hears("notification")

    assert set(row) == {
        "_id",
        "userId",
        "type",
        "message",
        "referenceId",
        "isRead",
        "createdAt",
    }
    assert (row["userId"], row["type"]) == ("bob", "LIKE")
    assert (row["message"], row["referenceId"]) == ("Ada liked your post", "post-1")
    assert row["isRead"] is False


async def test_a_like_for_who_is_offline_is_saved_and_delivered_when_she_comes(
    cluster: Cluster, node: InProcess
) -> None:
    await notify(node, "bob", type="LIKE", title=None, text="First")
    await notify(node, "bob", type="LIKE", title=None, text="Second")

    bob = await cluster.frontend(node, "bob", dialect="linsta")
    await bob.emit("subscribe_notifications")

    assert await bob.hears("notification_subscribed") == {
        "message": "Successfully subscribed to notifications"
    }
    assert (await bob.hears("notification"))["message"] == "First"
    assert (await bob.hears("notification"))["message"] == "Second"
    assert [row["message"] for row in (await bob.get("/api/notifications")).json] == [
        "Second",
        "First",
    ]


async def test_who_is_offline_can_fetch_them_too(cluster: Cluster, node: InProcess) -> None:
    await notify(node, "bob", type="LIKE", title=None, text="First")

    bob = await cluster.frontend(node, "bob", dialect="linsta")

    assert [row["message"] for row in (await bob.get("/api/notifications")).json] == ["First"]
    await bob.ask("subscribe_notifications")
    await bob.hears("notification_subscribed")
    await bob.hears_nothing("notification")


async def test_ones_own_like_makes_no_notification(node: InProcess, bob: Frontend) -> None:
    from realtime.domain import notifications
    from realtime.domain.records import Notice
    from tests.scenarios.steps import backend

    made = await notifications.notify(
        backend(node).node, ["bob"], Notice("LIKE", text="You", actor_id="bob")
    )

    assert made == ()
    await bob.hears_nothing("notification")


# Disconnect handling


async def test_who_disconnects_is_offline_and_messages_to_her_are_saved(
    ada: Frontend, bob: Frontend, joined: str
) -> None:
    await bob.disconnect()
    await ada.emit("send_message", {"chatRoomId": joined, "text": "Still there?"})
    await ada.settled()

    async with asyncio.timeout(PATIENCE):  # a moment, where he was on another node
        while (status := (await ada.get("/api/users/status/bob")).json).get("lastSeen") is None:  # noqa: ASYNC110
            await asyncio.sleep(0.1)  # who asks all the time is told 429
    saved = (await bob.get(f"/api/chat/messages/{joined}")).json
    assert (status["online"], [each["text"] for each in saved]) == (False, ["Still there?"])
    assert status["lastSeen"].endswith("Z")

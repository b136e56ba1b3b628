"""Every row of the REST table, with its errors and its authorization."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cluster import Cluster
from tests.frontend import Frontend
from tests.nodes import InProcess
from tests.rest import Rest
from tests.scenarios.steps import UNKNOWN, notify, on_both_databases, once
from tests.tokens import token

NOT_FOUND = {"error": "Chat room not found"}
NOT_YOURS = {"error": "You are not a participant in this room"}
ROOM_AND_TEXT = {"error": "chatRoomId and non-empty text are required"}


async def say(person: Rest, room: str, text: str) -> dict[str, Any]:
    """Send a message over REST; the message."""
    answer = await person.post("/api/chat/messages", chatRoomId=room, text=text)
    assert answer.status == 201, answer.text
    return dict(answer.json)


@once
@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, "otherUserId is required"),
        ({"otherUserId": ""}, "otherUserId is required"),
        ({"otherUserId": None}, "otherUserId is required"),
        ({"otherUserId": "b" * 65}, "otherUserId is required"),
        ({"otherUserId": "ada"}, "You cannot chat with yourself"),
    ],
)
async def test_a_room_needs_somebody_else(ada: Frontend, body: dict[str, Any], error: str) -> None:
    answer = await ada.post("/api/chat/rooms", body)

    assert (answer.status, answer.json) == (400, {"error": error})


@once
async def test_a_room_with_somebody_unknown_makes_her_known_unless_users_must_exist(
    cluster: Cluster,
) -> None:
    node = await cluster.node()
    ada = cluster.person(node, "ada", dialect="linsta")
    opened = await ada.post("/api/chat/rooms", otherUserId="cy")
    assert opened["participants"] == ["cy", "ada"]
    await node.stop()
    cluster.nodes.clear()

    strict = await cluster.node(users__must_exist=True)
    ada = cluster.person(strict, "ada", dialect="linsta")
    refused = await ada.post("/api/chat/rooms", otherUserId="dan")

    assert (refused.status, refused.json) == (404, {"error": "User not found"})


@on_both_databases
async def test_rooms_are_listed_with_people_the_latest_first(
    ada: Frontend, cluster: Cluster, node: InProcess
) -> None:
    with_bob = (await ada.post("/api/chat/rooms", otherUserId="bob"))["chatRoomId"]
    with_cy = (await ada.post("/api/chat/rooms", otherUserId="cy"))["chatRoomId"]

    silent = (await ada.get("/api/chat/rooms")).json
    await say(ada, with_bob, "Hi")
    spoken = (await ada.get("/api/chat/rooms")).json

    assert [room["_id"] for room in silent] == [with_cy, with_bob], "without a message too"
    assert [room["_id"] for room in spoken] == [with_bob, with_cy]
    assert set(spoken[0]) == {"_id", "participants", "createdAt", "updatedAt"}
    other, herself = spoken[0]["participants"]
    assert (other["_id"], other["name"]) == ("bob", "bob")
    assert (herself["_id"], herself["name"]) == ("ada", "Ada")
    assert set(other) == {"_id", "name", "email"}


@on_both_databases
async def test_messages_are_listed_with_their_senders_as_people(
    ada: Frontend, bob: Frontend, room: str
) -> None:
    for index in range(4):
        await say(ada if index % 2 else bob, room, f"{index}")

    async def listed(query: str = "") -> list[str]:
        answer = await ada.get(f"/api/chat/messages/{room}{query}")
        assert answer.status == 200
        return [message["text"] for message in answer.json]

    (first, *_) = (await ada.get(f"/api/chat/messages/{room}")).json
    assert set(first) == {"_id", "chatRoomId", "senderId", "text", "createdAt"}
    assert first["chatRoomId"] == room
    assert first["senderId"] == {"_id": "bob", "name": "Bob", "email": None}
    assert await listed() == ["0", "1", "2", "3"]
    assert await listed("?limit=2") == ["2", "3"]
    assert await listed("?limit=2&skip=3") == ["0"]
    assert await listed("?limit=x&skip=-1") == ["0", "1", "2", "3"]


@on_both_databases
async def test_posting_a_message_answers_201_and_is_received(
    ada: Frontend, bob: Frontend, joined: str
) -> None:
    message = await say(ada, joined, " Hey! ")

    assert set(message) == {"_id", "chatRoomId", "senderId", "text", "createdAt"}
    assert (message["senderId"], message["text"]) == ("ada", "Hey!")
    assert await bob.hears("receive_message") == message
    assert await ada.hears("receive_message") == message


@once
@pytest.mark.parametrize(
    "more", [{}, {"text": ""}, {"text": "  "}, {"text": 7}, {"text": None}, {"chatRoomId": 7}]
)
async def test_a_message_needs_a_room_and_a_text(
    ada: Frontend, room: str, more: dict[str, Any]
) -> None:
    answer = await ada.post("/api/chat/messages", {"chatRoomId": room, **more})

    assert (answer.status, answer.json) == (400, ROOM_AND_TEXT)


@once
@pytest.mark.parametrize(
    ("text", "error"), [("x" * 10_001, "Message is too long"), ("\x00", "Invalid text")]
)
async def test_a_text_that_does_not_fit_says_why(
    ada: Frontend, room: str, text: str, error: str
) -> None:
    answer = await ada.post("/api/chat/messages", chatRoomId=room, text=text)

    assert (answer.status, answer.json) == (400, {"error": error})


@once
async def test_a_body_that_is_no_object_is_invalid_json(ada: Frontend) -> None:
    answer = await ada.request("POST", "/api/chat/messages", data="[")

    assert (answer.status, answer.json) == (400, {"error": "Invalid JSON"})


@once
async def test_only_participants_read_write_and_mark(eve: Frontend, ada: Frontend) -> None:
    room = (await ada.post("/api/chat/rooms", otherUserId="bob"))["chatRoomId"]

    async def answers(room: str) -> list[tuple[int, Any]]:
        return [
            (answer.status, answer.json)
            for answer in (
                await eve.get(f"/api/chat/messages/{room}"),
                await eve.post("/api/chat/messages", chatRoomId=room, text="Hi"),
                await eve.post(f"/api/chat/rooms/{room}/read"),
            )
        ]

    assert await answers(room) == [(403, NOT_YOURS)] * 3
    assert await answers(UNKNOWN) == [(404, NOT_FOUND)] * 3
    assert await answers("66f1234567890abcdef01234") == [(404, NOT_FOUND)] * 3


@on_both_databases
async def test_reading_a_room_is_told_to_the_conversations_side(
    cluster: Cluster, node: InProcess, ada: Frontend, bob: Frontend, room: str
) -> None:
    other_app = await cluster.frontend(node, "ada")
    await other_app.ask("join:conversation", room)
    sent = [(await say(ada, room, f"{index}"))["_id"] for index in range(2)]

    answer = await bob.post(f"/api/chat/rooms/{room}/read")

    assert (answer.status, answer.json) == (200, {"success": True})
    assert await other_app.hears("messages:read") == {"conversationId": room, "messageIds": sent}


@once
async def test_messages_cannot_be_deleted(ada: Frontend, room: str) -> None:
    sent = await say(ada, room, "For ever")

    answer = await ada.delete(f"/api/chat/messages/{sent['_id']}")

    assert (answer.status, answer.json) == (403, {"error": "Messages cannot be deleted"})
    assert [each["text"] for each in (await ada.get(f"/api/chat/messages/{room}")).json] == [
        "For ever"
    ]


@once
async def test_where_it_is_allowed_a_message_can_be_deleted_by_its_sender(
    cluster: Cluster,
) -> None:
    node = await cluster.node(linsta__delete_messages=True)
    ada = cluster.person(node, "ada", dialect="linsta")
    bob, eve = [cluster.person(node, name, dialect="linsta") for name in ("bob", "eve")]
    room = (await ada.post("/api/chat/rooms", otherUserId="bob"))["chatRoomId"]
    sent = await say(ada, room, "For now")
    path = f"/api/chat/messages/{sent['_id']}"

    his, stranger = await bob.delete(path), await eve.delete(path)
    unknown = await ada.delete(f"/api/chat/messages/{UNKNOWN}")
    deleted = await ada.delete(path)

    assert (his.status, his.json) == (403, {"error": "You can only delete your own messages"})
    assert (stranger.status, stranger.json) == (404, {"error": "Message not found"})
    assert (unknown.status, unknown.json) == (404, {"error": "Message not found"})
    assert (deleted.status, deleted.json) == (200, {**sent, "text": "", "deleted": True})
    assert (await bob.get(f"/api/chat/messages/{room}")).json == []


@once
async def test_past_the_window_a_message_stays(cluster: Cluster) -> None:
    node = await cluster.node(linsta__delete_messages=True, messages__delete_window=0.000_001)
    ada = cluster.person(node, "ada", dialect="linsta")
    room = (await ada.post("/api/chat/rooms", otherUserId="bob"))["chatRoomId"]
    sent = await say(ada, room, "Too late")

    answer = await ada.delete(f"/api/chat/messages/{sent['_id']}")

    assert answer.status == 403
    assert answer["error"].startswith("Can only delete messages within")


@once
async def test_a_status_can_be_asked_of_anyone(ada: Frontend, bob: Frontend) -> None:
    online = await ada.get("/api/users/status/bob")
    unknown = await ada.get("/api/users/status/nobody")
    malformed = await ada.get(f"/api/users/status/{'b' * 65}")

    assert (online.status, online.json) == (
        200,
        {"userId": "bob", "online": True, "lastSeen": None},
    )
    assert unknown.json == {"userId": "nobody", "online": False, "lastSeen": None}
    assert (malformed.status, malformed.json) == (400, {"error": "Invalid userId"})


@on_both_databases
async def test_notifications_are_a_bare_array_in_pages_the_latest_first(
    node: InProcess, bob: Frontend
) -> None:
    for index in range(3):
        await notify(node, "bob", type="LIKE", title=None, text=f"{index}", reference=index)

    async def listed(query: str = "") -> list[str]:
        answer = await bob.get(f"/api/notifications{query}")
        assert answer.status == 200
        return [row["message"] for row in answer.json]

    (latest, *_) = (await bob.get("/api/notifications")).json
    assert set(latest) == {
        "_id",
        "userId",
        "type",
        "message",
        "referenceId",
        "isRead",
        "createdAt",
    }
    assert latest["referenceId"] == 2
    assert await listed() == ["2", "1", "0"]
    assert await listed("?limit=1&skip=1") == ["1"]
    assert await listed("?limit=none") == ["2", "1", "0"]


@on_both_databases
async def test_reading_one_and_all_counts_down_and_is_told_to_the_conversations_side(
    cluster: Cluster, node: InProcess, bob: Frontend
) -> None:
    other_app = await cluster.frontend(node, "bob")
    told, _ = [await notify(node, "bob", type="LIKE") for _ in range(2)]

    read = await bob.put(f"/api/notifications/{told}/read")
    assert (read.status, read["_id"], read["isRead"]) == (200, told, True)
    assert await other_app.hears("notification:read") == told
    assert (await bob.get("/api/notifications/unread/count")).json == {"unreadCount": 1}

    everything = await bob.put("/api/notifications/mark-all/read")
    assert everything.status == 200
    assert everything.json == {"message": "All notifications marked as read"}
    assert await other_app.hears("notifications:read-all") is None
    assert (await bob.get("/api/notifications/unread/count")).json == {"unreadCount": 0}


@once
async def test_only_the_owner_reads_a_notification(
    node: InProcess, ada: Frontend, bob: Frontend
) -> None:
    told = await notify(node, "bob", type="LIKE")

    for wanted in (told, UNKNOWN, "no-id"):
        answer = await ada.put(f"/api/notifications/{wanted}/read")
        assert (answer.status, answer.json) == (404, {"error": "Notification not found"})


@once
async def test_a_notification_of_a_message_is_none_here(
    cluster: Cluster, node: InProcess, bob: Frontend
) -> None:
    await cluster.person(node, "ada").post("/api/messages", receiverId="bob", content="Hi")
    (row,) = (await cluster.person(node, "bob").get("/api/notifications")).json["data"]

    read = await bob.put(f"/api/notifications/{row['id']}/read")
    await bob.put("/api/notifications/mark-all/read")

    assert (read.status, read.json) == (404, {"error": "Notification not found"})
    (row,) = (await cluster.person(node, "bob").get("/api/notifications")).json["data"]
    assert row["isRead"] is False, "reading all leaves it alone"


@once
@pytest.mark.parametrize(
    ("bearer", "error"),
    [
        ("", "Missing or invalid token"),
        ("none.of.ours", "Invalid or expired token"),
        (token("ada", expires=-60), "Invalid or expired token"),
    ],
)
async def test_a_call_needs_a_token(
    cluster: Cluster, node: InProcess, bearer: str, error: str
) -> None:
    nobody = cluster.person(node, "ada", dialect="linsta", token=bearer)

    for answer in (
        await nobody.get("/api/chat/rooms"),
        await nobody.get("/api/notifications"),
        await nobody.get("/api/users/status/ada"),
    ):
        assert (answer.status, answer.json) == (401, {"error": error})


@once
async def test_an_unknown_path_and_a_wrong_method_are_told_in_this_shape(ada: Frontend) -> None:
    unknown = await ada.get("/api/chat/flowers")
    wrong = await ada.put("/api/chat/rooms")

    assert (unknown.status, unknown.json) == (404, {"error": "Not found"})
    assert (wrong.status, wrong.json) == (405, {"error": "Method not allowed"})

"""Chat between people: `send_message`, `typing` and the calls under `/api/realtime/chat`."""

from __future__ import annotations

from typing import Any

import pytest

from realtime.domain import conversations, deletion
from realtime.domain.actor import Actor
from realtime.models import User
from tests.cluster import Cluster
from tests.frontend import Frontend
from tests.nodes import InProcess
from tests.scenarios.jobs.service import RealtimeService
from tests.scenarios.steps import LONE_SURROGATE, UNKNOWN, group, on_both_databases, once
from tests.scenarios.steps import say as say_in

CHAT = "/api/realtime/chat"

ROW = {
    "id",
    "senderId",
    "senderName",
    "senderAvatar",
    "recipientId",
    "message",
    "messageType",
    "attachmentUrl",
    "attachmentType",
    "isRead",
    "readAt",
    "isEdited",
    "editedAt",
    "createdAt",
}


async def texts(person: RealtimeService, partner: str, query: str = "") -> list[str]:
    """What a chat shows."""
    answer = await person.get_chat_messages(partner, query)
    assert answer.status == 200, answer.text
    return [each["message"] for each in answer["messages"]]


async def test_send_message_reaches_the_recipient_and_never_the_emitting_socket(
    ada: Frontend, bob: Frontend, ada_service: RealtimeService
) -> None:
    await ada_service.send_message("bob", "  Lunch?  ", "link")

    received = await bob.hears("message_received")
    assert set(received) == ROW - {"attachmentType", "isRead", "readAt", "isEdited", "editedAt"}
    assert received["senderId"] == "ada"
    assert received["senderName"] == "Ada"
    assert received["recipientId"] == "bob"
    assert received["message"] == "Lunch?"
    assert received["messageType"] == "link"
    assert received["attachmentUrl"] is None
    await ada.hears_nothing("message_received", "notification", after=[bob])


@once
async def test_send_message_is_acked_if_somebody_asks(ada: Frontend, bob: Frontend) -> None:
    ack = await ada.ask("send_message", {"recipientId": "bob", "message": "Lunch?"})

    assert ack == {"success": True}


@once
async def test_a_message_to_somebody_unknown_makes_her_known(
    cluster: Cluster, node: InProcess, ada: Frontend, ada_service: RealtimeService
) -> None:
    await ada.ask("send_message", {"recipientId": "cy", "message": "Are you there?"})

    (chat,) = (await ada_service.get_conversations())["conversations"]
    assert (chat["userId"], chat["userName"]) == ("cy", "cy"), "called by her id"
    cy = RealtimeService(await cluster.frontend(node, "cy", dialect="jobs"))
    assert await texts(cy, "ada") == ["Are you there?"]


@once
@pytest.mark.parametrize(
    ("sent", "error"),
    [
        ({"recipientId": "ada", "message": "Me?"}, "Cannot send message to yourself"),
        ({"recipientId": "bob", "message": " "}, "recipientId and message are required"),
        ({"recipientId": "bob", "message": "x" * 10_001}, "Message is too long"),
        ({"recipientId": "bob", "message": "nul \x00"}, "Invalid text"),
        ({"recipientId": "bob", "message": LONE_SURROGATE}, "Invalid text"),
        ({"recipientId": "bob"}, "Invalid message"),
        ({"recipientId": ["bob"], "message": "Hi"}, "Invalid recipientId"),
        ({"recipientId": "bob", "message": "Hi", "messageType": "poem"}, "Invalid messageType"),
        ({"message": "Hi"}, "Invalid"),
        ({"recipientId": "bob", "chatRoomId": UNKNOWN, "message": "Hi"}, "Invalid"),
        ("Hi", "Invalid"),
        (None, "Invalid"),
    ],
)
async def test_a_message_that_cannot_be_sent_is_refused_and_heard_by_nobody(
    ada: Frontend, bob: Frontend, sent: Any, error: str
) -> None:
    assert await ada.ask("send_message", sent) == {"success": False, "error": error}

    await ada.emit("send_message", sent)
    await bob.hears_nothing("message_received", "notification", after=[ada])
    assert (await bob.get(f"{CHAT}/ada"))["total"] == 0


@once
async def test_an_unknown_event_is_refused_by_its_name(ada: Frontend) -> None:
    assert await ada.ask("send_flowers") == {"success": False, "error": "unknown event"}


async def test_typing_reaches_the_recipient_before_there_is_a_conversation(
    ada: Frontend, bob: Frontend
) -> None:
    assert await ada.ask("typing", {"recipientId": "bob", "timestamp": "now"}) == {"success": True}

    typing = await bob.hears("user_typing")
    assert set(typing) == {"userId", "userName", "recipientId", "timestamp"}
    assert (typing["userId"], typing["userName"], typing["recipientId"]) == ("ada", "Ada", "bob")
    assert typing["timestamp"].endswith("Z")
    assert (await bob.get(f"{CHAT}/conversations"))["conversations"] == []
    await ada.hears_nothing("user_typing")


@once
async def test_typing_to_a_stranger_makes_nobody(ada: Frontend) -> None:
    await ada.ask("typing", {"recipientId": "nobody"})

    assert not await User.exists(id="nobody")


@once
@pytest.mark.parametrize(
    ("sent", "error"),
    [
        ({"recipientId": "ada"}, "Cannot send message to yourself"),
        ({}, "Invalid recipientId"),
        (7, "Invalid"),
    ],
)
async def test_typing_to_nobody_is_refused(ada: Frontend, sent: Any, error: str) -> None:
    assert await ada.ask("typing", sent) == {"success": False, "error": error}


@on_both_databases
async def test_chat_send_answers_200_with_the_row_and_is_received(
    bob: Frontend, ada_service: RealtimeService
) -> None:
    answer = await ada_service.send_chat_message(
        "bob", "My CV", messageType="file", attachmentUrl="https://files.example/cv.pdf"
    )

    assert answer.status == 200
    row = answer["message"]
    assert set(answer.json) == {"success", "message"}
    assert set(row) == ROW
    assert (row["messageType"], row["attachmentUrl"]) == ("file", "https://files.example/cv.pdf")
    assert (row["isRead"], row["readAt"], row["isEdited"], row["editedAt"]) == (
        *(False, None),
        *(False, None),
    )
    received = await bob.hears("message_received")
    assert received == {key: row[key] for key in received}


@once
@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, "recipientId and message are required"),
        ({"recipientId": "bob"}, "recipientId and message are required"),
        ({"recipientId": "bob", "message": "  "}, "recipientId and message are required"),
        ({"recipientId": "b" * 65, "message": "Hi"}, "recipientId and message are required"),
        ({"recipientId": "ada", "message": "Hi"}, "Cannot send message to yourself"),
        ({"recipientId": "bob", "message": "x" * 10_001}, "Message is too long"),
        ({"recipientId": "bob", "message": "\x00"}, "Invalid text"),
        (
            {"recipientId": "bob", "message": "Hi", "attachmentUrl": "javascript:alert(1)"},
            "Invalid attachmentUrl",
        ),
    ],
)
async def test_chat_send_refuses_what_it_cannot_send(
    ada: Frontend, bob: Frontend, body: dict[str, Any], error: str
) -> None:
    answer = await ada.post(f"{CHAT}/send", body)

    assert (answer.status, answer.json) == (400, {"success": False, "error": error})
    await bob.hears_nothing("message_received", "notification")


@once
@pytest.mark.parametrize("data", ["{", "[]", '"text"', "7"])
async def test_a_body_that_is_no_object_is_invalid_json(ada: Frontend, data: str) -> None:
    answer = await ada.request("POST", f"{CHAT}/send", data=data)

    assert (answer.status, answer.json) == (400, {"success": False, "error": "Invalid JSON"})


@on_both_databases
async def test_a_chat_shows_both_directions_oldest_first_in_pages_from_the_newest(
    ada_service: RealtimeService, bob_service: RealtimeService
) -> None:
    for index in range(3):
        await ada_service.send_chat_message("bob", f"ada {index}")
        await bob_service.send_chat_message("ada", f"bob {index}")

    everything = ["ada 0", "bob 0", "ada 1", "bob 1", "ada 2", "bob 2"]
    assert await texts(ada_service, "bob") == everything
    assert await texts(bob_service, "ada", "?limit=2") == everything[4:]
    assert await texts(bob_service, "ada", "?limit=2&offset=2") == everything[2:4]
    assert await texts(bob_service, "ada", "?limit=none&offset=-3") == everything
    answer = await bob_service.get_chat_messages("ada", "?limit=1")
    assert (answer["success"], answer["total"]) == (True, 6)
    assert set(answer["messages"][0]) == ROW


@once
async def test_a_page_has_at_most_a_hundred_messages(
    ada: Frontend, ada_service: RealtimeService, bob_service: RealtimeService
) -> None:
    for index in range(101):
        await ada.emit("send_message", {"recipientId": "bob", "message": f"{index}"})
    await ada.settled()

    shown = await texts(bob_service, "ada", "?limit=1000")

    assert shown == [f"{index}" for index in range(1, 101)]
    assert len(await texts(bob_service, "ada")) == 50


@on_both_databases
async def test_opening_a_chat_reads_all_that_the_partner_sent(
    ada_service: RealtimeService, bob_service: RealtimeService
) -> None:
    for text in ("One", "Two", "Three"):
        await ada_service.send_chat_message("bob", text)
    await bob_service.send_chat_message("ada", "Four")
    assert (await bob_service.get_conversations())["conversations"][0]["unreadCount"] == 3

    await bob_service.get_chat_messages("ada", "?limit=1")

    rows = (await ada_service.get_chat_messages("bob", "?limit=4"))["messages"]
    assert (await bob_service.get_conversations())["conversations"][0]["unreadCount"] == 0
    assert [row["isRead"] for row in rows] == [True, True, True, True]
    assert all(row["readAt"] for row in rows)


@once
@pytest.mark.parametrize("person", ["nobody", "ada", "b" * 65, "%00", "half%ED%A0%BD"])
async def test_the_chat_with_somebody_unknown_is_empty_and_makes_nobody(
    ada_service: RealtimeService, person: str
) -> None:
    known = await User.all().count()

    answer = await ada_service.get_chat_messages(person)

    assert answer.status == 200
    assert answer.json == {"success": True, "messages": [], "total": 0}
    assert (await ada_service.get_conversations())["conversations"] == []
    assert await User.all().count() == known


@on_both_databases
async def test_the_list_of_chats_has_the_latest_first_and_none_without_a_message(
    cluster: Cluster,
    node: InProcess,
    ada_service: RealtimeService,
    bob_service: RealtimeService,
) -> None:
    cy = cluster.person(node, "cy")
    await bob_service.send_chat_message("ada", "From Bob")
    await cy.post("/api/messages", receiverId="ada", content="From Cy")
    await cluster.person(node, "eve").post(
        "/api/messages/start-conversation", otherUserId="ada"
    )  # says nothing

    answer = await ada_service.get_conversations()

    assert answer["success"] is True
    shown = answer["conversations"]
    assert [(each["userId"], each["lastMessage"]) for each in shown] == [
        ("cy", "From Cy"),
        ("bob", "From Bob"),
    ]
    assert set(shown[0]) == {
        "userId",
        "userName",
        "userAvatar",
        "lastMessage",
        "lastMessageAt",
        "unreadCount",
    }
    assert [each["unreadCount"] for each in shown] == [1, 1]

    await ada_service.send_chat_message("bob", "To Bob")
    shown = (await ada_service.get_conversations())["conversations"]
    assert [each["lastMessage"] for each in shown] == ["To Bob", "From Cy"]


@once
async def test_groups_are_neither_listed_nor_heard(
    cluster: Cluster, node: InProcess, ada: Frontend, bob: Frontend
) -> None:
    choir = await group(node, "ada", "bob", "cy")
    cy = await cluster.frontend(node, "cy")

    said = await say_in(cy, choir, "Rehearsal at eight")
    await cy.ask("typing:start", choir)

    await bob.hears_nothing("message_received", "notification", "user_typing", after=[cy])
    assert (await bob.get(f"{CHAT}/conversations"))["conversations"] == []
    assert (await cy.delete(f"{CHAT}/{said['id']}")).status == 404


@on_both_databases
async def test_a_deleted_message_is_gone_everywhere(
    ada_service: RealtimeService, bob_service: RealtimeService
) -> None:
    await ada_service.send_chat_message("bob", "Stays")
    sent = await ada_service.send_chat_message("bob", "Goes")

    answer = await ada_service.delete_message(sent["message"]["id"])

    assert (answer.status, answer.json) == (200, {"success": True, "message": "Message deleted"})
    (chat,) = (await bob_service.get_conversations())["conversations"]
    assert (chat["lastMessage"], chat["unreadCount"]) == ("Stays", 1)
    assert (await bob_service.get_unread_count())["unreadCount"] == 1
    assert await texts(bob_service, "ada") == ["Stays"]
    assert (await bob_service.get_chat_messages("ada"))["total"] == 1
    assert (await ada_service.delete_message(sent["message"]["id"])).status == 404


@once
async def test_a_chat_whose_only_message_was_deleted_is_listed_no_more(
    ada_service: RealtimeService, bob_service: RealtimeService
) -> None:
    sent = await ada_service.send_chat_message("bob", "Goes")
    await ada_service.delete_message(sent["message"]["id"])

    assert (await bob_service.get_conversations())["conversations"] == []


@once
async def test_only_the_sender_can_delete_a_message(
    cluster: Cluster, node: InProcess, ada_service: RealtimeService, bob_service: RealtimeService
) -> None:
    sent = (await ada_service.send_chat_message("bob", "Mine"))["message"]["id"]
    eve = RealtimeService(await cluster.frontend(node, "eve", dialect="jobs"))

    for person, message_id in [
        (bob_service, sent),
        (eve, sent),
        (ada_service, UNKNOWN),
        (ada_service, "no-id"),
    ]:
        answer = await person.delete_message(message_id)
        assert (answer.status, answer.json) == (
            404,
            {"success": False, "error": "Message not found"},
        )
    assert await texts(bob_service, "ada") == ["Mine"]


@once
async def test_past_the_window_a_message_stays(cluster: Cluster) -> None:
    node = await cluster.node(messages__delete_window=0.000_001)
    ada = RealtimeService(await cluster.frontend(node, "ada", dialect="jobs"))
    sent = (await ada.send_chat_message("bob", "Too late"))["message"]["id"]

    answer = await ada.delete_message(sent)

    assert answer.status == 403
    assert answer["error"].startswith("Can only delete messages within")


@once
async def test_where_users_must_exist_nobody_writes_to_a_stranger(cluster: Cluster) -> None:
    node = await cluster.node(users__must_exist=True)
    ada = await cluster.frontend(node, "ada", dialect="jobs")

    answer = await ada.post(f"{CHAT}/send", recipientId="nobody", message="Hi")
    ack = await ada.ask("send_message", {"recipientId": "nobody", "message": "Hi"})

    assert (answer.status, answer["error"]) == (404, "User not found")
    assert ack == {"success": False, "error": "User not found"}
    assert (await ada.get(f"{CHAT}/nobody"))["messages"] == []


@once
async def test_a_chat_whose_other_one_is_deleted_meanwhile_is_empty(
    cluster: Cluster, node: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = cluster.person(node, "ada", dialect="jobs")
    await ada.post("/api/realtime/chat/send", recipientId="bob", message="Hi")
    found = conversations.with_person

    async def found_too_early(actor: Actor, other_id: str) -> Any:
        conversation = await found(actor, other_id)
        await deletion.delete(actor.node, other_id)
        return conversation

    monkeypatch.setattr(conversations, "with_person", found_too_early)
    chat = await ada.get("/api/realtime/chat/bob")

    assert (chat.status, chat.json) == (200, {"success": True, "messages": [], "total": 0})
    monkeypatch.undo()
    await ada.post("/api/realtime/chat/send", recipientId="bob", message="Hi")
    monkeypatch.setattr(conversations, "with_person", found_too_early)
    read = await cluster.person(node, "ada", dialect="skilllink").put("/messages/read/bob")
    assert (read.status, read.json) == (200, {"success": True})

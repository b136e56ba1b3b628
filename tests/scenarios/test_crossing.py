"""All dialects are views of one domain: what happens in one is told in the others' words."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cluster import Cluster
from tests.frontend import Frontend
from tests.nodes import InProcess
from tests.rest import Rest
from tests.scenarios.steps import notify, on_both_databases, once, say, talk


@pytest.fixture
async def node(cluster: Cluster) -> InProcess:
    return await cluster.node(presence__grace=0, linsta__delete_messages=True)


@pytest.fixture
async def room(cluster: Cluster, node: InProcess) -> str:
    """The conversation of Ada and Bob."""
    return await talk(cluster.person(node, "ada"), "bob")


@pytest.fixture
async def ada(cluster: Cluster, node: InProcess, room: str) -> Frontend:
    """Ada at the conversations frontend, with the page open."""
    frontend = await cluster.frontend(node, "ada")
    assert await frontend.ask("join:conversation", room) == {"success": True}
    await frontend.settled()
    frontend.forget_what_was_heard()
    return frontend


async def comes(cluster: Cluster, node: InProcess, user: str, dialect: str) -> Frontend:
    """Somebody who has heard everything that her coming causes."""
    frontend = await cluster.frontend(node, user, dialect=dialect)
    await frontend.settled()
    frontend.forget_what_was_heard()
    return frontend


# Reading

READS = {
    "jobs": ("GET", "/api/realtime/chat/ada?limit=1"),
    "skilllink": ("PUT", "/messages/read/ada"),
    "linsta": ("POST", "/api/chat/rooms/{room}/read"),
    "conversations": ("PUT", "/api/messages/conversations/{room}/read"),
}


@on_both_databases
@pytest.mark.parametrize("dialect", READS)
async def test_reading_a_chat_reads_all_and_is_messages_read(
    cluster: Cluster, node: InProcess, ada: Frontend, room: str, dialect: str
) -> None:
    sent = [(await say(ada, room, f"{index}"))["id"] for index in range(3)]
    bob = cluster.person(node, "bob", dialect=dialect)
    method, path = READS[dialect]

    for _ in range(2):
        answer = await bob.request(method, path.format(room=room))
        assert answer.status == 200

    assert await ada.hears("messages:read") == {"conversationId": room, "messageIds": sent}
    await ada.hears_nothing("messages:read")


@once
async def test_reading_messages_leaves_their_notifications_unread_and_the_other_way_round(
    cluster: Cluster, node: InProcess, ada: Frontend, room: str
) -> None:
    await say(ada, room, "Hi")
    jobs = cluster.person(node, "bob", dialect="jobs")

    await jobs.get("/api/realtime/chat/ada")
    unread = await jobs.get("/api/realtime/notifications/unread/count")
    assert unread["unreadCount"] == 1

    await say(ada, room, "Hi again")
    await jobs.put("/api/realtime/notifications/mark-all-read")
    chats = await jobs.get("/api/realtime/chat/conversations")
    assert chats["conversations"][0]["unreadCount"] == 1


# Deleting


async def sent_by_bob(cluster: Cluster, node: InProcess, room: str) -> str:
    return str((await say(cluster.person(node, "bob"), room, "Goes"))["id"])


DELETES = {
    "jobs": "/api/realtime/chat/{id}",
    "linsta": "/api/chat/messages/{id}",
    "conversations": "/api/messages/{id}",
}


@on_both_databases
@pytest.mark.parametrize("dialect", DELETES)
async def test_a_message_deleted_anywhere_is_gone_everywhere(
    cluster: Cluster, node: InProcess, ada: Frontend, room: str, dialect: str
) -> None:
    message_id = await sent_by_bob(cluster, node, room)
    bob = cluster.person(node, "bob", dialect=dialect)

    answer = await bob.delete(DELETES[dialect].format(id=message_id))

    assert answer.status == 200
    assert await ada.hears("message:deleted") == {
        "conversationId": room,
        "messageId": message_id,
    }
    await shows_nothing(cluster, node, room)


async def shows_nothing(cluster: Cluster, node: InProcess, room: str) -> None:
    """No list, history, count or last message of any dialect has Bob's only message."""

    def ada(dialect: str) -> Rest:
        return cluster.person(node, "ada", dialect=dialect)

    jobs, skilllink, linsta = ada("jobs"), ada("skilllink"), ada("linsta")
    here = ada("conversations")
    assert (await jobs.get("/api/realtime/chat/bob")).json == {
        "success": True,
        "messages": [],
        "total": 0,
    }
    assert (await jobs.get("/api/realtime/chat/conversations"))["conversations"] == []
    assert (await jobs.get("/api/realtime/notifications"))["total"] == 0
    assert (await skilllink.get("/messages/conversations"))["data"] == []
    assert (await skilllink.get("/messages/conversation/bob"))["data"] == []
    assert (await linsta.get(f"/api/chat/messages/{room}")).json == []
    (listed,) = (await here.get("/api/messages/conversations"))["data"]
    assert (listed["lastMessage"], listed["unreadCount"]) == (None, 0)
    assert (await here.get("/api/messages/unread-count"))["count"] == 0


# Typing


async def test_typing_to_a_person_is_typing_in_the_conversation_with_her(
    cluster: Cluster, node: InProcess, ada: Frontend, room: str
) -> None:
    bob = await comes(cluster, node, "bob", "jobs")
    ada.forget_what_was_heard()

    await bob.emit("typing", {"recipientId": "ada", "timestamp": "now"})

    assert await ada.hears("typing:start") == {"conversationId": room, "userId": "bob"}


async def test_typing_stops_with_the_message(
    cluster: Cluster, node: InProcess, ada: Frontend, room: str
) -> None:
    bob = await comes(cluster, node, "bob", "jobs")
    await bob.emit("typing", {"recipientId": "ada"})
    await ada.hears("typing:start")

    await bob.emit("send_message", {"recipientId": "ada", "message": "Typed"})

    assert await ada.hears("typing:stop") == {"conversationId": room, "userId": "bob"}
    assert (await ada.hears("message:new"))["content"] == "Typed"


@once
async def test_typing_stops_with_the_connection(
    cluster: Cluster, node: InProcess, ada: Frontend, room: str
) -> None:
    bob = await comes(cluster, node, "bob", "jobs")
    await bob.emit("typing", {"recipientId": "ada"})
    await ada.hears("typing:start")

    await bob.disconnect()

    assert await ada.hears("typing:stop") == {"conversationId": room, "userId": "bob"}


async def test_typing_in_a_conversation_is_typing_to_the_other(
    cluster: Cluster, node: InProcess, ada: Frontend, room: str
) -> None:
    bob = await comes(cluster, node, "bob", "jobs")
    await ada.emit("typing:start", {"conversationId": room})

    typing = await bob.hears("user_typing")

    assert (typing["userId"], typing["userName"], typing["recipientId"]) == ("ada", "Ada", "bob")
    await ada.emit("typing:stop", {"conversationId": room})
    await bob.hears_nothing("user_typing", after=[ada])


@once
async def test_typing_to_a_stranger_reaches_her_jobs_page_alone(
    cluster: Cluster, node: InProcess
) -> None:
    bob = await comes(cluster, node, "bob", "jobs")
    at_jobs = await comes(cluster, node, "cy", "jobs")
    elsewhere = await comes(cluster, node, "cy", "conversations")

    await bob.ask("typing", {"recipientId": "cy"})

    await at_jobs.hears("user_typing")
    await elsewhere.hears_nothing("typing:start", after=[bob])


# Joining


@once
async def test_joining_a_conversation_is_not_joining_aloud(
    cluster: Cluster, node: InProcess, room: str
) -> None:
    bob = await comes(cluster, node, "bob", "linsta")
    await bob.ask("join_room", {"chatRoomId": room})
    ada = await comes(cluster, node, "ada", "conversations")

    await ada.ask("join:conversation", room)
    await bob.hears_nothing("user_joined", after=[ada])

    await ada.ask("join_room", {"chatRoomId": room})
    assert (await bob.hears("user_joined"))["userId"] == "ada"


@once
async def test_who_joined_a_room_is_online_in_the_conversation(
    cluster: Cluster, node: InProcess, ada: Frontend, room: str
) -> None:
    bob = await comes(cluster, node, "bob", "linsta")
    await bob.ask("join_room", {"chatRoomId": room})

    assert await ada.ask("conversation:get-online-users", room) == ["bob"]
    await say(ada, room, "No notification for who is looking")
    listed = await cluster.person(node, "bob", dialect="jobs").get("/api/realtime/notifications")
    assert listed["total"] == 0


@once
async def test_one_membership_is_left_in_every_dialect(
    cluster: Cluster, node: InProcess, ada: Frontend, room: str
) -> None:
    bob = await comes(cluster, node, "bob", "linsta")
    await bob.ask("join_room", {"chatRoomId": room})

    await bob.ask("leave:conversation", room)

    await say(ada, room, "Gone?")
    await bob.hears("notification:new")  # the event that left is of this dialect
    await bob.hears_nothing("receive_message", "message:new")
    assert await ada.ask("conversation:get-online-users", room) == []


# Status and notifications


async def test_coming_and_going_is_told_in_both_words(cluster: Cluster, node: InProcess) -> None:
    jobs = await comes(cluster, node, "ada", "jobs")
    here = await comes(cluster, node, "ada", "conversations")

    def of_bob(told: dict[str, Any]) -> bool:
        return bool(told["userId"] == "bob")

    bob = await cluster.frontend(node, "bob", dialect="linsta")
    assert (await here.hears("user:status-changed", of_bob))["status"] == "online"
    assert (await jobs.hears("user_status", of_bob))["status"] == "online"

    await bob.disconnect()
    assert (await here.hears("user:status-changed", of_bob))["status"] == "offline"
    assert (await jobs.hears("user_status", of_bob))["status"] == "offline"


NOTIFIED: dict[str, tuple[str, dict[str, Any]]] = {
    "conversations": ("notification:new", {"title": "Graded", "message": "An A", "isRead": False}),
    "jobs": ("notification", {"title": "Graded", "content": "An A", "relatedId": "7"}),
    "skilllink": ("notification", {"title": "Graded", "message": "An A", "read": False}),
    "linsta": ("notification", {"message": "An A", "referenceId": "7", "isRead": False}),
}


async def test_a_notification_is_told_once_in_each_frontends_words(
    cluster: Cluster, node: InProcess
) -> None:
    bobs = {dialect: await comes(cluster, node, "bob", dialect) for dialect in NOTIFIED}

    for frontend in bobs.values():
        frontend.forget_what_was_heard()
    told = await notify(node, "bob", title="Graded", text="An A", reference="7")

    for dialect, (event, words) in NOTIFIED.items():
        heard = await bobs[dialect].hears(event)
        assert {key: heard[key] for key in words} == words, dialect
        assert told in (heard.get("id"), heard.get("_id"))
        await bobs[dialect].hears_nothing("notification", "notification:new")


READ_CALLS = {
    "jobs": "/api/realtime/notifications/{id}/read",
    "skilllink": "/notifications/{id}/read",
    "linsta": "/api/notifications/{id}/read",
}


@once
@pytest.mark.parametrize("dialect", READ_CALLS)
async def test_a_notification_read_elsewhere_is_told_to_conversations_each_time(
    cluster: Cluster, node: InProcess, dialect: str
) -> None:
    here = await comes(cluster, node, "bob", "conversations")
    told = await notify(node, "bob")
    elsewhere = cluster.person(node, "bob", dialect=dialect)

    for _ in range(2):
        answer = await elsewhere.put(READ_CALLS[dialect].format(id=told))
        assert answer.status == 200
        assert await here.hears("notification:read") == told


@once
async def test_a_profile_view_is_a_notification_everywhere(
    cluster: Cluster, node: InProcess
) -> None:
    bobs = {dialect: await comes(cluster, node, "bob", dialect) for dialect in NOTIFIED}
    for frontend in bobs.values():
        frontend.forget_what_was_heard()

    await cluster.person(node, "ada", dialect="jobs").post(
        "/api/realtime/activity/log", action="view_profile", targetUserId="bob"
    )

    text = "Ada viewed your profile"
    assert (await bobs["conversations"].hears("notification:new"))["title"] == text
    assert (await bobs["skilllink"].hears("notification"))["title"] == text
    assert (await bobs["linsta"].hears("notification"))["message"] == text
    assert (await bobs["jobs"].hears("notification"))["title"] == text
    await bobs["jobs"].hears("profile_viewed")

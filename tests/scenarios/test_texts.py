"""What cannot be seen and what should not be shown, at every door."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from realtime.api import CallRefused
from realtime.in_process import API
from realtime.models import Message, User
from tests.cluster import Cluster
from tests.frontend import Frontend
from tests.nodes import InProcess
from tests.scenarios.steps import once, say, talk
from tests.tokens import token

INVISIBLE = ["\u200b\u200d", "\u2800", "\u3164\ufe0f", "\u0301", "\u00ad\u2060\ufeff\u180e\u115f"]
CONTROL = ["ring \x07", "\x1b[2J", "\x9b2J cleared", "over\rwritten"]
UNSHOWN = [*INVISIBLE, *CONTROL]

EVIL = "Ada\x1b[2J \u202egnp.exe\u2066"
MENDED = "Ada[2J gnp.exe"


class Door(NamedTuple):
    """Where a text comes in: a path or an event, and what is sent with it."""

    dialect: str
    where: str
    body: Callable[[str, str], dict[str, Any]]


DOORS = [
    Door("conversations", "/api/messages", lambda r, t: {"conversationId": r, "content": t}),
    Door("conversations", "message:send", lambda r, t: {"receiverId": "bob", "content": t}),
    Door("jobs", "/api/realtime/chat/send", lambda r, t: {"recipientId": "bob", "message": t}),
    Door("jobs", "send_message", lambda r, t: {"recipientId": "bob", "message": t}),
    Door("skilllink", "/api/messages", lambda r, t: {"receiverId": "bob", "content": t}),
    Door("skilllink", "/messages", lambda r, t: {"receiverId": "bob", "content": t}),
    Door("linsta", "/api/chat/messages", lambda r, t: {"chatRoomId": r, "text": t}),
    Door("linsta", "send_message", lambda r, t: {"chatRoomId": r, "text": t}),
]


async def refused(ada: Frontend, door: Door, room: str, text: str) -> bool:
    """Whether the door says no, by its status or in its ack."""
    body = door.body(room, text)
    if door.where.startswith("/"):
        return bool((await ada.post(door.where, body)).status == 400)
    return bool((await ada.ask(door.where, body))["success"] is False)


@once
@pytest.mark.parametrize("door", DOORS, ids=lambda door: f"{door.dialect} {door.where}")
async def test_no_door_takes_a_message_that_cannot_be_shown(
    cluster: Cluster, node: InProcess, door: Door
) -> None:
    ada = await cluster.frontend(node, "ada", dialect=door.dialect)
    room = await talk(cluster.person(node, "ada"), "bob")

    for text in UNSHOWN:
        assert await refused(ada, door, room, text), ascii(text)

    assert await Message.all().count() == 0
    assert not await refused(ada, door, room, "👩\u200d👧 می\u200cخواهم")
    assert (await Message.get()).content == "👩\u200d👧 می\u200cخواهم"


@once
async def test_no_message_is_edited_into_one_that_cannot_be_shown(ada: Frontend) -> None:
    message = await say(ada, await talk(ada, "bob"), "Words")

    for text in UNSHOWN:
        edited = await ada.put(f"/api/messages/{message['id']}", content=text)
        ack = await ada.ask("message:edit", {"messageId": message["id"], "content": text})

        assert (edited.status, ack["success"]) == (400, False), ascii(text)
    assert (await Message.get()).content == "Words"


@once
@pytest.mark.parametrize("store", [True, False])
async def test_the_application_sends_no_message_that_cannot_be_shown(
    node: InProcess, store: bool
) -> None:
    assert node.app is not None
    api = node.app[API]
    for text in UNSHOWN:
        with pytest.raises(CallRefused) as no:
            await api.send_message("ada", "bob", text, store=store)
        assert (no.value.status, no.value.field) == (400, "content"), ascii(text)


@once
async def test_the_application_tells_nobody_what_cannot_be_shown(node: InProcess) -> None:
    assert node.app is not None
    api = node.app[API]
    for text in UNSHOWN:
        with pytest.raises(CallRefused) as no:
            await api.send_notification_to_user("ada", {"type": "X", "message": text})
        assert no.value.status == 400, ascii(text)
        with pytest.raises(CallRefused) as no:
            await api.create_conversation(["ada", "bob"], title=INVISIBLE[0])
        assert (no.value.status, no.value.field) == (400, "title")


@once
async def test_a_title_that_shows_nothing_is_a_missing_one(
    cluster: Cluster, node: InProcess, ada: Frontend
) -> None:
    assert node.app is not None
    said = {"type": "X", "title": "\u2800", "message": "one\r\ntwo"}

    await node.app[API].send_notification_to_user("ada", said)

    told = await ada.hears("notification:new")
    assert (told["title"], told["message"]) == ("one\ntwo", "one\ntwo")


@once
async def test_a_name_from_a_token_is_mended(cluster: Cluster, node: InProcess) -> None:
    ada = cluster.person(node, "ada", token=token("ada", name=EVIL))
    await ada.get("/api/notifications")

    assert (await User.get(id="ada")).name == MENDED


@once
async def test_a_name_that_shows_nothing_changes_none(cluster: Cluster, node: InProcess) -> None:
    for name in ("Ada", "\u3164"):
        await cluster.person(node, "ada", token=token("ada", name=name)).get("/api/notifications")

    assert (await User.get(id="ada")).name == "Ada"


@once
async def test_a_name_from_the_application_is_mended(node: InProcess, bob: Frontend) -> None:
    assert node.app is not None
    users = [{"id": "ada", "name": EVIL}, {"id": "cy", "name": "\u200b"}]

    await node.app[API].upsert_users(users)

    for user_id, name in (("ada", MENDED), ("cy", "cy")):
        opened = await bob.post("/api/messages/start-conversation", otherUserId=user_id)
        assert opened["data"]["otherUser"]["name"] == name


@once
async def test_an_id_that_is_shown_for_a_name_is_mended_too(bob: Frontend) -> None:
    strange = "ada\u202e\x07"

    opened = await bob.post("/api/messages/start-conversation", otherUserId=strange)

    other = opened["data"]["otherUser"]
    assert (other["id"], other["name"]) == (strange, "ada")


@once
async def test_what_a_group_or_an_attachment_is_called_is_mended(
    node: InProcess, ada: Frontend
) -> None:
    assert node.app is not None
    made = await node.app[API].create_conversation(["ada", "bob"], title="Lunch\u202e \x07")
    attached = {"url": "/a.exe", "name": "photo\u202egpj.exe"}

    message = await say(ada, made["id"], "Look", attachments=[attached])

    assert made["title"] == "Lunch"
    assert message["attachments"][0]["name"] == "photogpj.exe"


TITLES = {
    "conversations": ("/api/notifications", "data"),
    "jobs": ("/api/realtime/notifications", "notifications"),
}


@once
@pytest.mark.parametrize("dialect", TITLES)
async def test_a_name_from_right_to_left_keeps_to_itself_in_our_sentences(
    cluster: Cluster, node: InProcess, dialect: str
) -> None:
    path, key = TITLES[dialect]
    eda = cluster.person(node, "eda", token=token("eda", name="עדה"), dialect="jobs")
    bob = cluster.person(node, "bob", dialect=dialect)

    await eda.post("/api/realtime/chat/send", recipientId="bob", message="Shalom")
    await eda.post("/api/realtime/activity/log", action="view_profile", targetUserId="bob")

    titles = [each["title"] for each in (await bob.get(path))[key]]
    assert titles == ["\u2068עדה\u2069 viewed your profile", "New message from \u2068עדה\u2069"]


@once
async def test_an_activity_has_an_action_that_shows(cluster: Cluster, node: InProcess) -> None:
    ada = cluster.person(node, "ada", dialect="jobs")

    for action in UNSHOWN:
        logged = await ada.post("/api/realtime/activity/log", action=action)

        assert (logged.status, logged["error"]) == (400, "action is required"), ascii(action)

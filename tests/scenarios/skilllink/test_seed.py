"""Seeds 001 and 004 word by word: the hook, the message service, the chat window."""

from __future__ import annotations

import pytest

from tests.cluster import Cluster
from tests.frontend import Frontend, Refused
from tests.frontends import ORIGINS
from tests.nodes import InProcess
from tests.scenarios.skilllink.app import ChatWindow, SkillLink
from tests.scenarios.steps import notify, once
from tests.tokens import token


async def test_the_hook_connects_and_shows_notifications(
    cluster: Cluster, node: InProcess, base: str
) -> None:
    bob = await SkillLink.opens(cluster, node, "bob", base)
    assert await bob.socket.hears("connected") == {"userId": "bob"}
    assert bob.socket.history[0][0] == "connected", "before anything else"

    await notify(node, "bob", type="ASSIGNMENT_GRADED", title="Graded", text="You got an A")

    assert await bob.listens() == ("Graded", "You got an A")
    assert set(bob.notifications[0]) == {
        "id",
        "userId",
        "title",
        "message",
        "type",
        "read",
        "link",
        "createdAt",
    }
    assert bob.notifications[0]["read"] is False
    await bob.socket.disconnect()
    assert bob.socket.disconnects == ["io client disconnect"]


async def test_two_chat_windows_show_the_same(ada: SkillLink, bob: SkillLink) -> None:
    await ada.send_message("bob", "Hello!")
    (listed,) = await bob.get_conversations()
    hers = ChatWindow(ada, {"id": "bob", "name": "Bob"})
    his = ChatWindow(bob, listed["partner"])
    await hers.mounts()
    await his.mounts()
    await bob.socket.hears("new_message")

    await hers.sends("Are you there?")
    await his.receives()
    await his.sends("I am")
    await hers.receives()

    assert his.initial == "A"
    assert hers.shows == his.shows
    assert hers.shows == [("ada", "Hello!"), ("ada", "Are you there?"), ("bob", "I am")]
    assert (await bob.get_conversations())[0]["unreadCount"] == 1, "until the window opens again"


async def test_a_new_message_comes_to_all_the_receivers_tabs_and_not_to_the_sender(
    cluster: Cluster, node: InProcess, ada: SkillLink, bob: SkillLink, base: str
) -> None:
    other_tab = await SkillLink.opens(cluster, node, "bob", base)

    sent = await ada.send_message("bob", "Hello!")

    message = await bob.socket.hears("new_message")
    assert message == sent == await other_tab.socket.hears("new_message")
    assert set(message) == {
        "id",
        "senderId",
        "receiverId",
        "content",
        "read",
        "createdAt",
        "updatedAt",
        "sender",
        "receiver",
    }
    assert message["sender"] == {"id": "ada", "name": "Ada", "avatar": None}
    assert message["receiver"] == {"id": "bob", "name": "Bob", "avatar": None}
    await bob.socket.hears_nothing("notification")
    await ada.socket.hears_nothing("new_message", "notification", after=[bob.socket])


@once
@pytest.mark.parametrize(
    "auth", [{}, {"token": None}, {"token": "none.of.ours"}, {"token": token("ada", expires=-60)}]
)
async def test_every_refusal_is_an_authentication_error(
    cluster: Cluster, node: InProcess, base: str, auth: dict[str, str | None]
) -> None:
    with pytest.raises(Refused) as refused:
        await SkillLink.opens(cluster, node, "ada", base, token="", auth=auth)

    assert refused.value.message == "Authentication error"
    assert not refused.value.transport


@pytest.mark.parametrize(("database", "transports"), [("sqlite", "upgrade")])
async def test_polling_first_then_upgrade_across_origins_with_credentials(
    cluster: Cluster, node: InProcess, base: str
) -> None:
    bob = await SkillLink.opens(cluster, node, "bob", base)
    await bob.socket.is_upgraded()
    answer = await bob.get("/notifications/unread-count")

    assert answer.headers["Access-Control-Allow-Origin"] == ORIGINS["skilllink"]
    assert answer.headers["Access-Control-Allow-Credentials"] == "true"
    await notify(node, "bob", title="After the upgrade")
    assert (await bob.listens())[0] == "After the upgrade"


@once
async def test_namespace_api_speaks_skilllink_whatever_the_origin(
    cluster: Cluster, node: InProcess, ada: SkillLink
) -> None:
    stray = await cluster.frontend(node, "bob", dialect="jobs", namespace="/api")
    stray.dialect = "skilllink"

    await ada.send_message("bob", "Hello!")

    assert (await stray.hears("new_message"))["content"] == "Hello!"
    assert [event for event, _ in stray.history] == ["connected", "new_message"]
    await stray.hears_nothing("message_received", "notification")


@once
async def test_paths_without_api_speak_skilllink_whatever_the_origin(
    cluster: Cluster, node: InProcess
) -> None:
    stray = cluster.person(node, "bob", dialect="jobs")

    assert (await stray.get("/notifications/unread-count")).json == {
        "success": True,
        "data": {"count": 0},
    }
    assert (await stray.get("/notifications", headers={"Authorization": ""})).json == {
        "success": False,
        "error": "Authentication required",
        "statusCode": 401,
    }
    wrong = await stray.put("/messages")
    assert (wrong.status, wrong.json) == (
        405,
        {"success": False, "error": "Method not allowed", "statusCode": 405},
    )


@once
@pytest.mark.parametrize(
    ("messages_as", "heard"),
    [
        ("new_message", ["new_message"]),
        ("notification", ["notification"]),
        ("both", ["new_message", "notification"]),
    ],
)
async def test_a_message_comes_in_the_configured_way(
    cluster: Cluster, base: str, messages_as: str, heard: list[str]
) -> None:
    node = await cluster.node(skilllink__messages_as=messages_as)
    bob = await SkillLink.opens(cluster, node, "bob", base)
    ada = await SkillLink.opens(cluster, node, "ada", base)

    sent = await ada.send_message("bob", "Hello!")
    await bob.socket.settled()

    told = [event for event, _ in bob.socket.history if event != "connected"]
    assert told == heard
    if "notification" in heard:
        notification = await bob.socket.hears("notification")
        assert notification == {
            "type": "NEW_MESSAGE",
            "title": "New message from Ada",
            "message": sent,
        }


@once
async def test_there_is_no_event_to_send(ada: SkillLink) -> None:
    assert await ada.socket.ask("send_flowers") == {"success": False, "error": "unknown event"}


@once
async def test_the_two_namespaces_of_one_connection_are_two_sockets(
    cluster: Cluster, node: InProcess, ada: SkillLink
) -> None:
    whole: Frontend = await cluster.frontend(node, "bob", dialect="skilllink")
    api = await cluster.frontend(node, "bob", dialect="skilllink", namespace="/api", beside=whole)

    await ada.send_message("bob", "Hello!")

    for socket in (whole, api):
        assert (await socket.hears("new_message"))["content"] == "Hello!"
        await socket.hears_nothing("new_message")

"""Seed 000 word by word: its service, its three components, the checks of its testing chapter."""

from __future__ import annotations

import pytest

from tests.cluster import Cluster
from tests.frontend import Frontend, Refused
from tests.nodes import InProcess
from tests.scenarios.jobs.service import (
    ActivityFeed,
    ChatWindow,
    NotificationCenter,
    RealtimeService,
)
from tests.scenarios.steps import notify, once
from tests.tokens import token


async def test_a_chat_window_shows_a_conversation_from_both_sides(
    ada_service: RealtimeService, bob_service: RealtimeService
) -> None:
    hers = ChatWindow(ada_service, "ada", "bob")
    his = ChatWindow(bob_service, "bob", "ada")
    await hers.mounts()
    await his.mounts()

    await hers.types()
    await his.listens_for_typing()
    await hers.sends("Hello!")
    await his.listens_for_a_message()
    await his.sends("Hello yourself!")
    await hers.listens_for_a_message()

    assert his.is_typing
    assert hers.shows == his.shows == [("ada", "Hello!"), ("bob", "Hello yourself!")]
    await hers.mounts()
    assert hers.shows == his.shows, "a reload shows the same"


async def test_a_notification_centre_counts_what_comes_and_what_is_read(
    node: InProcess, bob_service: RealtimeService, ada_service: RealtimeService
) -> None:
    await notify(node, "bob", type="job_alert", title="New Job Match", text="Matches you")
    centre = NotificationCenter(bob_service)
    await centre.mounts()
    assert centre.shows == [("New Job Match", "Matches you")]
    await bob_service.hears("notification_received")

    await ada_service.send_message("bob", "Hello!")
    new = await centre.listens()
    assert centre.shows[0] == ("New message from Ada", "Hello!")
    assert centre.unread == (await bob_service.get_unread_count())["unreadCount"] == 2

    await centre.marks_as_read(new["id"])
    assert centre.unread == (await bob_service.get_unread_count())["unreadCount"] == 1


async def test_an_activity_feed_shows_who_looked(
    ada_service: RealtimeService, bob_service: RealtimeService
) -> None:
    feed = ActivityFeed(bob_service)
    await feed.mounts()
    assert feed.shows == []

    await ada_service.log_activity("view_profile", "bob")
    await feed.listens()
    live = feed.shows
    await feed.mounts()

    assert live == feed.shows == [("Ada", "view_profile")]


async def test_the_service_tells_of_connecting_and_disconnecting(
    cluster: Cluster, node: InProcess
) -> None:
    bob = await cluster.frontend(node, "bob", dialect="jobs")

    await bob.disconnect()

    assert len(bob.connects) == 1
    assert bob.disconnects == ["io client disconnect"]


@once
@pytest.mark.parametrize(
    ("auth", "message"),
    [
        ({}, "Authentication failed: no token provided"),
        ({"token": None}, "Authentication failed: no token provided"),
        ({"token": "none.of.ours"}, "Authentication failed: invalid token"),
        ({"token": token("ada", expires=-60)}, "Authentication failed: invalid token"),
    ],
)
async def test_a_socket_error_says_why(
    cluster: Cluster, node: InProcess, auth: dict[str, object], message: str
) -> None:
    with pytest.raises(Refused) as refused:
        await cluster.frontend(node, "ada", dialect="jobs", token="", auth=auth)

    assert refused.value.message == message
    assert not refused.value.transport


async def test_nothing_comes_after_connecting_but_the_users_own_status(
    cluster: Cluster, node: InProcess
) -> None:
    ada = await cluster.frontend(node, "ada", dialect="jobs")
    status = await ada.hears("user_status")

    assert (status["userId"], status["status"]) == ("ada", "online")
    await ada.hears_nothing()


async def test_two_tabs_of_one_person_hear_the_same(
    cluster: Cluster, node: InProcess, ada_service: RealtimeService, bob: Frontend
) -> None:
    other_tab = await cluster.frontend(node, "bob", dialect="jobs")

    await ada_service.send_message("bob", "Hello!")

    assert await bob.hears("message_received") == await other_tab.hears("message_received")

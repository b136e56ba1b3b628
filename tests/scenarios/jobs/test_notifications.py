"""Notifications: the `notification` event and the calls under `/api/realtime/notifications`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.cluster import Cluster
from tests.frontend import Frontend
from tests.nodes import InProcess
from tests.scenarios.jobs.service import RealtimeService
from tests.scenarios.steps import UNKNOWN, group, notify, on_both_databases, once, say, talk

ROW = {
    "id",
    "userId",
    "type",
    "title",
    "content",
    "relatedUserId",
    "relatedJobId",
    "relatedId",
    "actionUrl",
    "actionLabel",
    "icon",
    "isRead",
    "readAt",
    "isDismissed",
    "dismissedAt",
    "priority",
    "createdAt",
    "expiresAt",
}


async def test_a_notification_comes_as_its_whole_row(
    cluster: Cluster, node: InProcess, bob: Frontend, bob_service: RealtimeService
) -> None:
    other_tab = await cluster.frontend(node, "bob", dialect="jobs")
    await notify(
        node,
        "bob",
        type="job_alert",
        title="New Job Match",
        text="A new job matching your profile",
        related_job_id=42,
        reference="42",
        priority="urgent",
        link="/jobs/42",
        action_label="Apply",
    )

    row = await bob.hears("notification")

    assert set(row) == ROW
    assert (row["type"], row["title"]) == ("job_alert", "New Job Match")
    assert (row["relatedJobId"], row["relatedId"]) == (42, "42"), "with the types they came with"
    assert (row["priority"], row["actionUrl"]) == ("urgent", "/jobs/42")
    assert row["actionLabel"] == "Apply"
    assert (row["isRead"], row["isDismissed"]) == (False, False)
    assert await other_tab.hears("notification") == row
    assert (await bob_service.get_notifications())["notifications"] == [row]


async def test_a_message_makes_one_notification_in_this_frontends_words(
    bob: Frontend, ada_service: RealtimeService, bob_service: RealtimeService
) -> None:
    await ada_service.send_message("bob", "x" * 150)

    row = await bob.hears("notification")

    assert (row["type"], row["title"]) == ("message_received", "New message from Ada")
    assert row["content"] == "x" * 100
    assert (row["icon"], row["priority"], row["actionUrl"]) == ("chat", "high", "/chat/ada")
    assert (row["relatedUserId"], row["actionLabel"]) == ("ada", "View")
    assert (await bob_service.get_notifications())["notifications"] == [row]
    assert (await bob_service.get_unread_count()).json == {"success": True, "unreadCount": 1}


@once
async def test_who_has_joined_the_conversation_gets_the_message_alone(
    bob: Frontend, ada: Frontend
) -> None:
    conversation = await talk(ada, "bob")
    await bob.ask("join:conversation", conversation)

    await say(ada, conversation, "Lunch?")

    await bob.hears("message_received")
    await bob.hears_nothing("notification", after=[ada])


@on_both_databases
async def test_the_list_is_filtered_and_paged_and_counts_both_ways(
    node: InProcess, ada_service: RealtimeService, bob_service: RealtimeService
) -> None:
    first = await notify(node, "bob", type="job_alert", title="One")
    await notify(node, "bob", type="achievement", title="Two")
    await ada_service.send_chat_message("bob", "Three")
    await bob_service.mark_notification_as_read(first)

    async def listed(query: str) -> tuple[list[str], int, int]:
        answer = await bob_service.get_notifications(query)
        assert set(answer.json) == {"success", "notifications", "total", "unread"}
        return [row["title"] for row in answer["notifications"]], answer["total"], answer["unread"]

    three = "New message from Ada"
    assert await listed("") == ([three, "Two", "One"], 3, 2)
    assert await listed("?isRead=false") == ([three, "Two"], 2, 2)
    assert await listed("?isRead=true") == (["One"], 1, 2)
    assert await listed("?isRead=perhaps") == ([three, "Two", "One"], 3, 2)
    assert await listed("?type=message_received") == ([three], 1, 2)
    assert await listed("?type=job_alert&isRead=true") == (["One"], 1, 2)
    assert await listed("?type=nothing") == ([], 0, 2)
    assert await listed("?limit=1&offset=1") == (["Two"], 3, 2)
    assert await listed("?limit=0&offset=x") == ([three], 3, 2)


@once
async def test_a_type_that_no_database_takes_is_refused(bob: Frontend) -> None:
    answer = await bob.get("/api/realtime/notifications?type=%00")

    assert (answer.status, answer.json) == (400, {"success": False, "error": "Invalid type"})


@on_both_databases
async def test_reading_one_answers_its_row_and_is_told_to_the_conversations_side(
    cluster: Cluster, node: InProcess, bob_service: RealtimeService
) -> None:
    other_app = await cluster.frontend(node, "bob")
    told = await notify(node, "bob", type="job_alert")

    answer = await bob_service.mark_notification_as_read(told)

    assert answer.status == 200
    assert set(answer.json) == {"success", "notification"}
    assert set(answer["notification"]) == ROW
    assert answer["notification"]["isRead"] is True
    assert answer["notification"]["readAt"]
    assert await other_app.hears("notification:read") == told
    assert (await bob_service.get_unread_count())["unreadCount"] == 0


@on_both_databases
async def test_reading_all_is_told_to_the_conversations_side(
    cluster: Cluster, node: InProcess, ada_service: RealtimeService, bob_service: RealtimeService
) -> None:
    other_app = await cluster.frontend(node, "bob")
    await notify(node, "bob")
    await ada_service.send_chat_message("bob", "Hi")

    answer = await bob_service.mark_all_notifications_as_read()

    assert answer.status == 200
    assert answer.json == {"success": True, "message": "All notifications marked as read"}
    assert await other_app.hears("notifications:read-all") is None
    assert (await bob_service.get_unread_count())["unreadCount"] == 0
    chats = (await bob_service.get_conversations())["conversations"]
    assert chats[0]["unreadCount"] == 1, "the message itself is still unread"


@on_both_databases
async def test_deleting_one_and_clearing_the_read_ones(
    node: InProcess, bob_service: RealtimeService
) -> None:
    one, two, three = [await notify(node, "bob", title=title) for title in ("One", "Two", "Three")]
    await bob_service.mark_notification_as_read(two)

    deleted = await bob_service.delete_notification(one)
    cleared = await bob_service.clear_read_notifications()

    assert deleted.json == {"success": True, "message": "Notification deleted"}
    assert cleared.json == {"success": True, "message": "Read notifications cleared"}
    left = (await bob_service.get_notifications())["notifications"]
    assert [row["id"] for row in left] == [three]


@once
@pytest.mark.parametrize("whose", ["another's", "nobody's", "malformed"])
async def test_only_the_owner_reads_or_deletes_one(
    node: InProcess, ada_service: RealtimeService, bob_service: RealtimeService, whose: str
) -> None:
    told = await notify(node, "bob")
    wanted = {"another's": told, "nobody's": UNKNOWN, "malformed": "no-id"}[whose]

    for answer in (
        await ada_service.mark_notification_as_read(wanted),
        await ada_service.delete_notification(wanted),
    ):
        assert (answer.status, answer.json) == (
            404,
            {"success": False, "error": "Notification not found"},
        )
    assert (await bob_service.get_unread_count())["unreadCount"] == 1


@once
async def test_expired_ones_are_neither_listed_nor_counted(
    node: InProcess, bob_service: RealtimeService
) -> None:
    now = datetime.now(UTC)
    await notify(node, "bob", title="Gone", expires_at=now - timedelta(seconds=1))
    await notify(node, "bob", title="Here", expires_at=now + timedelta(hours=1))

    answer = await bob_service.get_notifications()

    assert [row["title"] for row in answer["notifications"]] == ["Here"]
    assert answer["notifications"][0]["expiresAt"] is not None
    assert (answer["total"], answer["unread"]) == (1, 1)


@once
@pytest.mark.parametrize(
    ("notice", "title", "content"),
    [
        ({"title": None, "text": "Only a text"}, "Only a text", "Only a text"),
        ({"title": "Only a title", "text": None}, "Only a title", ""),
    ],
)
async def test_title_and_content_are_never_null(
    node: InProcess, bob: Frontend, notice: dict[str, Any], title: str, content: str
) -> None:
    await notify(node, "bob", **notice)

    row = await bob.hears("notification")

    assert (row["title"], row["content"]) == (title, content)


@on_both_databases
async def test_what_is_said_in_a_group_is_no_notification_here(
    cluster: Cluster, node: InProcess, bob: Frontend, bob_service: RealtimeService
) -> None:
    other_app = await cluster.frontend(node, "bob")
    choir = await group(node, "bob", "cy")
    await say(cluster.person(node, "cy"), choir, "Rehearsal at eight")
    told = await other_app.hears("notification:new")

    listed = await bob_service.get_notifications()
    count = await bob_service.get_unread_count()
    await bob_service.mark_all_notifications_as_read()
    await bob_service.clear_read_notifications()

    assert (listed["notifications"], listed["total"], listed["unread"]) == ([], 0, 0)
    assert count["unreadCount"] == 0
    assert (await other_app.get("/api/notifications"))["data"] == [told], "there as it was"
    await bob.hears_nothing("notification")

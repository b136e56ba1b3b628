"""Notifications and the server's own state over REST, under both addresses."""

from __future__ import annotations

import pytest

from tests.cluster import Cluster
from tests.nodes import InProcess
from tests.scenarios.skilllink.app import SkillLink
from tests.scenarios.steps import UNKNOWN, notify, on_both_databases, once

NOT_FOUND = {"success": False, "error": "Notification not found", "statusCode": 404}


@on_both_databases
async def test_notifications_are_listed_the_latest_first(node: InProcess, bob: SkillLink) -> None:
    first = await notify(node, "bob", type="BADGE_EARNED", title="First", link="/badges")
    await notify(node, "bob", type="GENERAL", title="Second")
    await bob.put(f"/notifications/{first}/read")

    answer = await bob.get("/notifications")
    unread = await bob.get("/notifications?unreadOnly=true")

    assert (answer.status, answer["success"]) == (200, True)
    assert [row["title"] for row in answer["data"]] == ["Second", "First"]
    assert [row["title"] for row in unread["data"]] == ["Second"]
    row = answer["data"][1]
    assert set(row) == {
        "id",
        "userId",
        "title",
        "message",
        "type",
        "read",
        "link",
        "createdAt",
    }
    assert (row["id"], row["type"], row["link"], row["read"]) == (
        first,
        "BADGE_EARNED",
        "/badges",
        True,
    )


@once
async def test_at_most_fifty_are_listed(node: InProcess, bob: SkillLink) -> None:
    for index in range(51):
        await notify(node, "bob", title=f"{index}")

    listed = (await bob.get("/notifications"))["data"]

    assert [row["title"] for row in listed] == [f"{index}" for index in range(50, 0, -1)]
    assert (await bob.get("/notifications/unread-count"))["data"] == {"count": 51}


@on_both_databases
async def test_reading_one_and_all_counts_down_and_is_told_to_the_conversations_side(
    cluster: Cluster, node: InProcess, bob: SkillLink
) -> None:
    other_app = await cluster.frontend(node, "bob")
    told, _ = [await notify(node, "bob") for _ in range(2)]

    read = await bob.put(f"/notifications/{told}/read")
    assert (read.status, read["success"]) == (200, True)
    assert (read["data"]["id"], read["data"]["read"]) == (told, True)
    assert await other_app.hears("notification:read") == told
    assert (await bob.get("/notifications/unread-count")).json == {
        "success": True,
        "data": {"count": 1},
    }

    everything = await bob.put("/notifications/mark-all-read")
    assert everything.status == 200
    assert everything.json == {"success": True, "message": "All notifications marked as read"}
    assert await other_app.hears("notifications:read-all") is None
    assert (await bob.get("/notifications/unread-count"))["data"] == {"count": 0}


@on_both_databases
async def test_one_can_be_deleted(node: InProcess, bob: SkillLink) -> None:
    told = await notify(node, "bob")

    answer = await bob.delete(f"/notifications/{told}")

    assert answer.status == 200
    assert answer.json == {"success": True, "message": "Notification deleted successfully"}
    assert (await bob.get("/notifications"))["data"] == []


@once
@pytest.mark.parametrize("whose", ["another's", "nobody's", "malformed"])
async def test_only_the_owner_reads_or_deletes_one(
    node: InProcess, ada: SkillLink, bob: SkillLink, whose: str
) -> None:
    told = await notify(node, "bob")
    wanted = {"another's": told, "nobody's": UNKNOWN, "malformed": "no-id"}[whose]

    for answer in (
        await ada.put(f"/notifications/{wanted}/read"),
        await ada.delete(f"/notifications/{wanted}"),
    ):
        assert (answer.status, answer.json) == (404, NOT_FOUND)
    assert (await bob.get("/notifications/unread-count"))["data"] == {"count": 1}


@once
async def test_a_message_is_no_notification_here(
    cluster: Cluster, node: InProcess, ada: SkillLink, bob: SkillLink
) -> None:
    await ada.send_message("bob", "Hi")
    elsewhere = cluster.person(node, "bob")
    (row,) = (await elsewhere.get("/api/notifications"))["data"]

    assert (await bob.get("/notifications"))["data"] == []
    assert (await bob.get("/notifications/unread-count"))["data"] == {"count": 0}
    for answer in (
        await bob.put(f"/notifications/{row['id']}/read"),
        await bob.delete(f"/notifications/{row['id']}"),
    ):
        assert (answer.status, answer.json) == (404, NOT_FOUND)
    await bob.put("/notifications/mark-all-read")
    assert (await elsewhere.get("/api/notifications"))["data"] == [row]


@once
async def test_health_needs_no_token(bob: SkillLink) -> None:
    answer = await bob.get("/health", headers={"Authorization": ""})

    assert answer.status == 200
    assert set(answer.json) == {"success", "message", "timestamp", "version"}
    assert answer["success"] is True
    assert answer["timestamp"].endswith("Z")

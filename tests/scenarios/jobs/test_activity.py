"""The activity feed: `activity/log`, `activity-feed`, `profile_viewed`."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.cluster import Cluster
from tests.frontend import Frontend
from tests.nodes import InProcess
from tests.scenarios.jobs.service import RealtimeService
from tests.scenarios.steps import LONE_SURROGATE, on_both_databases, once

LOG = "/api/realtime/activity/log"

ROW = {
    "id",
    "userId",
    "userName",
    "userAvatar",
    "action",
    "targetUserId",
    "jobId",
    "jobTitle",
    "metadata",
    "createdAt",
}


async def test_a_look_at_a_profile_is_told_to_its_owner_twice(
    cluster: Cluster, node: InProcess, bob: Frontend, ada_service: RealtimeService
) -> None:
    other_tab = await cluster.frontend(node, "bob", dialect="jobs")

    answer = await ada_service.log_activity("view_profile", "bob")

    assert answer.status == 200
    row = answer["activity"]
    assert set(answer.json) == {"success", "activity"}
    assert set(row) == ROW
    assert (row["userId"], row["userName"]) == ("ada", "Ada")
    assert (row["action"], row["targetUserId"]) == ("view_profile", "bob")
    viewed = await bob.hears("profile_viewed")
    assert viewed == {
        "userId": "ada",
        "userName": "Ada",
        "userAvatar": None,
        "viewedAt": row["createdAt"],
    }
    told = await bob.hears("notification")
    assert (told["type"], told["title"]) == ("profile_viewed", "Ada viewed your profile")
    assert (told["icon"], told["priority"], told["actionUrl"]) == ("eye", "low", "/profile/ada")
    assert (told["relatedUserId"], told["content"]) == ("ada", "")
    assert await other_tab.hears("profile_viewed") == viewed
    feed = await RealtimeService(bob).get_activity_feed()
    assert feed.json == {"success": True, "activities": [row], "total": 1}


@on_both_databases
async def test_a_second_look_within_the_hour_is_the_first(
    bob: Frontend, ada_service: RealtimeService
) -> None:
    first = await ada_service.log_activity("view_profile", "bob")
    second = await ada_service.log_activity("view_profile", "bob")

    assert second.status == 200
    assert second["activity"] == first["activity"]
    await bob.hears("profile_viewed")
    await bob.hears("notification")
    await bob.hears_nothing("profile_viewed", "notification")
    assert (await RealtimeService(bob).get_activity_feed())["total"] == 1


@on_both_databases
async def test_two_looks_at_once_are_one(bob: Frontend, ada: Frontend) -> None:
    body = {"action": "view_profile", "targetUserId": "bob"}

    answers = await asyncio.gather(*(ada.post(LOG, body) for _ in range(8)))

    assert [answer.status for answer in answers] == [200] * 8
    assert len({answer["activity"]["id"] for answer in answers}) == 1
    await bob.hears("profile_viewed")
    await bob.hears("notification")
    await bob.hears_nothing("profile_viewed", "notification")


@pytest.mark.parametrize(("database", "transports"), [("postgres", "websocket")])
async def test_two_looks_at_once_on_two_nodes_are_one(cluster: Cluster) -> None:
    nodes = [await cluster.process(), await cluster.process()]
    looks = [cluster.person(node, "ada", dialect="jobs") for node in nodes * 4]
    body = {"action": "view_profile", "targetUserId": "bob"}
    await asyncio.gather(*(look.get("/api/realtime/activity-feed") for look in looks))

    answers = await asyncio.gather(*(look.post(LOG, body) for look in looks))

    assert len({answer["activity"]["id"] for answer in answers}) == 1
    bob = cluster.person(nodes[0], "bob", dialect="jobs")
    assert (await bob.get("/api/realtime/activity-feed"))["total"] == 1
    assert (await bob.get("/api/realtime/notifications"))["total"] == 1


@once
async def test_each_viewer_counts(
    cluster: Cluster, node: InProcess, bob: Frontend, ada_service: RealtimeService
) -> None:
    cy = cluster.person(node, "cy", dialect="jobs")

    await ada_service.log_activity("view_profile", "bob")
    await cy.post(LOG, action="view_profile", targetUserId="bob")

    assert (await bob.hears("profile_viewed"))["userId"] == "ada"
    assert (await bob.hears("profile_viewed"))["userId"] == "cy"


@once
async def test_a_look_at_ones_own_profile_is_told_to_nobody(
    ada: Frontend, ada_service: RealtimeService
) -> None:
    answer = await ada_service.log_activity("view_profile", "ada")

    assert answer.status == 200
    await ada.hears_nothing("profile_viewed", "notification")
    assert (await ada_service.get_unread_count())["unreadCount"] == 0


@on_both_databases
async def test_the_feed_shows_what_concerns_me_the_latest_first(
    ada: Frontend, bob: Frontend, ada_service: RealtimeService, bob_service: RealtimeService
) -> None:
    await ada_service.log_activity("save_job", "bob", jobId=42, jobTitle="Baker")
    await ada_service.log_activity("apply_job", "bob", jobId="42")
    await ada_service.log_activity("message_sent", "bob", metadata={"via": ["mail", 1, None]})
    await ada_service.log_activity("save_job")
    await ada_service.send_chat_message("bob", "A message makes no activity")

    answer = await bob_service.get_activity_feed()
    latest = await bob_service.get_activity_feed("?limit=1")
    before = await bob_service.get_activity_feed("?limit=1&offset=1")

    shown = answer["activities"]
    assert [row["action"] for row in shown] == ["message_sent", "save_job"]
    assert answer["total"] == latest["total"] == 2
    assert shown[0]["metadata"] == {"via": ["mail", 1, None]}
    assert (shown[1]["jobId"], shown[1]["jobTitle"]) == (42, "Baker")
    assert latest["activities"] + before["activities"] == shown
    assert (await ada_service.get_activity_feed())["activities"] == []
    await bob.hears_nothing("profile_viewed", after=[ada])


@on_both_databases
@pytest.mark.parametrize("job_id", ["42", 42, 4.5, "a job", None])
async def test_a_jobs_id_comes_back_with_its_type(
    ada_service: RealtimeService, bob_service: RealtimeService, job_id: Any
) -> None:
    answer = await ada_service.log_activity("save_job", "bob", jobId=job_id)

    (shown,) = (await bob_service.get_activity_feed())["activities"]
    assert answer["activity"] == shown
    assert shown["jobId"] == job_id
    assert type(shown["jobId"]) is type(job_id)


@on_both_databases
@pytest.mark.parametrize(
    "metadata", ["text", "42", 42, [1], {"a": {"b": "c"}}, True, None, "x" * 16_382]
)
async def test_metadata_is_any_json(
    ada_service: RealtimeService, bob_service: RealtimeService, metadata: Any
) -> None:
    await ada_service.log_activity("save_job", "bob", metadata=metadata)

    (shown,) = (await bob_service.get_activity_feed())["activities"]
    assert shown["metadata"] == metadata


@on_both_databases
@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, "action is required"),
        ({"action": ""}, "action is required"),
        ({"action": 7}, "action is required"),
        ({"action": "a" * 101}, "action is required"),
        ({"action": "view\x00"}, "action is required"),
        ({"action": "save_job", "targetUserId": {}}, "Invalid targetUserId"),
        ({"action": "save_job", "jobTitle": 7}, "Invalid jobTitle"),
        ({"action": "save_job", "metadata": {"nul": "\x00"}}, "Invalid metadata"),
        ({"action": "save_job", "metadata": "x" * 16_383}, "Invalid metadata"),
        ({"action": "save_job", "metadata": LONE_SURROGATE}, "Invalid metadata"),
    ],
)
async def test_what_cannot_be_logged_is_refused(
    ada: Frontend, body: dict[str, Any], error: str
) -> None:
    answer = await ada.post(LOG, body)

    assert (answer.status, answer.json) == (400, {"success": False, "error": error})


@once
async def test_where_users_must_exist_a_stranger_is_not_looked_at(cluster: Cluster) -> None:
    node = await cluster.node(users__must_exist=True)
    ada = cluster.person(node, "ada", dialect="jobs")

    answer = await ada.post(LOG, action="view_profile", targetUserId="nobody")

    assert (answer.status, answer.json) == (404, {"success": False, "error": "User not found"})

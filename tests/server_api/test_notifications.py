"""Notifications from the application: stored, and told in each dialect."""

from __future__ import annotations

import pytest

from realtime.models import Notification
from tests.scenarios.steps import on_both_databases, once

ORDER = {
    "type": "ORDER_UPDATE",
    "title": "Order shipped",
    "message": "On its way",
    "link": "/orders/7",
    "data": {"orderId": 7},
}


@on_both_databases
async def test_a_notification_is_told_in_every_dialect_and_listed_in_each(cluster, node, backend):
    conversations = await cluster.frontend(node, "ada")
    jobs = await cluster.frontend(node, "ada", dialect="jobs")
    skilllink = await cluster.frontend(node, "ada", dialect="skilllink")
    linsta = await cluster.frontend(node, "ada", dialect="linsta")

    made = await backend.made("/notifications", {"userId": "ada", **ORDER, "referenceId": "42"})

    told = await conversations.hears("notification:new")
    assert told["id"] == made["id"]
    assert (told["title"], told["message"], told["link"], told["data"]) == (
        "Order shipped",
        "On its way",
        "/orders/7",
        {"orderId": 7},
    )
    assert (await jobs.hears("notification"))["content"] == "On its way"
    assert (await skilllink.hears("notification"))["title"] == "Order shipped"
    told = await linsta.hears("notification")
    assert (told["_id"], told["message"], told["referenceId"]) == (made["id"], "On its way", "42")
    assert (await conversations.get("/api/notifications"))["data"][0]["id"] == made["id"]
    assert (await linsta.get("/api/notifications")).json[0]["referenceId"] == "42"


@on_both_databases
@pytest.mark.parametrize("value", ["42", 42, "abc", "", 4.5])
async def test_the_applications_ids_keep_their_json_type(cluster, node, backend, value):
    jobs = await cluster.frontend(node, "ada", dialect="jobs")
    body = {"userId": "ada", "type": "job_alert", "title": "New", "relatedJobId": value}

    made = await backend.made("/notifications", {**body, "relatedId": value, "data": value})

    assert [made["relatedJobId"], made["referenceId"], made["data"]] == [value] * 3
    told = await jobs.hears("notification")
    assert [told["relatedJobId"], told["relatedId"]] == [value] * 2
    listed = (await jobs.get("/api/realtime/notifications"))["notifications"][0]
    assert [listed["relatedJobId"], listed["relatedId"]] == [value] * 2
    assert type(listed["relatedJobId"]) is type(value)


@once
async def test_the_aliases_of_the_documents_say_the_same(cluster, node, backend):
    jobs = await cluster.frontend(node, "ada", dialect="jobs")
    body = {"userId": "ada", "type": "job_alert", "content": "Yours", "actionUrl": "/jobs/1"}

    await backend.made("/notifications", {**body, "relatedUserId": "bob", "priority": "urgent"})

    told = await jobs.hears("notification")
    assert (told["content"], told["actionUrl"]) == ("Yours", "/jobs/1")
    assert (told["relatedUserId"], told["priority"]) == ("bob", "urgent")


@once
async def test_nobody_is_told_of_her_own_doing(node, backend, ada):
    body = {"userId": "ada", "actorId": "ada", "type": "LIKE", "message": "liked it"}

    answer = await backend.post("/notifications", body)

    assert (answer.status, answer.json) == (200, {"data": None})
    await ada.hears_nothing("notification:new")
    assert (await ada.get("/api/notifications"))["data"] == []


@once
async def test_whom_it_is_about_is_told_unless_she_did_it(backend, ada):
    body = {"userId": "ada", "relatedUserId": "ada", "type": "LIKE", "message": "Your post"}

    assert (await backend.post("/notifications", body)).status == 201
    assert await ada.hears("notification:new")


@once
async def test_several_are_told_each_her_own(backend, ada, bob):
    body = {"userIds": ["ada", "bob", "ada", "cy"], "actorId": "cy", "type": "X", "title": "Hi"}

    made = await backend.made("/notifications", body)

    assert sorted(each["userId"] for each in made) == ["ada", "bob"]
    ids = {each["userId"]: each["id"] for each in made}
    assert (await ada.hears("notification:new"))["id"] == ids["ada"]
    assert (await bob.hears("notification:new"))["id"] == ids["bob"]


@on_both_databases
async def test_a_broadcast_reaches_everybody_who_is_known(node, backend, ada, bob):
    users = [{"id": f"user-{number}"} for number in range(1_200)]
    assert (await backend.put("/users", users)).status == 200

    made = await backend.made("/notifications", {"broadcast": True, "type": "X", "title": "All"})

    assert await Notification.all().count() == 0
    ids = set()
    for person in (ada, bob):
        told = await person.hears("notification:new")
        ids.add(told["id"])
        assert (await person.get("/api/notifications"))["data"] == [told]
        assert (await person.get("/api/notifications/unread-count"))["count"] == 1
        await person.hears_nothing("notification:new")
    assert len(ids | {made["id"]}) == 3
    read = await ada.put(f"/api/notifications/{told['id']}/read")
    assert read.status == 404, "it is bob's"
    assert (await bob.put(f"/api/notifications/{told['id']}/read")).status == 200
    assert (await bob.get("/api/notifications/unread-count"))["count"] == 0
    assert [row.user_id for row in await Notification.all()] == ["bob"]
    (late,) = (await backend.get("/users/user-7/notifications"))["data"]
    assert (late["title"], late["isRead"]) == ("All", False)


@once
async def test_who_does_not_want_a_kind_gets_none(backend, ada):
    await ada.put("/api/notifications/preferences", notifyOnOrderUpdate=False)

    answer = await backend.post("/notifications", {"userId": "ada", **ORDER})

    assert (answer.status, answer.json) == (200, {"data": None})


@once
async def test_an_expired_notification_is_neither_listed_nor_counted(backend, ada):
    gone = {"userId": "ada", "type": "X", "title": "Gone", "expiresAt": "2020-01-01T00:00:00Z"}
    made = await backend.made("/notifications", gone)

    assert made["expiresAt"] == "2020-01-01T00:00:00.000Z"
    assert (await ada.get("/api/notifications"))["data"] == []
    assert (await ada.get("/api/notifications/unread-count"))["count"] == 0


@once
@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"type": None}, "type"),
        ({"type": ""}, "type"),
        ({"type": "x" * 65}, "type"),
        ({"title": None}, "title"),
        ({"title": " "}, "title"),
        ({"title": 7}, "title"),
        ({"title": "a\x00b"}, "title"),
        ({"userId": None}, "userId"),
        ({"userId": ""}, "userId"),
        ({"userId": True}, "userId"),
        ({"userIds": ["bob"]}, "userIds"),
        ({"broadcast": True}, "broadcast"),
        ({"userId": None, "userIds": []}, "userIds"),
        ({"userId": None, "broadcast": False}, "broadcast"),
        ({"link": "javascript:alert(1)"}, "link"),
        ({"link": "//evil.example"}, "link"),
        ({"priority": "now"}, "priority"),
        ({"expiresAt": "soon"}, "expiresAt"),
        ({"expiresAt": 5}, "expiresAt"),
        ({"referenceId": {}}, "referenceId"),
        ({"data": {"deep": ["\x00"]}}, "data"),
    ],
)
async def test_a_bad_body_names_its_field_and_tells_nobody(backend, ada, change, field):
    body = {"userId": "ada", "type": "X", "title": "Hello", **change}

    answer = await backend.post("/notifications", {k: v for k, v in body.items() if v is not None})

    assert answer.status == 400
    assert answer["field"] == field
    assert answer["error"]
    await ada.hears_nothing("notification:new")


@once
async def test_where_users_must_exist_nobody_else_is_told(cluster, backend_of):
    node = await cluster.node(users__must_exist=True)
    backend = backend_of(node)
    body = {"userIds": ["ada", "nobody"], "type": "X", "title": "Hello"}
    await backend.put("/users", [{"id": "ada"}])

    answer = await backend.post("/notifications", body)

    assert (answer.status, answer.json) == (404, {"error": "User not found"})
    assert (await backend.get("/users/ada/export"))["data"]["notifications"] == []
    assert (await backend.get("/users/nobody/export")).status == 404


@once
async def test_with_integer_ids_they_are_integers_on_the_way_out(cluster, backend_of):
    node = await cluster.node(user_ids="integer")
    ada = await cluster.frontend(node, 7)
    backend = backend_of(node)

    made = await backend.made("/notifications", {"userId": "7", "type": "X", "title": "Hello"})

    assert made["userId"] == 7
    assert (await ada.hears("notification:new"))["userId"] == 7
    bad = await backend.post("/notifications", {"userId": "ada", "type": "X", "title": "Hello"})
    assert (bad.status, bad["field"]) == (400, "userId")


@on_both_databases
async def test_what_is_of_one_group_is_one_row_that_counts_up(backend, ada):
    like = {
        "userId": "ada",
        "type": "LIKE",
        "message": "liked your post",
        "groupKey": "post:7",
        "groupMessage": "{count} people liked your post",
    }
    made = [await backend.made("/notifications", {**like, "actorId": who}) for who in ("bob", "cy")]

    assert made[0]["id"] == made[1]["id"]
    assert [each["count"] for each in made] == [1, 2]
    assert (made[1]["groupKey"], made[1]["message"]) == ("post:7", "2 people liked your post")
    assert (await ada.hears("notification:updated"))["message"] == "2 people liked your post"
    await ada.hears("notification:new")
    await ada.hears_nothing("notification:new")
    (listed,) = (await ada.get("/api/notifications"))["data"]
    assert (listed["id"], listed["message"]) == (made[0]["id"], "2 people liked your post")
    assert (await ada.get("/api/notifications/unread-count"))["count"] == 1


@once
async def test_a_template_needs_a_group(backend, ada):
    body = {"userId": "ada", "type": "LIKE", "title": "X", "groupTitle": "{count}"}

    answer = await backend.post("/notifications", body)

    assert (answer.status, answer["field"]) == (400, "groupKey")
    long = await backend.post("/notifications", {**body, "groupKey": "x" * 256})
    assert (long.status, long["field"]) == (400, "groupKey")


@on_both_databases
async def test_what_everybody_was_told_is_taken_back(cluster, node, backend):
    ada, bob = (cluster.person(node, each) for each in ("ada", "bob"))
    for person in (ada, bob):
        await person.get("/api/notifications")  # so that they are known
    body = {"type": "NEWS", "title": "We moved", "broadcast": True}
    made = await backend.made("/notifications", body)
    (shown,) = (await ada.get("/api/notifications"))["data"]
    await ada.put(f"/api/notifications/{shown['id']}/read")

    gone = await backend.request("DELETE", f"/broadcasts/{made['id']}")

    assert (gone.status, gone["data"]) == (200, {"id": made["id"], "touched": 1})
    for person in (ada, bob):
        assert (await person.get("/api/notifications"))["data"] == []
    for path in (f"/broadcasts/{made['id']}", "/broadcasts/nothing"):
        assert (await backend.request("DELETE", path)).status in (400, 404)

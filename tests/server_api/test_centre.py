"""A user's notification centre, shown and used by the application."""

from __future__ import annotations

from tests.scenarios.steps import UNKNOWN, on_both_databases, once

ORDER = {"userId": "ada", "type": "ORDER_UPDATE", "title": "Shipped", "priority": "urgent"}
HERS = "/users/ada/notifications"


@on_both_databases
async def test_the_application_shows_and_moves_a_users_notifications(backend, ada):
    made = await backend.made("/notifications", ORDER)
    other = await backend.made("/notifications", {**ORDER, "priority": "low"})

    page = await backend.get(f"{HERS}?limit=1")
    rest = await backend.get(f"{HERS}?before={page['next']}")
    counts = await backend.get(f"{HERS}/counts")
    seen = await backend.put(f"{HERS}/seen", {})
    moved = await backend.put(f"{HERS}/{made['id']}", {"place": "archived"})

    assert [each["id"] for each in page["data"] + rest["data"]] == [other["id"], made["id"]]
    assert (page["next"], rest["next"]) == (other["id"], None)
    assert counts.json == {"data": {"unread": 2, "unseen": 2, "urgent": 1}}
    assert seen.json == {"data": {"seen": 2}}
    assert (moved.status, moved["data"]["place"]) == (200, "archived")
    assert (await ada.hears("notification:updated"))["id"] == made["id"]
    assert (await ada.get("/api/notifications/unread-count"))["count"] == 1


@once
async def test_it_deletes_one_and_knows_none_of_anothers(backend, ada, bob):
    made = await backend.made("/notifications", ORDER)

    for path in (f"/users/bob/notifications/{made['id']}", f"{HERS}/{UNKNOWN}", f"{HERS}/x"):
        answer = await backend.put(path, {"read": True})
        assert (answer.status, answer.json) == (404, {"error": "Notification not found"})
    answer = await backend.put(f"{HERS}/{made['id']}", {"place": "snoozed"})
    assert (answer.status, answer["field"]) == (400, "until")
    assert (await backend.delete(f"{HERS}/{made['id']}")).status == 200
    assert (await backend.get(HERS))["data"] == []

"""The notification centre: seen, dismissed, archived, snoozed, on all of a user's devices."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from realtime import core
from realtime.dialects.words import iso
from tests.cluster import Cluster
from tests.frontend import Frontend
from tests.nodes import InProcess
from tests.scenarios.steps import UNKNOWN, notify, on_both_databases, once, say

CENTRE = "/api/notifications/centre"
COUNTS = "/api/notifications/counts"


async def ids(person: Frontend, query: str = "") -> list[str]:
    answer = await person.get(CENTRE + query)
    assert answer.status == 200, answer.text
    return [each["id"] for each in answer["data"]]


async def counts(person: Frontend) -> dict[str, int]:
    answer = await person.get(COUNTS)
    assert answer.status == 200
    return dict(answer["data"])


@on_both_databases
async def test_what_is_archived_here_is_known_there_and_in_no_list(
    cluster: Cluster, node: InProcess, bob: Frontend
) -> None:
    phone = await cluster.frontend(node, "bob")
    made = await notify(node, "bob", priority="urgent", action_label="Track", link="/orders/7")
    assert await counts(bob) == {"unread": 1, "unseen": 1, "urgent": 1}
    assert (await bob.put("/api/notifications/seen")).json == {"data": {"seen": 1}}
    assert await counts(bob) == {"unread": 1, "unseen": 0, "urgent": 1}

    answer = await bob.put(f"/api/notifications/{made}", place="archived")

    assert answer.status == 200
    data = answer["data"]
    assert (data["id"], data["place"], data["isRead"]) == (made, "archived", True)
    assert (data["link"], data["actionLabel"], data["priority"]) == ("/orders/7", "Track", "urgent")
    assert await phone.hears("notification:updated") == data
    assert await counts(bob) == {"unread": 0, "unseen": 0, "urgent": 0}
    assert (await bob.get("/api/notifications"))["data"] == []
    assert await ids(bob) == []
    assert await ids(bob, "?state=archived&priority=urgent") == [made]
    assert await ids(bob, "?state=all&type=OTHER") == []
    assert await ids(bob, "?state=all&type=") == [made]


@on_both_databases
async def test_what_was_snoozed_is_told_again(node: InProcess, bob: Frontend) -> None:
    made = await notify(node, "bob")
    await bob.hears("notification:new")
    until = iso(core.now() + timedelta(seconds=1))

    answer = await bob.put(f"/api/notifications/{made}", place="snoozed", until=until)

    assert (answer.status, answer["data"]["snoozedUntil"]) == (200, until)
    told = await bob.hears("notification:new")
    assert (told["id"], told["isRead"]) == (made, False)
    assert await ids(bob, "?state=unread") == [made]


async def test_only_jobs_has_a_word_for_dismissing(
    cluster: Cluster, node: InProcess, bob: Frontend
) -> None:
    made = await notify(node, "bob")
    await bob.put(f"/api/notifications/{made}", place="dismissed")

    jobs = cluster.person(node, "bob", dialect="jobs")
    (shown,) = (await jobs.get("/api/realtime/notifications"))["notifications"]
    assert (shown["id"], shown["isDismissed"], shown["isRead"]) == (made, True, True)
    assert (await jobs.get("/api/realtime/notifications/unread/count"))["unreadCount"] == 0
    for dialect in ("skilllink", "linsta"):
        other = cluster.person(node, "bob", dialect=dialect)
        answer = (await other.get("/api/notifications")).json
        assert (answer if dialect == "linsta" else answer["data"]) == []


@once
async def test_a_message_is_told_in_the_words_of_the_list(
    ada: Frontend, bob: Frontend, conversation: str
) -> None:
    await say(ada, conversation, "Lunch?")

    (shown,) = (await bob.get(CENTRE))["data"]

    assert (shown["title"], shown["message"]) == ("New message from Ada", "Lunch?")
    assert shown["link"] == f"/messages/{conversation}"


@on_both_databases
async def test_what_is_snoozed_until_the_end_of_time_stays_away(
    node: InProcess, bob: Frontend
) -> None:
    made, until = await notify(node, "bob"), "9999-12-31T23:59:59.999Z"

    answer = await bob.put(f"/api/notifications/{made}", place="snoozed", until=until)

    assert (answer.status, answer["data"]["snoozedUntil"]) == (200, until)
    assert await ids(bob, "?state=snoozed") == [made]


@once
@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, "Invalid place: one of place, read, seen is required"),
        ({"place": "snoozed"}, "Invalid until: a time yet to come is required"),
        (
            {"place": "snoozed", "until": "2020-01-01T00:00:00Z"},
            "Invalid until: a time yet to come is required",
        ),
        (
            {"place": "snoozed", "until": "tomorrow"},
            "Invalid until: a date is an ISO 8601 string",
        ),
        (
            {"place": "archived", "read": False},
            "Invalid read: what is put away is read: move it to the inbox",
        ),
    ],
)
async def test_a_wish_that_makes_no_sense_is_refused(
    node: InProcess, bob: Frontend, body: dict[str, Any], error: str
) -> None:
    made = await notify(node, "bob")

    answer = await bob.put(f"/api/notifications/{made}", **body)

    assert (answer.status, answer.json) == (400, {"error": error, "message": error})
    assert await counts(bob) == {"unread": 1, "unseen": 1, "urgent": 0}


@once
@pytest.mark.parametrize(
    "body",
    [
        {"place": "moon"},
        {"place": 7},
        {"read": "x"},
        {"read": "no"},
        {"seen": 1},
        {"place": "snoozed", "until": 5},
    ],
)
async def test_values_of_other_types_are_refused(
    node: InProcess, bob: Frontend, body: dict[str, Any]
) -> None:
    made = await notify(node, "bob")

    assert (await bob.put(f"/api/notifications/{made}", **body)).status == 400
    assert (await bob.get(f"{CENTRE}?state=moon")).status == 400
    assert (await bob.get(f"{CENTRE}?limit=x&before=x")).status == 200


@once
async def test_anothers_notification_stays_where_it_is(
    node: InProcess, ada: Frontend, bob: Frontend
) -> None:
    made = await notify(node, "ada")

    assert (await bob.put(f"/api/notifications/{made}", read=True)).status == 403
    assert (await bob.put(f"/api/notifications/{UNKNOWN}", read=True)).status == 404
    assert (await counts(ada))["unread"] == 1

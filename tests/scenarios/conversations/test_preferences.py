"""Which notifications somebody wants: GET and PUT `/api/notifications/preferences`."""

from __future__ import annotations

from typing import Any

import pytest

from tests.frontend import Frontend
from tests.nodes import InProcess
from tests.rest import Rest
from tests.scenarios.steps import (
    notify,
    on_both_databases,
    once,
    say,
)

KINDS = ("OrderUpdate", "NewMessage", "NewReview", "NewFollower", "PriceDrop")
DEFAULTS = {
    **{f"{how}On{kind}": True for how in ("notify", "push", "email") for kind in KINDS},
    "emailOnMarketingUpdates": False,
}


async def listed(person: Rest, query: str = "") -> list[dict[str, Any]]:
    answer = await person.get(f"/api/notifications{query}")
    assert answer.status == 200
    return list(answer["data"])


async def test_preferences_have_defaults_and_keep_what_is_changed(
    ada: Frontend, bob: Frontend
) -> None:
    before = await bob.get("/api/notifications/preferences")

    changed = await bob.put(
        "/api/notifications/preferences", notifyOnNewReview=False, emailOnMarketingUpdates=True
    )
    again = await bob.put("/api/notifications/preferences", pushOnPriceDrop=False)

    assert (before.status, before.json) == (200, {"preferences": DEFAULTS})
    now = {**DEFAULTS, "notifyOnNewReview": False, "emailOnMarketingUpdates": True}
    assert changed.json == {
        "preferences": now,
        "message": "Notification preferences updated successfully",
    }
    assert again["preferences"] == {**now, "pushOnPriceDrop": False}
    assert (await bob.get("/api/notifications/preferences")).json == {
        "preferences": {**now, "pushOnPriceDrop": False}
    }
    assert (await ada.get("/api/notifications/preferences")).json == {"preferences": DEFAULTS}


@on_both_databases
async def test_who_wants_no_messages_notified_gets_none_made(
    ada: Frontend, bob: Frontend, conversation: str
) -> None:
    await bob.put("/api/notifications/preferences", notifyOnNewMessage=False)

    await say(ada, conversation, "Hi")

    await bob.hears_nothing("notification:new", after=[ada])
    assert await listed(bob) == []
    assert (await bob.get("/api/messages/unread-count"))["count"] == 1
    await bob.put("/api/notifications/preferences", notifyOnNewMessage=True)
    await say(ada, conversation, "Hi again")
    assert (await bob.hears("notification:new"))["message"] == "Hi again"


@once
async def test_who_wants_no_notification_of_a_type_gets_the_others(
    node: InProcess, bob: Frontend
) -> None:
    await bob.put("/api/notifications/preferences", notifyOnOrderUpdate=False)

    with pytest.raises(ValueError, match="not enough values"):
        await notify(node, "bob", type="ORDER_UPDATE")
    await notify(node, "bob", type="PRICE_DROP", title="Cheaper")
    await notify(node, "bob", type="SOMETHING_ELSE", title="Else")

    assert [each["title"] for each in await listed(bob)] == ["Else", "Cheaper"]


@once
@pytest.mark.parametrize(
    "body",
    [{"notifyOnNewReview": "yes"}, {"notifyOnNewReview": 1}, {"notifyOnNewReview": None}],
    ids=repr,
)
async def test_a_preference_of_another_type_changes_nothing(
    bob: Frontend, body: dict[str, Any]
) -> None:
    answer = await bob.put("/api/notifications/preferences", {"pushOnPriceDrop": False, **body})

    assert answer.status == 400
    assert answer["error"] == answer["message"]
    assert (await bob.get("/api/notifications/preferences")).json == {"preferences": DEFAULTS}


@once
@pytest.mark.parametrize("body", [{"emailNotifications": True}, {"notifyOnNothing": 7, "": "x"}])
async def test_a_preference_that_we_do_not_have_is_ignored(
    bob: Frontend, body: dict[str, Any]
) -> None:
    answer = await bob.put("/api/notifications/preferences", {"pushOnPriceDrop": False, **body})

    assert answer.status == 200
    assert answer["preferences"] == {**DEFAULTS, "pushOnPriceDrop": False}


@once
async def test_preferences_that_are_no_object_are_refused(bob: Frontend) -> None:
    answer = await bob.request("PUT", "/api/notifications/preferences", data=b"[]")

    assert (answer.status, answer["error"]) == (400, "Invalid JSON")

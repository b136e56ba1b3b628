"""Notifications: `notification:new`, reading them here and there, and their REST routes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from realtime import core
from tests.cluster import Cluster
from tests.frontend import Frontend
from tests.nodes import InProcess
from tests.rest import Rest
from tests.scenarios.conversations.shapes import DATE
from tests.scenarios.steps import (
    UNKNOWN,
    everyone_joins,
    group,
    notify,
    on_both_databases,
    once,
    say,
    words,
)


async def listed(person: Rest, query: str = "") -> list[dict[str, Any]]:
    answer = await person.get(f"/api/notifications{query}")
    assert answer.status == 200
    return list(answer["data"])


async def unread(person: Rest) -> int:
    answer = await person.get("/api/notifications/unread-count")
    assert answer.status == 200
    assert answer["unreadCount"] == answer["count"]
    return int(answer["count"])


async def test_a_notification_reaches_all_the_users_sockets_once(
    cluster: Cluster, node: InProcess, ada: Frontend, bob: Frontend
) -> None:
    phone = await cluster.frontend(node, "bob")

    made = await notify(
        node, "bob", title="Shipped", text="On its way", link="/orders/7", data={"orderId": 7}
    )

    told = await bob.hears("notification:new")
    assert await phone.hears("notification:new") == told
    assert DATE.match(told["createdAt"])
    assert {**told, "createdAt": None} == {
        "id": made,
        "userId": "bob",
        "type": "ORDER_UPDATE",
        "title": "Shipped",
        "message": "On its way",
        "link": "/orders/7",
        "data": {"orderId": 7},
        "isRead": False,
        "readAt": None,
        "createdAt": None,
    }
    await bob.hears_nothing("notification:new")
    await ada.hears_nothing("notification:new")
    assert await listed(bob) == [told]
    assert await listed(ada) == []


@once
@pytest.mark.parametrize(
    ("given", "title", "message"),
    [
        ({"title": "T", "text": None}, "T", ""),
        ({"title": None, "text": "M"}, "M", "M"),
    ],
)
async def test_title_and_text_are_always_strings(
    node: InProcess, bob: Frontend, given: dict[str, str | None], title: str, message: str
) -> None:
    await notify(node, "bob", **given)

    told = await bob.hears("notification:new")
    assert (told["title"], told["message"]) == (title, message)


async def test_a_message_to_somebody_elsewhere_notifies_her(
    ada: Frontend, bob: Frontend, conversation: str
) -> None:
    text = "x" * 99 + "🥗" + "cut"
    message = await say(ada, conversation, text)

    told = await bob.hears("notification:new")

    assert {**told, "id": None, "createdAt": None} == {
        "id": None,
        "userId": "bob",
        "type": "NEW_MESSAGE",
        "title": "New message from Ada",
        "message": "x" * 99 + "🥗",
        "link": f"/messages/{conversation}",
        "data": {
            "messageId": message["id"],
            "conversationId": conversation,
            "senderId": "ada",
        },
        "isRead": False,
        "readAt": None,
        "createdAt": None,
    }
    assert await listed(bob) == [told]
    await ada.hears_nothing("notification:new")


async def test_whoever_has_joined_with_any_socket_is_not_notified(
    cluster: Cluster, node: InProcess, ada: Frontend, bob: Frontend, conversation: str
) -> None:
    phone = await cluster.frontend(node, "bob")
    await everyone_joins(conversation, phone)

    await say(ada, conversation, "Hi")

    await phone.hears("message:new")
    await bob.hears_nothing("notification:new", after=[ada, phone])
    assert await listed(bob) == []
    await phone.ask("leave:conversation", conversation)
    await ada.ask("message:send", {"conversationId": conversation, "content": "Still there?"})
    assert (await bob.hears("notification:new"))["message"] == "Still there?"


async def test_each_absent_member_of_a_group_is_notified(
    node: InProcess, ada: Frontend, bob: Frontend, eve: Frontend
) -> None:
    choir = await group(node, "ada", "bob", "eve", "zoe")
    await everyone_joins(choir, ada, eve)

    await say(ada, choir, "La")

    told = await bob.hears("notification:new")
    assert (told["title"], told["message"]) == ("New message from Ada", "La")
    await eve.hears("message:new")
    await eve.hears_nothing("notification:new")
    await ada.hears_nothing("notification:new")
    assert await listed(eve) == []
    assert await listed(bob) == [told]


@once
async def test_a_retried_message_notifies_once(
    ada: Frontend, bob: Frontend, conversation: str
) -> None:
    for _ in range(3):
        await say(ada, conversation, "Hi", clientId="c-1")

    assert len(await listed(bob)) == 1
    await bob.hears("notification:new")
    await bob.hears_nothing("notification:new", after=[ada])


async def test_read_on_one_device_is_heard_on_the_other(
    cluster: Cluster, node: InProcess, ada: Frontend, bob: Frontend
) -> None:
    phone = await cluster.frontend(node, "bob")
    made = await notify(node, "bob")

    await bob.emit("notification:read", made)

    assert await phone.hears("notification:read") == made
    await bob.hears_nothing("notification:read", after=[phone])
    await ada.hears_nothing("notification:read")
    (shown,) = await listed(bob)
    assert shown["isRead"]
    assert DATE.match(shown["readAt"])
    assert await unread(bob) == 0


async def test_the_shipped_client_reads_by_rest_and_then_emits(
    cluster: Cluster, node: InProcess, bob: Frontend
) -> None:
    phone = await cluster.frontend(node, "bob")
    made = await notify(node, "bob")

    answer = await bob.put(f"/api/notifications/{made}/read")

    assert (answer.status, answer["message"]) == (200, "Notification marked as read")
    assert answer["data"]["id"] == made
    assert answer["data"]["isRead"] is True
    await phone.hears_nothing("notification:read", after=[bob])
    assert await bob.ask("notification:read", made) == {"success": True}
    assert await phone.hears("notification:read") == made, "also when it was read already"


async def test_reading_everything_is_heard_on_the_other_device(
    cluster: Cluster, node: InProcess, ada: Frontend, bob: Frontend
) -> None:
    phone = await cluster.frontend(node, "bob")
    await notify(node, "bob")
    await notify(node, "bob")

    await bob.emit("notifications:read-all")

    assert await phone.hears("notifications:read-all") is None
    await bob.hears_nothing("notifications:read-all", after=[phone])
    await ada.hears_nothing("notifications:read-all")
    assert await unread(bob) == 0
    assert await bob.ask("notifications:read-all") == {"success": True}
    await phone.hears("notifications:read-all")


@once
@pytest.mark.parametrize("made", ["hers", UNKNOWN, "no id", 7, None, {}])
async def test_a_notification_that_is_not_ones_own_cannot_be_read(
    cluster: Cluster, node: InProcess, ada: Frontend, eve: Frontend, made: Any
) -> None:
    hers = await notify(node, "ada")
    phone = await cluster.frontend(node, "eve")

    answer = await eve.ask("notification:read", hers if made == "hers" else made)

    assert answer["success"] is False
    await phone.hears_nothing("notification:read", after=[eve])
    await ada.hears_nothing("notification:read")
    assert await unread(ada) == 1


async def test_another_persons_notification_can_be_neither_read_nor_deleted(
    node: InProcess, ada: Frontend, bob: Frontend
) -> None:
    made = await notify(node, "ada")
    denied = {"error": "Access denied", "message": "Access denied"}

    read = await bob.put(f"/api/notifications/{made}/read")
    deleted = await bob.delete(f"/api/notifications/{made}")
    asked = await bob.ask("notification:read", made)

    assert (read.status, read.json) == (403, denied)
    assert (deleted.status, deleted.json) == (403, denied)
    assert asked == {"success": False, "error": "Access denied"}
    assert await unread(ada) == 1


@once
@pytest.mark.parametrize("unknown", [UNKNOWN, "no-id"])
async def test_an_unknown_notification_is_not_found(bob: Frontend, unknown: str) -> None:
    body = {"error": "Notification not found", "message": "Notification not found"}

    read = await bob.put(f"/api/notifications/{unknown}/read")
    deleted = await bob.delete(f"/api/notifications/{unknown}")

    assert (read.status, read.json) == (404, body)
    assert (deleted.status, deleted.json) == (404, body)
    assert (await bob.ask("notification:read", unknown))["error"] == "Notification not found"


async def test_reading_everything_over_rest_tells_nobody(
    cluster: Cluster, node: InProcess, bob: Frontend
) -> None:
    phone = await cluster.frontend(node, "bob")
    await notify(node, "bob")

    answer = await bob.put("/api/notifications/read-all")

    assert (answer.status, answer.json) == (200, {"message": "All notifications marked as read"})
    assert await unread(bob) == 0
    await phone.hears_nothing("notifications:read-all", "notification:read", after=[bob])


async def test_what_was_read_can_be_deleted_all_at_once(
    cluster: Cluster, node: InProcess, ada: Frontend, bob: Frontend
) -> None:
    phone = await cluster.frontend(node, "bob")
    kept = await notify(node, "bob")
    for _ in range(2):
        await bob.ask("notification:read", await notify(node, "bob"))
    await ada.ask("notification:read", await notify(node, "ada"))
    await phone.settled()
    before = words(phone)

    answer = await bob.delete("/api/notifications/read")

    assert (answer.status, answer["deletedCount"]) == (200, 2)
    assert isinstance(answer["message"], str)
    assert [each["id"] for each in await listed(bob)] == [kept]
    assert len(await listed(ada)) == 1
    await phone.settled()
    assert words(phone) == before


async def test_a_notification_can_be_deleted(
    cluster: Cluster, node: InProcess, bob: Frontend
) -> None:
    phone = await cluster.frontend(node, "bob")
    made = await notify(node, "bob")
    await phone.hears("notification:new")

    answer = await bob.delete(f"/api/notifications/{made}")

    assert (answer.status, answer.json) == (
        200,
        {"message": "Notification deleted successfully"},
    )
    assert await listed(bob) == []
    assert (await bob.delete(f"/api/notifications/{made}")).status == 404
    await phone.hears_nothing("notification:read", "notifications:read-all", after=[bob])


@on_both_databases
async def test_the_list_has_the_latest_first_and_comes_in_pages(
    node: InProcess, bob: Frontend
) -> None:
    made = [await notify(node, "bob", title=str(number)) for number in range(5)]
    newest_first = made[::-1]

    async def ids(query: str) -> list[str]:
        return [each["id"] for each in await listed(bob, query)]

    assert await ids("") == newest_first
    assert await ids("?limit=2") == newest_first[:2]
    assert await ids("?page=2&limit=2") == newest_first[2:4]
    assert await ids("?offset=1&limit=3") == newest_first[1:4]
    assert await ids("?page=x&limit=x&offset=x&unreadOnly=x") == newest_first
    for none in ("", "x", "1.5"):
        assert await ids(f"?page=2&limit=2&offset={none}&type=") == newest_first[2:4], none
    assert len(await ids("?limit=1000")) == 5
    pagination = (await bob.get("/api/notifications?page=2&limit=2"))["pagination"]
    assert pagination == {"page": 2, "limit": 2, "total": 5, "totalPages": 3}


@on_both_databases
async def test_the_list_can_show_one_type_or_the_unread_only(
    node: InProcess, ada: Frontend, bob: Frontend, conversation: str
) -> None:
    order = await notify(node, "bob", type="ORDER_UPDATE")
    review = await notify(node, "bob", type="NEW_REVIEW")
    await say(ada, conversation, "Hi")
    await bob.ask("notification:read", order)

    assert [each["type"] for each in await listed(bob, "?unreadOnly=true")] == [
        "NEW_MESSAGE",
        "NEW_REVIEW",
    ]
    assert [each["id"] for each in await listed(bob, "?type=NEW_REVIEW")] == [review]
    assert [each["message"] for each in await listed(bob, "?type=NEW_MESSAGE")] == ["Hi"]
    assert await listed(bob, "?type=ORDER_UPDATE&unreadOnly=1") == []
    assert await listed(bob, "?type=NOTHING") == []
    assert len(await listed(bob, "?unreadOnly=false")) == 3


@on_both_databases
async def test_an_expired_notification_is_neither_listed_nor_counted(
    node: InProcess, bob: Frontend
) -> None:
    await notify(node, "bob", expires_at=core.now() - timedelta(seconds=1))
    await notify(node, "bob", expires_at=core.now() + timedelta(hours=1), title="Soon")

    assert [each["title"] for each in await listed(bob)] == ["Soon"]
    assert await unread(bob) == 1


@once
async def test_whoever_causes_a_notification_is_not_told(node: InProcess, bob: Frontend) -> None:
    with pytest.raises(ValueError, match="not enough values"):
        await notify(node, "bob", actor_id="bob")

    await bob.hears_nothing("notification:new")
    assert await listed(bob) == []

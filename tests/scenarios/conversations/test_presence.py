"""Who is online: `user:status-changed`, `user:get-status`, `users:get-status`."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cluster import Cluster
from tests.frontend import Frontend
from tests.nodes import InProcess
from tests.scenarios.steps import on_both_databases, once, talk


def status(user_id: str, now: str) -> dict[str, str]:
    return {"userId": user_id, "status": now}


def of(user_id: str) -> Any:
    return lambda change: change["userId"] == user_id


async def test_coming_and_going_is_told_to_everyone(cluster: Cluster) -> None:
    node = await cluster.node(presence__grace=0)
    ada = await cluster.frontend(node, "ada")
    assert await ada.hears("user:status-changed") == status("ada", "online"), "herself included"

    bob = await cluster.frontend(node, "bob")
    assert await ada.hears("user:status-changed") == status("bob", "online")
    assert await bob.hears("user:status-changed", of("bob")) == status("bob", "online")

    await bob.disconnect()
    assert await ada.hears("user:status-changed") == status("bob", "offline")


async def test_only_the_first_and_the_last_socket_change_a_status(cluster: Cluster) -> None:
    node = await cluster.node(presence__grace=0)
    ada, bob = await cluster.frontend(node, "ada"), await cluster.frontend(node, "bob")
    await ada.hears("user:status-changed", of("bob"))
    ada.forget_what_was_heard()

    phone = await cluster.frontend(node, "bob")
    await bob.disconnect()
    await phone.settled()
    assert await ada.ask("user:get-status", "bob") == status("bob", "online")

    await phone.disconnect()
    await ada.hears("user:status-changed", lambda change: change["status"] == "offline")
    hers = [change["status"] for change in ada.heard("user:status-changed") if of("bob")(change)]
    assert hers == ["online", "offline"]


async def test_a_reload_within_the_grace_is_not_seen(cluster: Cluster) -> None:
    node = await cluster.node(presence__grace=30)
    ada, bob = await cluster.frontend(node, "ada"), await cluster.frontend(node, "bob")
    await ada.hears("user:status-changed", of("bob"))
    ada.forget_what_was_heard()

    for _ in range(3):
        await bob.disconnect()
        assert await ada.ask("user:get-status", "bob") == status("bob", "online")
        await bob.reconnect()
        assert await ada.ask("user:get-status", "bob") == status("bob", "online")

    await cluster.frontend(node, "zoe")
    assert await ada.hears("user:status-changed") == status("zoe", "online"), "nothing before"


@once
async def test_offline_is_told_once_the_grace_is_over(cluster: Cluster) -> None:
    node = await cluster.node(presence__grace=0.05)
    ada, bob = await cluster.frontend(node, "ada"), await cluster.frontend(node, "bob")
    await ada.hears("user:status-changed", of("bob"))
    ada.forget_what_was_heard()

    await bob.disconnect()

    assert await ada.hears("user:status-changed") == status("bob", "offline")
    assert await ada.ask("user:get-status", "bob") == status("bob", "offline")
    await bob.reconnect()
    assert await ada.hears("user:status-changed") == status("bob", "online")


async def test_the_status_of_one_is_told_to_anyone(ada: Frontend, eve: Frontend) -> None:
    assert await eve.ask("user:get-status", "ada") == status("ada", "online")
    assert await eve.ask("user:get-status", "eve") == status("eve", "online")
    assert await eve.ask("user:get-status", "nobody") == status("nobody", "offline")


async def test_the_status_of_several_is_told_in_the_order_asked(
    ada: Frontend, bob: Frontend
) -> None:
    asked = ["zoe", "bob", "ada", "bob"]
    await ada.hears("user:status-changed", of("bob"))

    assert await ada.ask("users:get-status", asked) == [
        status("zoe", "offline"),
        status("bob", "online"),
        status("ada", "online"),
        status("bob", "online"),
    ]
    assert await ada.ask("users:get-status", []) == []


@once
async def test_the_first_five_hundred_are_answered(ada: Frontend) -> None:
    answer = await ada.ask("users:get-status", [f"user-{number}" for number in range(600)])

    assert [each["userId"] for each in answer] == [f"user-{number}" for number in range(500)]


@once
@pytest.mark.parametrize("asked", [None, "ada", 7, {}, {"0": "ada"}, True])
async def test_a_list_of_users_that_is_none_is_answered_with_an_empty_one(
    ada: Frontend, asked: Any
) -> None:
    assert await ada.ask("users:get-status", asked) == []


@once
@pytest.mark.parametrize("asked", [None, [], {}, True, 1.5])
async def test_a_user_that_is_none_has_no_status(ada: Frontend, asked: Any) -> None:
    assert (await ada.ask("user:get-status", asked))["success"] is False


@on_both_databases
async def test_asking_for_a_status_creates_nobody(cluster: Cluster) -> None:
    node = await cluster.node(users__must_exist=True)
    ada = await cluster.frontend(node, "ada")

    await ada.ask("user:get-status", "zoe")
    await ada.ask("users:get-status", ["zoe"])

    answer = await ada.post("/api/messages/start-conversation", otherUserId="zoe")
    assert (answer.status, answer["error"]) == (404, "User not found")


@on_both_databases
async def test_with_contacts_only_strangers_hear_and_see_nothing(cluster: Cluster) -> None:
    node = await cluster.node(presence__grace=0, presence__audience="contacts")
    ada = await cluster.frontend(node, "ada")
    await talk(ada, "bob")
    eve = await cluster.frontend(node, "eve")
    assert await ada.hears("user:status-changed") == status("ada", "online")

    bob = await cluster.frontend(node, "bob")

    assert await ada.hears("user:status-changed") == status("bob", "online")
    assert await bob.hears("user:status-changed") == status("bob", "online")
    assert await eve.hears("user:status-changed") == status("eve", "online")
    await eve.hears_nothing("user:status-changed", after=[bob, ada])
    assert await ada.ask("user:get-status", "bob") == status("bob", "online")
    assert await eve.ask("users:get-status", ["ada", "bob", "eve"]) == [
        status("ada", "offline"),
        status("bob", "offline"),
        status("eve", "online"),
    ]
    await bob.disconnect()
    assert await ada.hears("user:status-changed") == status("bob", "offline")
    await eve.hears_nothing("user:status-changed", after=[ada])


@once
async def test_a_status_comes_after_its_own_connect(
    cluster: Cluster, node: InProcess, ada: Frontend
) -> None:
    """A client that hears of itself is connected: nothing is sent before the CONNECT packet."""
    for number in range(10):
        user = f"user-{number}"
        fresh = await cluster.frontend(node, user)
        assert await fresh.hears("user:status-changed", of(user)) == status(user, "online")

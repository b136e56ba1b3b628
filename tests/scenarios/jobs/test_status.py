"""Status: `user_online`, `user_offline`, `user_status`, and what other frontends see of it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cluster import Cluster
from tests.frontend import Frontend
from tests.nodes import InProcess
from tests.scenarios.jobs.service import RealtimeService
from tests.scenarios.steps import once


def of(user_id: str, status: str) -> Any:
    return lambda told: (told["userId"], told["status"]) == (user_id, status)


async def test_coming_and_going_is_told_to_everyone(cluster: Cluster, node: InProcess) -> None:
    ada = await cluster.frontend(node, "ada", dialect="jobs")
    assert (await ada.hears("user_status"))["userId"] == "ada", "herself included"

    bob = await cluster.frontend(node, "bob", dialect="jobs")
    online = await ada.hears("user_status")
    await bob.disconnect()
    offline = await ada.hears("user_status")

    assert set(online) == {"userId", "status", "timestamp"}
    assert (online["userId"], online["status"]) == ("bob", "online")
    assert (offline["userId"], offline["status"]) == ("bob", "offline")


async def test_appearing_offline_is_told_at_once_to_every_frontend(
    cluster: Cluster, node: InProcess, ada: Frontend, bob: Frontend, bob_service: RealtimeService
) -> None:
    other_app = await cluster.frontend(node, "cy")
    linsta = cluster.person(node, "dan", dialect="linsta")

    await bob_service.send_offline_status()

    for frontend in (ada, bob):
        await frontend.hears("user_status", of("bob", "offline"))
    assert await other_app.ask("user:get-status", "bob") == {"userId": "bob", "status": "offline"}
    assert (await linsta.get("/api/users/status/bob"))["online"] is False
    await other_app.hears(
        "user:status-changed", lambda told: told == {"userId": "bob", "status": "offline"}
    )

    ada.forget_what_was_heard()
    await bob_service.send_online_status()
    await ada.hears("user_status", of("bob", "online"))
    assert await other_app.ask("user:get-status", "bob") == {"userId": "bob", "status": "online"}


async def test_who_appears_offline_goes_on_receiving(
    ada_service: RealtimeService, bob: Frontend
) -> None:
    assert await bob.ask("user_offline") == {"success": True}

    await ada_service.send_message("bob", "I know that you are there")

    await bob.hears("message_received")
    await bob.hears("notification")


@once
async def test_a_new_connection_ends_appearing_offline(
    cluster: Cluster, node: InProcess, ada: Frontend, bob: Frontend
) -> None:
    await bob.ask("user_offline")
    await ada.hears("user_status", of("bob", "offline"))

    await cluster.frontend(node, "bob", dialect="jobs")

    await ada.hears("user_status", of("bob", "online"))


@once
async def test_saying_online_when_one_is_tells_nobody(ada: Frontend, bob: Frontend) -> None:
    await ada.hears("user_status", of("bob", "online"))
    ada.forget_what_was_heard()

    assert await bob.ask("user_online") == {"success": True}

    await ada.hears_nothing("user_status", after=[bob])


@once
async def test_switching_to_and_fro_is_told_once_a_second_and_the_last_wins(
    ada: Frontend, bob: Frontend
) -> None:
    await ada.hears("user_status", of("bob", "online"))
    before = len(ada.heard("user_status"))

    for _ in range(10):
        await bob.emit("user_offline")
        await bob.emit("user_online")
    await bob.emit("user_offline")
    await bob.settled()

    await ada.hears("user_status", of("bob", "offline"))
    assert await bob.ask("user:get-status", "bob") == {"userId": "bob", "status": "offline"}
    assert len(ada.heard("user_status")) == before + 1


@once
async def test_among_contacts_only_they_are_told(cluster: Cluster) -> None:
    node = await cluster.node(presence__grace=0, presence__audience="contacts")
    ada = await cluster.frontend(node, "ada", dialect="jobs")
    eve = await cluster.frontend(node, "eve", dialect="jobs")
    await ada.post("/api/realtime/chat/send", recipientId="bob", message="Hi")

    bob = await cluster.frontend(node, "bob", dialect="jobs")

    await ada.hears("user_status", of("bob", "online"))
    await bob.hears("user_status", of("bob", "online"))
    assert not [told for told in eve.heard("user_status") if told["userId"] == "bob"]


@once
@pytest.mark.parametrize(
    ("headers", "message"),
    [
        ({"Authorization": ""}, "No token provided"),
        ({"Authorization": "Bearer none.of.ours"}, "Invalid token"),
    ],
)
async def test_a_call_without_a_good_token_has_a_message_alone(
    ada: Frontend, headers: dict[str, str], message: str
) -> None:
    answer = await ada.get("/api/realtime/chat/conversations", headers=headers)

    assert (answer.status, answer.json) == (401, {"message": message})


@once
async def test_an_expired_token_is_called_expired(cluster: Cluster, node: InProcess) -> None:
    from tests.tokens import token

    late = cluster.person(node, "ada", dialect="jobs", token=token("ada", expires=-60))

    answer = await late.get("/api/realtime/chat/conversations")

    assert (answer.status, answer.json) == (401, {"message": "Token expired"})

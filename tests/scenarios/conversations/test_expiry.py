"""How long a connection lasts: renewal over the socket, and what a token's end does."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any

import pytest

from tests.cluster import Cluster
from tests.frontend import Frontend
from tests.scenarios.steps import notify, once
from tests.tokens import token


def signed(**more: Any) -> str:
    return token("ada", **more)


async def test_a_token_is_renewed_over_the_socket(ada: Frontend) -> None:
    answer = await ada.ask("auth:refresh", {"token": signed(expires=7200)})

    ends = datetime.fromisoformat(answer["data"]["expiresAt"]).timestamp()
    assert answer["success"] is True
    assert 7000 < ends - time.time() <= 7200


@once
@pytest.mark.parametrize(
    "bad",
    [
        {"token": token("bob")},
        {"token": signed(expires=-3600)},
        {"token": "nonsense"},
    ],
    ids=["another user's", "expired", "nonsense"],
)
async def test_a_renewal_with_a_bad_token_is_refused(ada: Frontend, bad: dict[str, Any]) -> None:
    refused = {"success": False, "error": "Invalid token"}

    assert await ada.ask("auth:refresh", bad) == refused
    assert (await ada.ask("user:get-status", "ada"))["status"] == "online"


@once
@pytest.mark.parametrize("bad", [None, {}, {"token": None}, {"token": ""}, {"token": 7}, "x"])
async def test_a_malformed_renewal_is_refused(ada: Frontend, bad: Any) -> None:
    answer = await ada.ask("auth:refresh", bad)

    assert answer["success"] is False


@once
async def test_an_expired_token_keeps_its_connection(cluster: Cluster) -> None:
    node = await cluster.node(jwt__leeway=0)
    ada = await cluster.frontend(node, "ada", token=signed(exp=time.time() + 0.3))

    while (await ada.get("/api/notifications")).status == 200:  # until it has expired
        pass

    assert (await ada.ask("user:get-status", "ada"))["status"] == "online"
    assert ada.disconnects == []


async def test_a_connection_can_be_made_to_end_with_its_token(cluster: Cluster) -> None:
    node = await cluster.node(jwt__close_at_expiry=True, jwt__expiry_grace=0)
    ada = cluster.frontends.open(node.url, signed(expires=-1))

    reason = await ada.is_disconnected()

    assert reason in {"transport close", "transport error"}, "reasons after which clients return"
    await ada.reconnect(auth={"token": signed()})
    await notify(node, "ada", title="Back")
    assert (await ada.hears("notification:new"))["title"] == "Back"


@once
async def test_a_renewed_connection_outlives_its_first_token(cluster: Cluster) -> None:
    node = await cluster.node(jwt__close_at_expiry=True, jwt__expiry_grace=0)
    soon = time.time() + 0.5
    ada = await cluster.frontend(node, "ada", token=signed(exp=soon))
    bob = await cluster.frontend(node, "bob", token=token("bob", exp=soon))

    assert (await ada.ask("auth:refresh", {"token": signed()}))["success"] is True

    await bob.is_disconnected()
    assert time.time() >= soon
    await ada.settled()
    assert ada.disconnects == []

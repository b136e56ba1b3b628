"""How long a connection lasts: renewal over the socket, and what a token's end does."""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Any

import pytest

from realtime import doors
from realtime.gateway.identity.tokens import Verifier
from tests.cluster import Cluster
from tests.frontend import Frontend, Refused
from tests.nodes import InProcess
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
async def test_an_expired_token_keeps_its_connection(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    passed = 0.0
    clock = partial(Verifier, clock=lambda: time.time() + passed)
    monkeypatch.setattr(doors, "Verifier", clock)
    node = await cluster.node(jwt__leeway=0)
    ada = await cluster.frontend(node, "ada", token=signed(expires=3600))
    assert (await ada.get("/api/notifications")).status == 200

    passed = 3601.0

    assert (await ada.get("/api/notifications")).status == 401
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
    ada, ends = await renewed_in_time(cluster, node)
    bob = cluster.frontends.open(node.url, token("bob", exp=ends))

    await bob.is_disconnected()
    assert time.time() >= ends
    await ada.settled()
    assert ada.disconnects == []


async def renewed_in_time(cluster: Cluster, node: InProcess) -> tuple[Frontend, float]:
    """Somebody who has renewed her token, and when the first would have ended: soon, but later
    where all is too slow for that."""
    for lifetime in (0.5, 5, 45):
        ends = time.time() + lifetime
        ada = cluster.frontends.open(node.url, signed(exp=ends))
        with suppress(Refused, AssertionError):
            await ada.is_connected(1, timeout=lifetime)
            renewed = await ada.ask("auth:refresh", {"token": signed()}, timeout=lifetime)
            assert renewed["success"] is True
            return ada, ends
    raise AssertionError("no token could be renewed")

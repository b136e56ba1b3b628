"""Browsers that ask to be woken: `/notifications/subscribe` and the VAPID key."""

from __future__ import annotations

import base64
import secrets
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from realtime.models import PushSubscription
from tests.cluster import Cluster
from tests.frontends import ORIGINS
from tests.nodes import InProcess
from tests.scenarios.skilllink.app import SkillLink
from tests.scenarios.steps import LONE_SURROGATE, on_both_databases, once
from tests.tokens import token

ENDPOINT = "https://push.example/send/abc"


def b64(data: bytes) -> str:
    """Unpadded base64url, as browsers write keys."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def point() -> bytes:
    """A browser's public key."""
    public = generate_private_key(SECP256R1()).public_key()
    return public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def subscription(endpoint: str = ENDPOINT, **keys: Any) -> dict[str, Any]:
    """What `JSON.stringify(subscription)` gives."""
    good = {"p256dh": b64(point()), "auth": b64(secrets.token_bytes(16))}
    return {"endpoint": endpoint, "expirationTime": None, "keys": {**good, **keys}}


@on_both_databases
async def test_a_browser_subscribes_and_unsubscribes(bob: SkillLink) -> None:
    wanted = subscription()

    answer = await bob.post("/notifications/subscribe", wanted)
    (stored,) = await PushSubscription.all()
    gone = await bob.delete("/notifications/subscribe", {"endpoint": ENDPOINT})
    again = await bob.delete("/notifications/subscribe", {"endpoint": ENDPOINT})

    assert (answer.status, answer.json) == (201, {"success": True})
    assert (stored.user_id, stored.endpoint, stored.dialect) == ("bob", ENDPOINT, "skilllink")
    assert (stored.p256dh, stored.auth) == (wanted["keys"]["p256dh"], wanted["keys"]["auth"])
    assert (gone.status, gone.json) == (200, {"success": True})
    assert (again.status, again.json) == (
        404,
        {"success": False, "error": "Subscription not found", "statusCode": 404},
    )
    assert await PushSubscription.all() == []


@on_both_databases
async def test_the_same_endpoint_again_updates_it(ada: SkillLink, bob: SkillLink) -> None:
    await bob.post("/notifications/subscribe", subscription())
    newer = subscription()

    answer = await ada.post("/notifications/subscribe", newer)

    (stored,) = await PushSubscription.all()
    assert answer.status == 201
    assert (stored.user_id, stored.p256dh) == ("ada", newer["keys"]["p256dh"])
    not_his = await bob.delete("/notifications/subscribe", {"endpoint": ENDPOINT})
    assert not_his.status == 404


@once
@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "endpoint"),
        ({"endpoint": ENDPOINT}, "keys"),
        (subscription(p256dh=None), "keys"),
        (subscription(p256dh=""), "p256dh"),
        (subscription(p256dh="not base64!"), "p256dh"),
        (subscription(p256dh=b64(b"\x04" + b"\x01" * 64)), "p256dh"),
        (subscription(p256dh=b64(point()[:33])), "p256dh"),
        (subscription(auth=b64(b"short")), "auth"),
        (subscription("http://push.example/send"), "endpoint"),
        (subscription("https://localhost/send"), "endpoint"),
        (subscription("https://printer.local/send"), "endpoint"),
        (subscription("https://127.0.0.1/send"), "endpoint"),
        (subscription("https://2130706433/send"), "endpoint"),
        (subscription("https://10.0.0.7/send"), "endpoint"),
        (subscription("https://169.254.169.254/latest"), "endpoint"),
        (subscription("https://[::1]/send"), "endpoint"),
        (subscription("https://[::ffff:10.0.0.7]/send"), "endpoint"),
        (subscription("https://user@push.example/send"), "endpoint"),
        (subscription("https://" + "a" * 2048 + ".example"), "endpoint"),
        (subscription("javascript:alert(1)"), "endpoint"),
        (subscription(LONE_SURROGATE), "endpoint"),
    ],
)
async def test_a_subscription_that_cannot_be_used_is_refused(
    bob: SkillLink, body: dict[str, Any], field: str
) -> None:
    answer = await bob.post("/notifications/subscribe", body)

    assert (answer.status, answer.json) == (
        400,
        {"success": False, "error": f"Invalid {field}", "statusCode": 400},
    )
    assert await PushSubscription.all() == []


@once
async def test_without_a_token_nothing_is_stored(bob: SkillLink) -> None:
    answer = await bob.socket.request(
        "POST",
        f"{bob.base}/notifications/subscribe",
        json=subscription(),
        headers={"Authorization": ""},
    )

    assert (answer.status, answer["error"]) == (401, "Authentication required")
    assert await PushSubscription.all() == []


@once
@pytest.mark.parametrize("cookie", ["accessToken", "refreshToken"])
async def test_the_seeds_fetch_is_known_by_either_cookie(
    cluster: Cluster, node: InProcess, base: str, cookie: str
) -> None:
    browser = cluster.person(node, "bob", dialect="skilllink", token="")
    headers = {"Cookie": f"{cookie}={token('bob')}"}
    path = f"{base}/notifications/subscribe"

    answer = await browser.request("POST", path, json=subscription(), headers=headers)

    assert answer.status == 201
    assert (await PushSubscription.get()).user_id == "bob"


@once
async def test_the_refresh_token_counts_nowhere_else_and_from_no_other_origin(
    cluster: Cluster, node: InProcess, base: str
) -> None:
    browser = cluster.person(node, "bob", dialect="skilllink", token="")
    headers = {"Cookie": f"refreshToken={token('bob')}"}
    elsewhere = {**headers, "Origin": "https://evil.example"}
    path = f"{base}/notifications/subscribe"

    lists = await browser.request("GET", f"{base}/notifications", headers=headers)
    evil = await browser.request("POST", path, json=subscription(), headers=elsewhere)
    unsigned = await browser.request(
        "POST", path, json=subscription(), headers={"Cookie": "refreshToken=opaque"}
    )

    assert [lists.status, evil.status, unsigned.status] == [401, 401, 401]
    assert await PushSubscription.all() == []


@once
async def test_a_browser_is_woken_in_the_words_of_its_own_frontend(
    cluster: Cluster, node: InProcess
) -> None:
    jobs = cluster.person(node, "bob", dialect="jobs")

    await jobs.post("/api/notifications/subscribe", subscription())
    before = (await PushSubscription.get()).dialect
    await jobs.post("/notifications/subscribe", subscription())

    assert (before, (await PushSubscription.get()).dialect) == ("jobs", "skilllink")


@once
async def test_the_vapid_key_needs_no_token(cluster: Cluster, base: str) -> None:
    pair = generate_private_key(SECP256R1())
    private = b64(pair.private_numbers().private_value.to_bytes(32, "big"))
    public = b64(pair.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))
    node = await cluster.node(
        push__vapid_public_key=public,
        push__vapid_private_key=private,
        push__vapid_subject="mailto:push@example.com",
    )
    browser = cluster.person(node, "bob", dialect="skilllink", token="")

    answer = await browser.get(f"{base}/notifications/vapid-public-key")

    assert (answer.status, answer.json) == (200, {"success": True, "data": {"publicKey": public}})
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGINS["skilllink"]


@once
async def test_without_vapid_keys_there_is_none_to_get(bob: SkillLink) -> None:
    answer = await bob.get("/notifications/vapid-public-key", headers={"Authorization": ""})

    assert answer.status == 404
    assert answer["error"] == "Push notifications are not configured"

"""Who gets in: tokens in the handshake and over REST, and cookies."""

from __future__ import annotations

import time
from typing import Any

import pytest

from realtime.dialects.loading import load
from tests.cluster import Cluster
from tests.frontend import Frontend, Refused
from tests.nodes import InProcess
from tests.scenarios.conversations.shapes import person
from tests.scenarios.steps import once, talk
from tests.tokens import token

OUR_PAGE = "http://conversations.example"
"""An allowed origin: every scenario's configuration names it."""


def signed(**more: Any) -> str:
    return token("ada", **more)


async def test_no_token_is_refused_as_the_page_says(cluster: Cluster, node: InProcess) -> None:
    with pytest.raises(Refused, match=r"^Authentication token required$") as refused:
        await cluster.frontend(node, "ada", token="")

    assert refused.value.transport is False


@pytest.mark.parametrize(
    "bad",
    ["nonsense", signed(expires=-3600), signed(secret="another secret, as long as the first one")],
    ids=["nonsense", "expired", "forged"],
)
async def test_a_bad_token_is_refused_as_the_page_says(
    cluster: Cluster, node: InProcess, bad: str
) -> None:
    with pytest.raises(Refused, match=r"^Invalid token$") as refused:
        await cluster.frontend(node, "ada", token=bad)

    assert refused.value.transport is False
    assert refused.value.args == ("Invalid token",)


@once
@pytest.mark.parametrize("absent", [None, ""])
async def test_an_empty_auth_token_counts_as_absent(
    cluster: Cluster, node: InProcess, absent: str | None
) -> None:
    with pytest.raises(Refused, match=r"^Authentication token required$"):
        await cluster.frontend(node, "ada", auth={"token": absent})

    header = {"Authorization": f"Bearer {signed()}"}
    ada = await cluster.frontend(node, "ada", auth={"token": absent}, headers=header)
    assert (await ada.ask("user:get-status", "ada"))["status"] == "online"


@once
@pytest.mark.parametrize("bad", [7, ["x"], {"a": 1}, True])
async def test_an_auth_token_of_another_type_is_refused(
    cluster: Cluster, node: InProcess, bad: Any
) -> None:
    with pytest.raises(Refused):
        await cluster.frontend(node, "ada", auth={"token": bad})


@once
@pytest.mark.parametrize(
    "options",
    [
        {"auth": {"token": signed()}},
        {"auth": {"token": f"Bearer {signed()}"}},
        {"auth": {}, "headers": {"Authorization": f"Bearer {signed()}"}},
        {"auth": {}, "headers": {"Authorization": signed()}},
        {"auth": {}, "headers": {"Cookie": f"accessToken={signed()}", "Origin": OUR_PAGE}},
    ],
    ids=["auth", "auth Bearer", "header Bearer", "header", "cookie"],
)
async def test_a_token_comes_from_auth_header_or_cookie(
    cluster: Cluster, node: InProcess, options: dict[str, Any]
) -> None:
    ada = await cluster.frontend(node, "ada", **options)

    assert await ada.hears("user:status-changed") == {"userId": "ada", "status": "online"}


@once
async def test_the_auth_token_wins_over_header_and_cookie(
    cluster: Cluster, node: InProcess
) -> None:
    headers = {"Authorization": token("bob"), "Cookie": f"accessToken={token('carl')}"}

    ada = await cluster.frontend(node, "ada", headers=headers)

    assert await ada.hears("user:status-changed") == {"userId": "ada", "status": "online"}


@once
async def test_a_token_in_the_query_is_none(cluster: Cluster, node: InProcess) -> None:
    with pytest.raises(Refused, match=r"^Authentication token required$"):
        await cluster.frontend(node, "ada", auth={}, query={"token": signed()})


@once
@pytest.mark.parametrize(
    "headers",
    [{"Origin": "http://evil.example"}, {}],
    ids=["from another page", "without an origin"],
)
async def test_a_cookie_opens_no_websocket_from_elsewhere(
    cluster: Cluster, node: InProcess, headers: dict[str, str]
) -> None:
    cookie = {"Cookie": f"accessToken={signed()}"}

    with pytest.raises(Refused, match=r"^Authentication token required$"):
        await cluster.frontend(node, "ada", auth={}, headers={**cookie, **headers})


@pytest.mark.parametrize(("database", "transports"), [("sqlite", "polling")])
async def test_a_polling_handshake_of_our_own_page_has_its_cookie(
    cluster: Cluster, node: InProcess
) -> None:
    cookie = {"Cookie": f"accessToken={signed()}"}

    ada = await cluster.frontend(node, "ada", auth={}, headers=cookie)

    assert await ada.hears("user:status-changed") == {"userId": "ada", "status": "online"}


@once
@pytest.mark.parametrize(
    ("claims", "user_id"),
    [
        ({"userId": None, "id": "x1"}, "x1"),
        ({"userId": None, "_id": "x2"}, "x2"),
        ({"userId": None, "sub": "x3"}, "x3"),
        ({"userId": None, "sub": 7}, "7"),
        ({"userId": "x4", "id": "y", "sub": "z"}, "x4"),
        ({"userId": "x" * 64}, "x" * 64),
    ],
    ids=repr,
)
async def test_the_user_is_the_first_claim_present(
    cluster: Cluster, node: InProcess, claims: dict[str, Any], user_id: str
) -> None:
    somebody = await cluster.frontend(node, "ada", token=token("ada", **claims))

    assert await somebody.hears("user:status-changed") == {"userId": user_id, "status": "online"}


@once
@pytest.mark.parametrize(
    "claims",
    [
        {"userId": None},
        {"userId": ""},
        {"userId": "x" * 65},
        {"userId": True},
        {"userId": 1.5},
        {"userId": ["ada"]},
        {"userId": {"id": "ada"}},
        {"userId": "a\x00b"},
        {"nbf": 9_000_000_000},
    ],
    ids=repr,
)
async def test_a_token_that_names_nobody_is_invalid(
    cluster: Cluster, node: InProcess, claims: dict[str, Any]
) -> None:
    bad = token("ada", **claims)

    with pytest.raises(Refused, match=r"^Invalid token$"):
        await cluster.frontend(node, "ada", token=bad)
    answer = await cluster.person(node, "ada", token=bad).get("/api/notifications")
    assert (answer.status, answer["error"]) == (401, "Invalid or expired token")


@once
async def test_tokens_have_thirty_seconds_of_leeway_and_more_claims_than_we_read(
    cluster: Cluster, node: InProcess
) -> None:
    now = int(time.time())
    kind = signed(expires=-20, nbf=now + 20, iat=now + 600, aud="theirs", iss="them", jti=7)

    ada = await cluster.frontend(node, "ada", token=kind)

    assert (await ada.get("/api/messages/unread-count")).status == 200


@once
async def test_a_profile_comes_from_the_claims(cluster: Cluster, node: InProcess) -> None:
    carl = token("carl", firstName="Carl", lastName="M.", avatarUrl="/c.png", email="c@example.com")
    await cluster.person(node, "carl", token=carl).get("/api/notifications")

    answer = await cluster.person(node, "ada").post(
        "/api/messages/start-conversation", otherUserId="carl"
    )

    assert answer["data"]["otherUser"] == {
        "id": "carl",
        "name": "Carl M.",
        "email": "c@example.com",
        "avatar": "/c.png",
    }


# REST.

PATHS = [
    ("POST", "/api/messages"),
    ("POST", "/api/messages/start-conversation"),
    ("GET", "/api/messages/conversations"),
    ("GET", "/api/messages/conversations/x"),
    ("PUT", "/api/messages/conversations/x/read"),
    ("GET", "/api/messages/unread-count"),
    ("DELETE", "/api/messages/x"),
    ("PUT", "/api/messages/x"),
    ("GET", "/api/notifications"),
    ("GET", "/api/notifications/unread-count"),
    ("GET", "/api/notifications/preferences"),
    ("PUT", "/api/notifications/preferences"),
    ("PUT", "/api/notifications/x/read"),
    ("PUT", "/api/notifications/read-all"),
    ("DELETE", "/api/notifications/read"),
    ("DELETE", "/api/notifications/x"),
    ("GET", "/api/notifications/centre"),
    ("GET", "/api/notifications/counts"),
    ("PUT", "/api/notifications/seen"),
    ("PUT", "/api/notifications/x"),
    ("GET", "/api/notifications/push"),
    ("PUT", "/api/notifications/push"),
    ("GET", "/api/notifications/mutes"),
    ("PUT", "/api/notifications/mutes/x"),
    ("DELETE", "/api/notifications/mutes/x"),
]


def test_every_route_is_tried_without_a_token() -> None:

    routes = load()["conversations"].routes
    tried = {(method, path.count("/"), path.split("/")[2]) for method, path in PATHS}
    assert len(routes) == len(PATHS)
    assert {
        (each.method, each.path.count("/"), each.path.split("/")[2]) for each in routes
    } == tried


@once
async def test_no_route_answers_without_a_good_token(cluster: Cluster, node: InProcess) -> None:
    missing = {"error": "No token provided", "message": "No token provided"}
    invalid = {"error": "Invalid or expired token", "message": "Invalid or expired token"}
    ada = cluster.person(node, "ada", token="")
    for method, path in PATHS:
        for bad, body in (
            ("", missing),
            (signed(expires=-3600), invalid),
            ("nonsense", invalid),
            (signed(secret="another secret, as long as the first one"), invalid),
        ):
            answer = await ada.request(method, path, json={}, token=bad)
            assert (answer.status, answer.json) == (401, body), (method, path)


@once
@pytest.mark.parametrize("scheme", ["Bearer ", ""])
async def test_rest_takes_the_header_with_or_without_bearer(
    cluster: Cluster, node: InProcess, scheme: str
) -> None:
    ada = cluster.person(node, "ada", token="")

    answer = await ada.get("/api/notifications", headers={"Authorization": scheme + signed()})

    assert answer.status == 200


@once
@pytest.mark.parametrize(
    ("method", "headers", "counts"),
    [
        ("GET", {}, True),
        ("GET", {"Sec-Fetch-Site": "same-origin"}, True),
        ("GET", {"Sec-Fetch-Site": "cross-site"}, False),
        ("GET", {"Sec-Fetch-Site": "same-site"}, False),
        ("GET", {"Origin": OUR_PAGE}, True),
        ("GET", {"Origin": "http://evil.example"}, False),
        ("PUT", {"Origin": OUR_PAGE}, True),
        ("PUT", {"Origin": "http://evil.example"}, False),
        ("PUT", {}, False),
    ],
)
async def test_a_cookie_counts_from_our_own_pages_only(
    cluster: Cluster, node: InProcess, method: str, headers: dict[str, str], counts: bool
) -> None:
    ada = cluster.person(node, "ada", token="")
    path = "/api/messages/unread-count" if method == "GET" else "/api/notifications/read-all"

    answer = await ada.request(
        method, path, headers={"Cookie": f"accessToken={signed()}", **headers}
    )

    assert answer.status == (200 if counts else 401)


@once
async def test_another_cookie_and_another_claim_can_be_those_that_count(cluster: Cluster) -> None:
    node = await cluster.node(
        jwt__cookie="__session", jwt__claims__user_id=["app_metadata.user_id", "sub"]
    )
    its = token(None, sub="auth0|7", app_metadata={"user_id": "ada"})
    page = {"Origin": OUR_PAGE}

    ada = await cluster.frontend(
        node, "ada", auth={}, headers={"Cookie": f"__session={its}", **page}
    )
    usual = {"Cookie": f"accessToken={its}", **page}
    with pytest.raises(Refused, match=r"^Authentication token required$"):
        await cluster.frontend(node, "ada", auth={}, headers=usual)
    nobody = cluster.person(node, "ada", token="")
    path = "/api/messages/unread-count"

    assert await ada.hears("user:status-changed") == {"userId": "ada", "status": "online"}
    assert (await nobody.request("GET", path, headers=usual)).status == 401
    with_it = {"Cookie": f"__session={its}", **page}
    assert (await nobody.request("GET", path, headers=with_it)).status == 200


@once
async def test_people_are_who_their_tokens_say(ada: Frontend, bob: Frontend) -> None:
    await talk(ada, "bob")

    (shown,) = (await bob.get("/api/messages/conversations"))["data"]
    assert shown["otherUser"] == person("ada")

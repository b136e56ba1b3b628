"""Where a token may come from, and when a cookie counts."""

from __future__ import annotations

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from hypothesis import assume, given
from hypothesis import strategies as st

from realtime.domain.errors import InvalidToken, MissingToken
from realtime.gateway.identity.credentials import (
    parse_cookies,
    token_in_auth,
    token_in_header,
    token_of,
    tokens_of,
)
from realtime.gateway.identity.settings import Jwt
from realtime.gateway.identity.tokens import Verifier
from realtime.origins import Origins
from tests.gateway.signing import SECRET, signed

HOST = "api.example"
ALLOWED = "https://app.example"
ORIGINS = Origins([ALLOWED])
COOKIE = "accessToken=cookie"

words = st.text(
    st.characters(codec="ascii", categories=["L", "N"], include_characters="-_."), min_size=1
)


def found(
    auth=None,
    *,
    method="GET",
    upgrade=False,
    host=HOST,
    origins=ORIGINS,
    cookie="accessToken",
    **headers,
):
    """The token of a request with these headers (`Sec_Fetch_Site` for `Sec-Fetch-Site`)."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return token_of(
        auth,
        named,
        method=method,
        upgrade=upgrade,
        host=host,
        trusts=origins.trusts,
        cookie=cookie,
    )


# auth.token


@pytest.mark.parametrize("token", ["abc", "Bearer abc", "bearer abc", "  Bearer   abc ", "abc\n"])
def test_auth_token_comes_with_or_without_bearer(token):
    assert found({"token": token}) == "abc"


@pytest.mark.parametrize("auth", [None, {}, {"token": None}, {"token": ""}, {"token": "  "}])
def test_a_token_that_is_null_or_empty_counts_as_absent(auth):
    assert found(auth) is None
    assert found(auth, Authorization="Bearer header") == "header"
    assert found(auth, Cookie=COOKIE) == "cookie"


@pytest.mark.parametrize("token", ["Bearer", "Bearer ", "bearer  "])
def test_bearer_alone_is_no_token(token):
    assert token_in_auth({"token": token}) is None
    assert token_in_header(token) is None


@pytest.mark.parametrize("auth", ["abc", ["abc"], 7, True])
def test_an_auth_that_is_no_object_has_no_token(auth):
    assert found(auth) is None


@pytest.mark.parametrize("token", [7, True, False, [], {}, ["abc"], {"token": "abc"}, 0.0])
def test_an_auth_token_that_is_no_string_is_invalid_and_not_made_up_for_by_a_header(token):
    with pytest.raises(InvalidToken):
        found({"token": token}, Authorization="Bearer header", Cookie=COOKIE)


# Authorization


@pytest.mark.parametrize(
    "value", ["Bearer abc", "bearer abc", "BEARER abc", "abc", " Bearer  abc "]
)
def test_the_authorization_header_comes_with_or_without_bearer(value):
    assert found(Authorization=value) == "abc"


@pytest.mark.parametrize("value", ["Basic YWRhOmxvdmVsYWNl", "Digest a=1, b=2", "", " "])
def test_another_schemes_credentials_are_no_token_and_leave_the_cookie_its_chance(value):
    assert found(Authorization=value) is None
    assert found(Authorization=value, Cookie=COOKIE) == "cookie"


def test_auth_goes_before_the_header_and_the_header_before_the_cookie():
    assert found({"token": "auth"}, Authorization="Bearer header", Cookie=COOKIE) == "auth"
    assert found(Authorization="Bearer header", Cookie=COOKIE) == "header"
    assert found(Cookie=COOKIE) == "cookie"


@given(words, st.sampled_from(["", "Bearer ", "bearer ", "BEARER  "]), st.sampled_from(["", " "]))
def test_a_word_is_the_same_token_in_auth_and_in_the_header_however_it_is_written(
    word, prefix, space
):
    assume(word.lower() != "bearer")
    written = f"{space}{prefix}{word}{space}"
    assert token_in_auth({"token": written}) == token_in_header(written) == word


@given(st.text())
def test_no_header_whatever_it_holds_raises_or_gives_a_token_with_spaces(value):
    token = token_in_header(value)
    assert token is None or (token != "" and not any(character.isspace() for character in token))


# The cookie rule

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("origin", [ALLOWED, "https://APP.example:443", "https://app.example/"])
def test_a_cookie_counts_from_an_allowed_origin_whatever_the_method(method, origin):
    assert found(method=method, Origin=origin, Cookie=COOKIE) == "cookie"
    assert found(method="GET", upgrade=True, Origin=origin, Cookie=COOKIE) == "cookie"


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("https://api.example", "api.example"),
        ("http://api.example", "api.example"),
        ("https://api.example", "API.example:443"),
        ("http://api.example:8080", "api.example:8080"),
        ("http://[::1]:3000", "[::1]:3000"),
        ("http://[::1]", "[::1]"),
    ],
)
def test_a_cookie_counts_from_the_requests_own_host(method, origin, host):
    assert found(method=method, host=host, Origin=origin, Cookie=COOKIE) == "cookie"
    assert found(upgrade=True, host=host, Origin=origin, Cookie=COOKIE) == "cookie"


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "",
        "https://api.example.evil.example",
        "https://evil.example/https://api.example",
        "https://api.example@evil.example",
        "https://app.example.evil.example",
        "http://app.example",
        "https://app.example:8443",
        "https://api.example:8443",
        "https://xapi.example",
        "file://",
        "*",
    ],
)
def test_a_cookie_from_any_other_origin_does_not_count(method, origin):
    assert found(method=method, Origin=origin, Cookie=COOKIE) is None
    assert found(upgrade=True, Origin=origin, Cookie=COOKIE) is None


@pytest.mark.parametrize("origin", ["https://evil.example", "null"])
def test_a_token_from_any_other_origin_counts_because_a_token_is_not_ambient(origin):
    assert found({"token": "auth"}, upgrade=True, Origin=origin, Cookie=COOKIE) == "auth"
    assert found(method="POST", Origin=origin, Authorization="Bearer header") == "header"


def test_a_host_that_is_missing_is_nobodys_own():
    assert found(host=None, Origin="https://api.example", Cookie=COOKIE) is None
    assert found(host="", Origin="https://api.example", Cookie=COOKIE) is None


@pytest.mark.parametrize("method", ["GET", "HEAD", "get"])
@pytest.mark.parametrize("site", [None, "same-origin", "none", "SAME-ORIGIN"])
def test_without_an_origin_a_cookie_counts_on_a_get_or_head_of_the_own_site(method, site):
    headers = {} if site is None else {"Sec_Fetch_Site": site}
    assert found(method=method, Cookie=COOKIE, **headers) == "cookie"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("site", ["cross-site", "same-site", "Cross-Site", " same-site "])
def test_without_an_origin_a_cookie_that_another_site_caused_does_not_count(method, site):
    assert found(method=method, Sec_Fetch_Site=site, Cookie=COOKIE) is None


@pytest.mark.parametrize("site", [None, "same-origin", "none"])
def test_a_websocket_upgrade_without_an_origin_has_no_cookie(site):
    headers = {} if site is None else {"Sec_Fetch_Site": site}
    assert found(upgrade=True, Cookie=COOKIE, **headers) is None


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("site", [None, "same-origin", "none"])
def test_a_writing_method_without_an_origin_has_no_cookie(method, site):
    headers = {} if site is None else {"Sec_Fetch_Site": site}
    assert found(method=method, Cookie=COOKIE, **headers) is None


@pytest.mark.parametrize("origin", ["https://anyone.example", ALLOWED])
def test_where_any_origin_is_allowed_none_has_a_cookie(origin):
    assert found(origins=Origins(["*"]), Origin=origin, Cookie=COOKIE) is None
    assert found(origins=Origins(["*"]), upgrade=True, Origin=origin, Cookie=COOKIE) is None


# Cookies


def test_only_the_access_token_is_a_cookie_of_ours():
    assert found(Cookie="refreshToken=r; token=t; accesstoken=a") is None


def test_an_empty_cookie_is_none():
    assert found(Cookie="accessToken=") is None
    assert found(Cookie='accessToken=""') is None


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("accessToken=a.b-c_d", "a.b-c_d"),
        ("theme=dark; accessToken=abc; lang=de", "abc"),
        ("theme=dark;accessToken=abc", "abc"),
        ('accessToken="abc"', "abc"),
        ("accessToken=first; accessToken=second", "first"),
        ("accessToken=a=b==", "a=b=="),
        ("xaccessToken=evil; accessToken=abc", "abc"),
        ("a={1,2}; b[c]=d; accessToken=abc", "abc"),
        ("flag; ; =; accessToken = abc ", "abc"),
    ],
)
def test_the_cookie_is_found_among_others_however_they_look(header, value):
    assert found(Cookie=header) == value


@given(st.text())
def test_no_cookie_header_whatever_it_holds_raises(header):
    for name, value in parse_cookies(header).items():
        assert ";" not in name + value


names = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1)


@given(st.dictionaries(names, words), st.sampled_from(["; ", ";", " ;  "]))
def test_what_a_browser_writes_is_what_is_read(cookies, separator):
    header = separator.join(f"{name}={value}" for name, value in cookies.items())
    assert parse_cookies(header) == cookies


def test_another_cookie_can_be_the_one_that_counts():
    cookies = "accessToken=usual; __Secure-next-auth.session-token=chosen"
    assert found(Cookie=cookies, cookie="__Secure-next-auth.session-token") == "chosen"
    assert found(Cookie="accessToken=usual", cookie="__session") is None


# skilllink's push subscription


def subscribing(**headers):
    return tokens_of(
        None,
        headers,
        method="POST",
        upgrade=False,
        host=HOST,
        trusts=ORIGINS.trusts,
        cookies=("accessToken", "refreshToken"),
    )


def test_a_push_subscription_takes_the_refresh_cookie_after_the_access_cookie():
    both = "refreshToken=refresh; accessToken=access"
    assert subscribing(Origin=ALLOWED, Cookie=both) == ["access", "refresh"]
    assert subscribing(Origin=ALLOWED, Cookie="refreshToken=refresh") == ["refresh"]


def test_the_refresh_cookie_keeps_the_cookie_rule_and_never_makes_up_for_a_bad_header():
    cookie = "refreshToken=refresh"
    assert subscribing(Cookie=cookie) == []
    assert subscribing(Origin="https://evil.example", Cookie=cookie) == []
    assert subscribing(Origin=ALLOWED, Authorization="Bearer x", Cookie=cookie) == ["x"]


async def test_a_push_subscription_with_an_expired_access_cookie_counts_by_the_refresh_cookie():
    expired, refresh = signed({"id": "ada", "exp": 1}), signed({"id": "ada"})
    cookie = f"accessToken={expired}; refreshToken={refresh}"
    verifier = Verifier(Jwt(secret=SECRET))
    claims = await verifier.verify_any(subscribing(Origin=ALLOWED, Cookie=cookie))
    assert claims.user_id == "ada"


# Over the wire


async def who(request: web.Request) -> web.Response:
    verifier = Verifier(Jwt(secret=SECRET))
    token = token_of(
        None,
        request.headers,
        method=request.method,
        upgrade="websocket" in request.headers.get("Upgrade", "").lower(),
        host=request.host,
        trusts=ORIGINS.trusts,
        cookie="accessToken",
    )
    try:
        return web.Response(text=(await verifier.verify(token)).user_id)
    except MissingToken:
        return web.Response(text="nobody", status=401)


@pytest.fixture
async def server():
    app = web.Application()
    app.router.add_route("*", "/who", who)
    async with TestServer(app) as running:
        yield running


async def ask(server: TestServer, method="GET", query="", **headers) -> str:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    async with (
        aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session,
        session.request(method, server.make_url("/who" + query), headers=named) as response,
    ):
        return await response.text()


async def test_a_token_in_the_query_string_never_counts(server):
    token = signed({"id": "ada"})
    for name in ("token", "access_token", "accessToken", "auth", "authorization", "jwt"):
        assert await ask(server, query=f"?{name}={token}") == "nobody"
    assert await ask(server, Authorization=token) == "ada"


async def test_header_names_are_found_in_any_case(server):
    token = signed({"id": "ada"})
    assert await ask(server, authorization=f"bearer {token}") == "ada"
    assert await ask(server, cookie=f"accessToken={token}") == "ada"
    cross = {"cookie": f"accessToken={token}", "sec_fetch_site": "cross-site"}
    assert await ask(server, **cross) == "nobody"


async def test_the_own_host_is_the_one_that_the_request_was_sent_to(server):
    cookie = f"accessToken={signed({'id': 'ada'})}"
    own = f"http://{server.host}:{server.port}"
    assert await ask(server, "POST", Cookie=cookie, Origin=own) == "ada"
    assert await ask(server, "POST", Cookie=cookie, Origin=f"http://{server.host}:1") == "nobody"
    assert await ask(server, "POST", Cookie=cookie) == "nobody"


async def test_a_page_elsewhere_cannot_open_a_websocket_with_our_cookie(server):
    headers = {"Cookie": f"accessToken={signed({'id': 'ada'})}", "Upgrade": "websocket"}
    assert await ask(server, Connection="Upgrade", Origin="https://evil.example", **headers) == (
        "nobody"
    )
    assert await ask(server, Connection="Upgrade", **headers) == "nobody"
    assert await ask(server, Connection="Upgrade", Origin=ALLOWED, **headers) == "ada"

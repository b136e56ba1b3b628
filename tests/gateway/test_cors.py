"""Which answers a page may read: all of them, whoever made them, and only ours."""

from __future__ import annotations

import asyncio
import logging

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from realtime.gateway import cors
from realtime.origins import Origins

APP = "https://app.example"
EVIL = "https://evil.example"
CORS = "Access-Control-"

STATUSES = {
    "/ok": 200,
    "/made": 201,
    "/unauthorized": 401,
    "/nothing": 404,
    "/limited": 429,
    "/bug": 500,
    "/http-error": 500,
    "/stream": 200,
    "/redirect": 302,
}


async def ok(request: web.Request) -> web.Response:
    return web.json_response({}, headers={"Vary": "Accept-Encoding"})


async def made(request: web.Request) -> web.Response:
    await request.read()
    return web.json_response({}, status=201)


async def unauthorized(request: web.Request) -> web.Response:
    return web.json_response({"message": "No token provided"}, status=401)


async def limited(request: web.Request) -> web.Response:
    return web.json_response({}, status=429, headers={"Retry-After": "1"})


async def bug(request: web.Request) -> web.Response:
    raise RuntimeError("a fault of ours")


async def http_error(request: web.Request) -> web.Response:
    raise web.HTTPInternalServerError


async def redirect(request: web.Request) -> web.Response:
    raise web.HTTPFound("/ok")


async def stream(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    await response.write(b"bytes")
    return response


@web.middleware
async def refuse_everything(request, handler):
    """What a token check in front of every route would do to a preflight."""
    if request.headers.get("X-Refuse") or request.method == "OPTIONS":
        raise web.HTTPUnauthorized
    return await handler(request)


def application(origins: Origins) -> web.Application:
    app = web.Application(middlewares=[refuse_everything], client_max_size=1000)
    for handler in (ok, unauthorized, limited, bug, stream, redirect):
        app.router.add_get(f"/{handler.__name__}", handler)
    app.router.add_get("/http-error", http_error)
    app.router.add_get("/made", made)
    app.router.add_post("/made", made)
    app.router.add_get("/api/server/presence", ok)
    app.router.add_get("/socket.io/", ok)
    app.router.add_get("/elsewhere/x", ok)
    cors.install(app, origins, elsewhere=["/elsewhere/"])
    return app


@pytest.fixture
async def ask(request):
    """Ask a real server; returns the answer's status and headers."""
    origins = getattr(request, "param", None) or Origins([APP])
    async with TestServer(application(origins)) as server, aiohttp.ClientSession() as session:

        async def asked(path, method="GET", origin=APP, data=None, **headers):
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            if origin is not None:
                named["Origin"] = origin
            async with session.request(
                method, server.make_url(path), headers=named, data=data, allow_redirects=False
            ) as response:
                await response.read()
                return response

        yield asked


def readable(response) -> bool:
    headers = response.headers
    return (
        headers.getall("Access-Control-Allow-Origin", []) == [APP]
        and headers.getall("Access-Control-Allow-Credentials", []) == ["true"]
        and "Origin" in ",".join(headers.getall("Vary", []))
    )


def cors_headers(response) -> list[str]:
    return [name for name in response.headers if name.startswith(CORS)]


@pytest.mark.parametrize("path", STATUSES)
async def test_every_answer_can_be_read_by_an_allowed_origin(ask, path, caplog):
    caplog.set_level(logging.CRITICAL, "aiohttp.server")
    response = await ask(path)
    assert response.status == STATUSES[path]
    assert readable(response)


@pytest.mark.parametrize("path", STATUSES)
async def test_no_answer_has_cors_headers_for_another_origin_but_it_is_served(ask, path, caplog):
    caplog.set_level(logging.CRITICAL, "aiohttp.server")
    response = await ask(path, origin=EVIL)
    assert response.status == STATUSES[path]
    assert cors_headers(response) == []


async def test_a_wrong_method_can_be_read(ask):
    response = await ask("/ok", "DELETE")
    assert response.status == 405
    assert readable(response)


async def test_a_body_that_is_too_large_can_be_read(ask):
    response = await ask("/made", "POST", data=b"x" * 2000)
    assert response.status == 413
    assert readable(response)


async def test_an_expectation_that_aiohttp_itself_refuses_can_be_read(ask):
    response = await ask("/made", "POST", data=b"x", Expect="miracles")
    assert response.status == 417
    assert readable(response)


async def test_an_answer_of_a_middleware_can_be_read(ask):
    response = await ask("/ok", X_Refuse="1")
    assert response.status == 401
    assert readable(response)


async def test_a_request_without_an_origin_gets_no_cors_headers_but_caches_are_told(ask):
    response = await ask("/ok", origin=None)
    assert cors_headers(response) == []
    assert response.headers["Vary"] == "Accept-Encoding, Origin"


async def test_a_page_may_read_when_to_try_again(ask):
    response = await ask("/limited")
    assert response.headers["Access-Control-Expose-Headers"] == "Retry-After"


@pytest.mark.parametrize("path", ["/ok", "/made", "/nothing"])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
async def test_a_preflight_is_answered_before_any_refusal_for_every_path_and_method(
    ask, path, method
):
    response = await ask(
        path,
        "OPTIONS",
        Access_Control_Request_Method=method,
        Access_Control_Request_Headers="authorization,content-type,x-own",
    )
    assert response.status == 204
    assert readable(response)
    assert method in response.headers["Access-Control-Allow-Methods"]
    assert response.headers["Access-Control-Allow-Headers"] == "authorization,content-type,x-own"
    assert "Access-Control-Request-Headers" in response.headers["Vary"]


async def test_a_preflight_of_another_origin_is_told_nothing(ask):
    response = await ask("/ok", "OPTIONS", origin=EVIL, Access_Control_Request_Method="POST")
    assert response.status == 204
    assert cors_headers(response) == []


async def test_options_that_is_no_preflight_goes_its_way(ask):
    response = await ask("/ok", "OPTIONS")
    assert response.status == 401
    assert readable(response)


@pytest.mark.parametrize(
    "path", ["/api/server/presence", "/api/server/nothing", "/api/server", "/api/%73erver/presence"]
)
async def test_the_server_api_never_has_cors_headers(ask, path):
    assert cors_headers(await ask(path)) == []
    preflight = await ask(path, "OPTIONS", Access_Control_Request_Method="POST")
    assert preflight.status != 204
    assert cors_headers(preflight) == []


async def test_a_path_that_only_begins_like_the_server_api_is_a_page_s(ask):
    assert readable(await ask("/api/servers"))


@pytest.mark.parametrize("path", ["/socket.io/", "/elsewhere/x"])
async def test_paths_that_answer_for_themselves_are_left_alone(ask, path):
    assert cors_headers(await ask(path)) == []


@pytest.mark.parametrize("ask", [Origins(["*"])], indirect=True)
@pytest.mark.parametrize("path", ["/ok", "/unauthorized", "/nothing"])
async def test_a_star_lets_anybody_read_without_credentials(ask, path):
    response = await ask(path, origin=EVIL)
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in response.headers


@pytest.mark.parametrize("ask", [Origins(["*"])], indirect=True)
async def test_a_star_answers_preflights_without_credentials(ask):
    response = await ask(
        "/made",
        "OPTIONS",
        origin=EVIL,
        Access_Control_Request_Method="POST",
        Access_Control_Request_Headers="authorization",
    )
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.headers["Access-Control-Allow-Headers"] == "authorization"
    assert "Access-Control-Allow-Credentials" not in response.headers


async def test_concurrent_answers_keep_their_own_origins(ask):
    answers = await asyncio.gather(*(ask("/ok", origin=origin) for origin in (APP, EVIL) * 5))
    assert [readable(answer) for answer in answers] == [True, False] * 5

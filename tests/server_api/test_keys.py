"""Who may come in: backends with a key of ours, and nobody else."""

from __future__ import annotations

import asyncio
import io

import pytest

from tests.scenarios.steps import once
from tests.tokens import token

pytestmark = once

NOTICE = {"userId": "ada", "type": "GENERAL", "title": "Hello"}


async def test_each_of_several_keys_opens_the_door(cluster, backend_of):
    node = await cluster.node(server__api_keys={"shop": "key one", "jobs": "key two"})

    for key in ("key one", "key two"):
        assert (await backend_of(node, key).post("/notifications", NOTICE)).status == 201


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer ", "Bearer nope", "Basic {key}"])
async def test_without_a_key_of_ours_every_call_is_refused(backend, authorization):
    header = authorization.format(key=backend.token)

    for method, path in (("POST", "/notifications"), ("GET", "/presence"), ("GET", "/nothing")):
        answer = await backend.request(method, path, headers={"Authorization": header})

        assert answer.status == 401
        assert answer.json == {"error": "A valid server key is required"}


async def test_a_users_token_is_no_key(node, backend_of):
    answer = await backend_of(node, token("ada")).post("/notifications", NOTICE)

    assert answer.status == 401


async def test_without_a_configured_key_nobody_comes_in(cluster, backend_of):
    node = await cluster.node(server__api_keys=None)

    for key in ("", "anything"):
        assert (await backend_of(node, key).get("/presence")).status == 401


async def test_a_key_is_no_users_token(node, backend):
    person = await backend.request("GET", "/../messages/conversations")

    assert person.status == 401


async def test_no_browser_may_read_an_answer(backend):
    for origin in ("http://jobs.example", "http://evil.example"):
        answer = await backend.request("GET", "/presence", headers={"Origin": origin})
        asked = await backend.request(
            "OPTIONS",
            "/presence",
            headers={"Origin": origin, "Access-Control-Request-Method": "POST"},
        )

        assert answer.status == 200
        headers = [*answer.headers, *asked.headers]
        assert not [name for name in headers if name.lower().startswith("access-control")]


async def test_each_key_has_a_rate_of_its_own(cluster, backend_of):
    node = await cluster.node(
        server__api_keys={"one": "first", "two": "second"},
        limits__server_api__rate=0.01,
        limits__server_api__burst=2,
    )
    first, second = backend_of(node, "first"), backend_of(node, "second")

    answers = [await first.get("/presence") for _ in range(3)]

    assert [answer.status for answer in answers] == [200, 200, 429]
    told = answers[-1]
    assert set(told.json) == {"error", "message", "retryAfter"}
    assert told["error"] == "Too Many Requests"
    assert int(told.headers["Retry-After"]) == told["retryAfter"] > 0
    assert (await second.get("/presence")).status == 200


async def test_what_is_not_there_is_said_so(backend):
    assert (await backend.get("/nothing")).json == {"error": "Not found"}
    wrong = await backend.get("/emit")
    assert (wrong.status, wrong.json) == (405, {"error": "Method not allowed"})
    assert wrong.headers["Allow"] == "POST"


@pytest.mark.parametrize("body", ["", "[]", "7", "nonsense", '"\\ud83d"'])
async def test_a_body_that_is_no_object_is_refused(backend, body):
    answer = await backend.request("POST", "/notifications", data=body)

    assert answer.status == 400
    assert set(answer.json) == {"error", "field"}


async def test_a_body_beyond_the_bound_is_refused(backend):
    large = io.BytesIO(b'{"event": "x", "broadcast": true, "data": "%s"}' % (b"x" * 1_100_000))

    answer = await backend.request("POST", "/emit", data=large)

    assert (answer.status, answer.json) == (413, {"error": "Payload too large"})


async def test_calls_at_once_all_find_their_answer(backend):
    answers = await asyncio.gather(*(backend.post("/notifications", NOTICE) for _ in range(30)))

    assert len({answer["data"]["id"] for answer in answers}) == 30

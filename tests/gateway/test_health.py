"""Health as a load balancer sees it, over a real server."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from realtime.gateway import health, monitors
from realtime.gateway.health import Readiness
from realtime.gateway.settings import MetricsSettings

Clients = Callable[[web.Application], Awaitable[TestClient[web.Request, web.Application]]]


def application(found: Readiness) -> web.Application:
    async def readiness() -> Readiness:
        return found

    app = web.Application()
    app.add_routes(health.routes(readiness))
    return app


async def test_a_node_that_lives_says_so_even_while_it_cannot_serve(
    aiohttp_client: Clients,
) -> None:
    client = await aiohttp_client(application(Readiness("unreachable", False, True)))

    response = await client.get("/healthz")

    assert (response.status, await response.json()) == (200, {"status": "ok"})


async def test_a_node_with_its_database_and_schema_is_ready(aiohttp_client: Clients) -> None:
    client = await aiohttp_client(application(Readiness(None, True, False)))

    response = await client.get("/readyz")

    assert response.status == 200
    assert await response.json() == {
        "status": "ok",
        "database": "ok",
        "schema": "ok",
        "draining": False,
        "nodes": "alone",
        "push": "off",
        "parts": {},
    }


@pytest.mark.parametrize(
    ("found", "key", "value"),
    [
        (Readiness("unreachable", False, False), "database", "unreachable"),
        (Readiness("unreachable", False, False), "schema", "unknown"),
        (Readiness(None, False, False), "schema", "outdated"),
        (Readiness(None, True, True), "draining", True),
    ],
)
async def test_a_node_that_lacks_something_is_not_ready_and_names_it(
    aiohttp_client: Clients, found: Readiness, key: str, value: object
) -> None:
    client = await aiohttp_client(application(found))

    response = await client.get("/readyz")
    body = await response.json()

    assert response.status == 503
    assert body["status"] == "unavailable"
    assert body[key] == value


async def test_a_database_that_hangs_counts_as_unreachable(
    aiohttp_client: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hangs() -> Readiness:
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(health, "_PATIENCE", 0.01)
    app = web.Application()
    app.add_routes(health.routes(hangs))
    client = await aiohttp_client(app)

    response = await client.get("/readyz")

    assert response.status == 503
    assert (await response.json())["database"] == "unreachable"


class Part:
    """A port that answers as it is told to."""

    def __init__(self, answer: str | Exception | None = None) -> None:
        self.answer = answer

    async def well(self) -> str | None:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class Hangs:
    async def well(self) -> str | None:
        await asyncio.Event().wait()
        raise AssertionError


async def test_a_part_that_is_not_well_keeps_clients_away_and_says_why(
    aiohttp_client: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "_PART_PATIENCE", 0.01)
    given = {
        "writer": Part(),
        "presence": Part("it has lost its server"),
        "joined": Part(ConnectionError("redis://secret@host")),
        "limits": Hangs(),
    }
    parts = await health.asked(given)
    client = await aiohttp_client(application(Readiness(None, True, False, parts)))

    response = await client.get("/readyz")

    assert response.status == 503
    assert (await response.json())["parts"] == {
        "writer": "ok",
        "presence": "it has lost its server",
        "joined": "it failed when it was asked: ConnectionError",
        "limits": "it does not answer",
    }


async def test_parts_that_are_all_well_are_ready(aiohttp_client: Clients) -> None:
    parts = await health.asked({"writer": Part(), "presence": Part()})
    client = await aiohttp_client(application(Readiness(None, True, False, parts)))

    response = await client.get("/readyz")

    assert response.status == 200
    assert (await response.json())["parts"] == {"writer": "ok", "presence": "ok"}


async def test_load_balancers_may_ask_with_head(aiohttp_client: Clients) -> None:
    client = await aiohttp_client(application(Readiness(None, True, False)))

    assert (await client.head("/readyz")).status == 200


async def test_a_monitor_reads_what_prometheus_understands(aiohttp_client: Clients) -> None:
    app = web.Application()
    app.add_routes([monitors.route(MetricsSettings(), monitors.Page())])
    client = await aiohttp_client(app)

    response = await client.get("/metrics")

    assert response.content_type == "text/plain"
    assert "# TYPE python_info gauge" in await response.text()

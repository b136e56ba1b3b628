"""`/metrics`, for Prometheus: on the node's own port, or on another one, to whoever has the key.

What it tells is counts and times, nothing of users; a public one still tells how busy a house is.
"""

import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import prometheus_client
from aiohttp import web

from realtime.gateway.gathering import Gathering
from realtime.gateway.settings import MetricsSettings

PATH = "/metrics"


class PortTaken(Exception):  # noqa: N818 - told like the configuration's own mistakes
    """The metrics cannot have the port that is set for them."""


class Page:
    """What is told: of this process or, once `gather_with` was called, of others like it too."""

    def __init__(self) -> None:
        self._gathering: Gathering | None = None

    def gather_with(self, gathering: Gathering) -> None:
        """Tell what all workers count."""
        self._gathering = gathering

    async def text(self) -> bytes:
        """In Prometheus' format."""
        if self._gathering is None:
            return prometheus_client.generate_latest()
        return await self._gathering.text()


def route(settings: MetricsSettings, page: Page) -> web.RouteDef:
    """The page itself; with a key, only for who brings it as `Authorization: Bearer`."""

    async def metrics(request: web.Request) -> web.Response:
        if not _may_read(request, settings.key):
            return web.json_response({"error": "Unauthorized"}, status=401)
        return web.Response(
            body=await page.text(),
            headers={"Content-Type": prometheus_client.CONTENT_TYPE_LATEST},
        )

    return web.get(PATH, metrics)


@asynccontextmanager
async def own_port(settings: MetricsSettings, host: str, page: Page) -> AsyncIterator[None]:
    """Serve the page on a port of its own while this goes on, where one is set."""
    if settings.port is None:
        yield
        return
    app = web.Application()
    app.add_routes([route(settings, page)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        # Shared with the process that takes over from this one.
        site = web.TCPSite(runner, host or None, settings.port, reuse_port=True)
        try:
            await site.start()
        except OSError as error:
            raise PortTaken(settings.port) from error
        yield
    finally:
        await runner.cleanup()


def _may_read(request: web.Request, key: str | None) -> bool:
    if key is None:
        return True
    given = request.headers.get("Authorization", "")
    return hmac.compare_digest(given.encode(), f"Bearer {key}".encode())

"""Where pages come from: an origin for each user and dialect, as each frontend has its own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from tests.browser import Page
from tests.frontends import ORIGINS

HTML = "<!doctype html><meta charset=utf-8><div id=root></div><script src=/page.js></script>"


class Stage:
    """Serves each dialect's page; browsers lead all of `*.localhost` to this machine."""

    def __init__(
        self,
        open_page: Callable[[str], Awaitable[Page]],
        scripts: Mapping[str, bytes],
        seat: Callable[..., Any],
    ) -> None:
        self.seat = seat
        """Makes a ``Seat`` before one of these pages."""
        self._open = open_page
        self._scripts = scripts
        self._runner: web.AppRunner | None = None
        self._port = 0

    async def start(self) -> None:
        """Listen on a free port."""
        app = web.Application()
        app.add_routes([web.get("/", self._page), web.get("/page.js", self._script)])
        self._runner = web.AppRunner(app, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self._port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Serve no more."""
        if self._runner is not None:
            await self._runner.cleanup()

    def origin(self, who: str, dialect: str) -> str:
        """Of her page: no two pages share what a browser keeps for a site."""
        return f"http://{who}.{dialect}.localhost:{self._port}"

    def origins(self, *people: str) -> dict[str, str]:
        """The setting `dialects.origins` for their pages, and for the tests' other clients."""
        pages = {self.origin(who, each): each for who in people for each in self._scripts}
        return pages | {origin: dialect for dialect, origin in ORIGINS.items()}

    async def opens(self, who: str, dialect: str, server: str, **given: str) -> Page:
        """A tab with her page, which talks to a server and was given some words."""
        asked = urlencode({"server": server, **given})
        return await self._open(f"{self.origin(who, dialect)}/?{asked}")

    async def _page(self, request: web.Request) -> web.Response:
        return web.Response(text=HTML, content_type="text/html")

    async def _script(self, request: web.Request) -> web.Response:
        dialect = request.host.split(".")[1]
        return web.Response(body=self._scripts[dialect], content_type="text/javascript")


async def texts(tab: Page, selector: str) -> list[Any]:
    """What the elements show, from the top."""
    found = f"[...document.querySelectorAll({selector!r})].map((each) => each.textContent)"
    return list(await tab.evaluate(found))

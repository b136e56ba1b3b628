"""The page at `/admin`, for whoever looks after the server: plain files that ask the server API.

It is served to everybody and shows nothing: all that is on it comes with a server key.
"""

from pathlib import Path

from aiohttp import web

from realtime.gateway import pages

PAGE = Path(__file__).parent / "page"


def attach(app: web.Application) -> None:
    """Serve it at `/admin`, and its files below."""

    async def page(_: web.Request) -> web.StreamResponse:
        return web.FileResponse(PAGE / "index.html", headers=pages.headers())

    app.add_routes(
        [web.get("/admin", page), web.get("/admin/", page), *pages.files("/admin", PAGE)]
    )

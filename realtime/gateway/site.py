"""The documentation at `/docs`, as `make docs` has built it: plain files, which run nothing else.

Where it was not built, the address says in one sentence how to.
"""

from pathlib import Path

from aiohttp import web

from realtime.gateway import pages
from realtime.gateway.rest import json_response

BUILT = Path(__file__).parents[1] / "_docs"
"""In the package, so that a wheel that is made after `make docs` carries it."""

POLICY = pages.headers(forms="'self'")
"""Its search fetches pages and sends its form, to this host alone."""

NOT_BUILT = "The documentation was not built here: run `make docs` in the clone, then come again."


class Site:
    """The files of one built site: those that there were when they were first asked for."""

    def __init__(self) -> None:
        self._files: dict[str, Path] = {}

    def attach(self, app: web.Application) -> None:
        """Serve it at `/docs/`."""
        app.router.add_get("/docs", self._moved)
        app.router.add_get("/docs/{path:.*}", self._file)

    async def _moved(self, _: web.Request) -> web.Response:
        """Links within it are relative, so its address ends with a slash."""
        return web.Response(status=308, headers={"Location": "docs/"})

    async def _file(self, request: web.Request) -> web.StreamResponse:
        if not self._files:
            self._files = _built()
        if not self._files:
            return json_response({"error": NOT_BUILT}, 404)
        file = self._files.get(request.match_info["path"] or "index.html")
        if file is None:
            return json_response({"error": "Not found"}, 404)
        return web.FileResponse(file, headers=POLICY)


def _built() -> dict[str, Path]:
    """By its path in the site; whatever else a caller asks for leads nowhere."""
    return {file.relative_to(BUILT).as_posix(): file for file in BUILT.rglob("*") if file.is_file()}

"""`/socket.io/socket.io.js`: Node's server serves its client there, and pages rely on it."""

from pathlib import Path
from typing import Final

from aiohttp import web

from realtime.transport.engineio.cors import Cors

NAMES: Final = (
    "socket.io.js",
    "socket.io.min.js",
    "socket.io.esm.min.js",
    "socket.io.msgpack.min.js",
)
CDN: Final = "https://cdn.socket.io/4.8.1/"
INSTALLED: Final = Path("node_modules/socket.io-client/dist")


class ClientFiles:
    """Serves the browser's client from `folder`, from an npm installation in the working directory
    or one above it, or else by a redirect to its makers' CDN at the version that was tested."""

    def __init__(self, folder: Path | None, cors: Cors) -> None:
        self._folder = folder or _installed(Path.cwd())
        self._cors = cors

    def attach(self, app: web.Application, path: str) -> None:
        """Add a route for each file below `path`, and for its source map."""
        for name in NAMES:
            for each in (name, name + ".map"):
                app.router.add_get(f"/{path.strip('/')}/{each}", self._serve)

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        name = request.path.rpartition("/")[2]
        headers = self._cors.headers(request.headers.get("Origin", ""))
        if self._folder is None:
            raise web.HTTPFound(CDN + name, headers=headers)
        file = self._folder / name
        if not file.is_file():
            raise web.HTTPNotFound(headers=headers)
        return web.FileResponse(file, headers={**headers, "Cache-Control": "public, max-age=3600"})


def _installed(start: Path) -> Path | None:
    for folder in (start, *start.parents):
        if (folder / INSTALLED).is_dir():
            return folder / INSTALLED
    return None

"""`/socket.io/socket.io.js`: Node's server serves its client there, and pages rely on it."""

import asyncio
import gzip
import hashlib
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from aiohttp import hdrs, web

from realtime.transport.engineio.cors import Cors

NAMES: Final = (
    "socket.io.js",
    "socket.io.min.js",
    "socket.io.esm.min.js",
    "socket.io.msgpack.min.js",
)
CDN: Final = "https://cdn.socket.io/4.8.1/"
INSTALLED: Final = Path("node_modules/socket.io-client/dist")


class File(NamedTuple):
    """A file as it is sent: in its own bytes, compressed, and by the name of what is in it."""

    plain: bytes
    zipped: bytes
    etag: str


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
        path = self._folder / name
        if not path.is_file():
            raise web.HTTPNotFound(headers=headers)
        file = await asyncio.to_thread(_read, path, path.stat().st_mtime_ns)
        return _answer(request, file, name, headers | {hdrs.CACHE_CONTROL: "public, max-age=3600"})


def _answer(
    request: web.Request, file: File, name: str, headers: dict[str, str]
) -> web.StreamResponse:
    varied = ", ".join(filter(None, (headers.get(hdrs.VARY), hdrs.ACCEPT_ENCODING)))
    headers |= {hdrs.ETAG: file.etag, hdrs.VARY: varied}
    if request.headers.get(hdrs.IF_NONE_MATCH) == file.etag:
        return web.Response(status=304, headers=headers)
    zipped = "gzip" in request.headers.get(hdrs.ACCEPT_ENCODING, "")
    if zipped:
        headers[hdrs.CONTENT_ENCODING] = "gzip"
    kind = "application/json" if name.endswith(".map") else "text/javascript"
    body = file.zipped if zipped else file.plain
    return web.Response(body=body, headers=headers, content_type=kind, charset="utf-8")


@cache
def _read(path: Path, _changed: int) -> File:
    """Read and compressed once for each version of a file."""
    plain = path.read_bytes()
    return File(plain, gzip.compress(plain, mtime=0), f'"{hashlib.sha256(plain).hexdigest()[:20]}"')


def _installed(start: Path) -> Path | None:
    for folder in (start, *start.parents):
        if (folder / INSTALLED).is_dir():
            return folder / INSTALLED
    return None
